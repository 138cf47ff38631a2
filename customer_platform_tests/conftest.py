"""Every test runs in the environment `test`, with a home of its own under a temporary folder."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_SESSION_HOME = Path(tempfile.mkdtemp(prefix="customer_platform_tests_"))

# Set before any definition is imported: definitions read the deployment's settings on import.
os.environ["CUSTOMER_PLATFORM_ENVIRONMENT"] = "test"
os.environ["CUSTOMER_PLATFORM_HOME"] = str(_SESSION_HOME)
os.environ["CUSTOMER_PLATFORM_START_DATE"] = "2010-12-01"

from customer_platform.environment import Environment, load_environment  # noqa: E402
from customer_platform_tests.support.demos import (  # noqa: E402
    BuiltDemo,
    built_demo,
    prepared_deployment,
)
from customer_platform_tests.support.homes import separate_home  # noqa: E402

# Folders whose files run whole graphs, for a minute or more each.
_SLOW = {"graph", "real", "docs", "dbt"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts slow files first: begun last, they would keep one of two workers waiting."""
    items.sort(key=lambda item: _SLOW.isdisjoint(item.path.parts))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this session share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def prepared(shared: Path) -> Environment:
    """The session's deployment, with its dbt manifest parsed once for all tests."""
    return prepared_deployment(load_environment(), shared)


@pytest.fixture(scope="session")
def retail(prepared: Environment, shared: Path) -> BuiltDemo:
    """The demo of retail, which no test may change."""
    return built_demo("retail", shared)


@pytest.fixture(scope="session")
def marketplace(shared: Path) -> BuiltDemo:
    """The demo of the marketplace, which no test may change."""
    return built_demo("marketplace", shared)


@pytest.fixture(scope="session")
def b2b(shared: Path) -> BuiltDemo:
    """The demo of b2b, which no test may change."""
    return built_demo("b2b", shared)


@pytest.fixture
def deployment(prepared: Environment, tmp_path: Path) -> Iterator[Environment]:
    """A deployment with an empty landing zone and warehouse, sharing the session's manifest."""
    with separate_home(tmp_path, prepared) as environment:
        yield environment
