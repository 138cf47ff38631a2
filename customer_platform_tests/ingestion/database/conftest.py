"""One server of each kind for all tests, and a shop that each of them holds in the same rows."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from customer_platform_tests.ingestion.database import servers
from customer_platform_tests.support.databases import (
    CUSTOMERS,
    NO_MARIADB,
    NO_POSTGRESQL,
    Server,
    Warehouse,
)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    if servers.postgresql_binary("initdb") is None:
        pytest.skip(NO_POSTGRESQL)
    with servers.postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    if not servers.has_mariadb():
        pytest.skip(NO_MARIADB)
    with servers.mariadb() as url:
        yield url


@pytest.fixture
def postgresql(postgresql_url: str) -> Server:
    server = Server("postgresql", postgresql_url)
    server.execute(
        "drop schema public cascade; create schema public; grant usage on schema public to public;"
        + CUSTOMERS
    )
    return server


@pytest.fixture
def mysql(mariadb_url: str) -> Server:
    server = Server("mysql", mariadb_url)
    server.execute("drop database shop; create database shop; use shop;" + CUSTOMERS)
    return server


@pytest.fixture
def sqlite(tmp_path: Path) -> Server:
    server = Server("sqlite", f"sqlite:///{tmp_path / 'shop.db'}")
    server.execute(CUSTOMERS)
    return server


@pytest.fixture(params=["postgresql", "mysql", "sqlite"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each kind in turn."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Server)
    return found


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        yield Warehouse(connection, monkeypatch)
