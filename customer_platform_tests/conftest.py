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

from customer_platform.deployment import prepare  # noqa: E402
from customer_platform.environment import Environment, load_environment  # noqa: E402
from customer_platform_tests.support.homes import separate_home  # noqa: E402

# Folders whose files run whole graphs, for a minute or more each.
_SLOW = {"graph", "real", "docs", "dbt"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts slow files first: begun last, they would keep one of two workers waiting."""
    items.sort(key=lambda item: _SLOW.isdisjoint(item.path.parts))


@pytest.fixture(scope="session")
def prepared() -> Environment:
    """The session's deployment, with its dbt manifest parsed once for all tests."""
    environment = load_environment()
    prepare(environment)
    return environment


@pytest.fixture
def deployment(prepared: Environment, tmp_path: Path) -> Iterator[Environment]:
    """A deployment with an empty landing zone and warehouse, sharing the session's manifest."""
    with separate_home(tmp_path, prepared) as environment:
        yield environment
