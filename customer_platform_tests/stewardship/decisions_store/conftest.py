"""A store of decisions about customers, in SQLite and in PostgreSQL."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from customer_platform.stewardship.decisions_store.database import Database
from customer_platform.stewardship.decisions_store.store import DecisionStore, Scope
from customer_platform_tests.ingestion.database import servers
from customer_platform_tests.support.databases import NO_POSTGRESQL, Server


class Clock:
    """The time, which tests let pass."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        """Lets time pass."""
        self.now += timedelta(**time)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    if servers.postgresql_binary("initdb") is None:
        pytest.skip(NO_POSTGRESQL)
    with servers.postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    url = request.getfixturevalue("postgresql_url")
    Server("postgresql", url).execute("drop schema public cascade; create schema public")
    return Database(url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database, clock: Clock) -> DecisionStore:
    return DecisionStore(database, Scope("production", "retail", "customer"), clock)
