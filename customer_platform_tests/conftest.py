"""Every test runs in the environment `test`, with a home of its own under a temporary folder."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

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

# On a busy machine an example takes as long as it takes.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

# Folders whose files take a minute or more, the one first that mostly waits.
_LONGEST = ("browser", "graph", "real", "docs", "dbt", "cli")
# Files that one worker takes, as their tests look at one warehouse that takes half a minute.
_TOGETHER = {
    f"customer_platform_tests/dbt/{name}.py"
    for name in ("test_bad_configuration", "test_masters", "test_restatement_checks")
}


class _ByFile(LoadFileScheduling):
    """Gives a worker a file at a time, or several together."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return min(_TOGETHER) if file in _TOGETHER else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Schedules `make test`."""
    return _ByFile(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds what `make golden` asks for."""
    parser.addoption(
        "--update-golden", action="store_true", help="Write the files of golden/ again."
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts long files first: begun last, they would keep one of two workers waiting."""
    items.sort(key=lambda item: _place(item.path.relative_to(Path(__file__).parent).parts[0]))


def _place(folder: str) -> int:
    return _LONGEST.index(folder) if folder in _LONGEST else len(_LONGEST)


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
