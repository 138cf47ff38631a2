"""A shop that databases of all kinds hold in the same rows."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import duckdb
import pytest

from customer_platform.ingestion.database import DatabaseTableSpec, load_database_partitions
from customer_platform.ingestion.database.url import read_url
from customer_platform.ingestion.load import LoadResult

VARIABLE = "SHOP_DATABASE_URL"


TODAY = date(2024, 3, 3)


NO_POSTGRESQL = "PostgreSQL is not installed: apt-get install postgresql"


NO_MARIADB = "MariaDB is not installed: apt-get install mariadb-server"


# The same in all three dialects.
CUSTOMERS = """
create table customers (
    id integer primary key,
    email varchar(100),
    spent decimal(12, 2),
    changed timestamp null,
    born date,
    secret varchar(20)
);
insert into customers values
    (3, 'c@example.com', 0.10, '2024-03-02 23:59:59', '1980-05-17', 'x'),
    (1, 'a@example.com', 1234567.89, '2024-03-01 00:00:00', null, 'x'),
    (2, null, -5.00, '2024-03-02 00:00:00', '1990-01-01', 'x');
"""


@dataclass
class Server:
    """A database of one kind."""

    kind: str
    url: str

    def execute(self, statements: str) -> None:
        """Runs statements as the user with all rights."""
        with self.connection() as connection:
            cursor = connection.cursor()
            for statement in filter(str.strip, statements.split(";")):
                cursor.execute(statement)
            connection.commit()

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """A connection of the driver of its kind, with all rights."""
        if self.kind == "postgresql":
            import adbc_driver_postgresql.dbapi

            opened: Any = adbc_driver_postgresql.dbapi.connect(self.url)
        elif self.kind == "mysql":
            import pymysql

            url = read_url(VARIABLE, {VARIABLE: self.url})
            opened = pymysql.connect(
                host=url.host, port=url.port or 0, user=url.user, password=url.password,
                database=url.name,
            )  # fmt: skip
        else:
            opened = sqlite3.connect(self.url.removeprefix("sqlite:///"))
        try:
            yield opened
        finally:
            opened.close()

    def end_other_connections(self) -> None:
        """Lets the server break off all connections but the one that asks for it."""
        with self.connection() as connection:
            cursor = connection.cursor()
            if self.kind == "postgresql":
                cursor.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where pid <> pg_backend_pid() and usename = 'admin'"
                )
                return
            cursor.execute(
                "select id from information_schema.processlist "
                "where id <> connection_id() and user = 'admin'"
            )
            for (number,) in cursor.fetchall():
                cursor.execute(f"kill {number}")

    def url_of(self, user: str, password: str) -> str:
        """The URL of another user."""
        parts = urlsplit(self.url)
        netloc = f"{user}:{password}@{parts.netloc.rpartition('@')[2]}"
        return urlunsplit(parts._replace(netloc=netloc))


def customers(**changes: Any) -> DatabaseTableSpec:
    """The table `customers`, read by the day of `changed`; its column `secret` isn't declared."""
    values: dict[str, Any] = {
        "name": "customers",
        "table": "customers",
        "load_mode": "delta",
        "primary_key": ["id"],
        "partition_column": "changed",
        "columns": {
            "id": "bigint",
            "email": "varchar",
            "spent": "decimal(12, 2)",
            "changed": "timestamp",
            "born": "date",
        },
    }
    return DatabaseTableSpec.model_validate(values | changes)


@dataclass
class Warehouse:
    """A warehouse, and short ways to fill and read it."""

    connection: duckdb.DuckDBPyConnection
    patch: pytest.MonkeyPatch

    def read(
        self, server: Server | str, table: DatabaseTableSpec, days: Sequence[str]
    ) -> LoadResult:
        """Load days of a table."""
        self.patch.setenv(VARIABLE, server if isinstance(server, str) else server.url)
        return load_database_partitions(self.connection, "shop", VARIABLE, table, days, today=TODAY)

    def refusal(self, server: Server | str, table: DatabaseTableSpec, days: Sequence[str]) -> str:
        """Why days of a table could not be loaded; all for the same reason."""
        result = self.read(server, table, days)
        assert {day for day, _ in result.failures} == set(days)
        [message] = {str(error) for _, error in result.failures}
        return message

    def rows(self, columns: str = "*", table: str = "customers") -> list[tuple[Any, ...]]:
        """The rows of the raw table in the order in which they were loaded."""
        return self.connection.execute(
            f"select {columns} from raw.shop__{table} order by _partition, _row_number"
        ).fetchall()

    def rejects(self, columns: str) -> list[tuple[Any, ...]]:
        """The rejected rows."""
        return self.connection.execute(
            f"select {columns} from raw.shop__customers__rejected order by _partition, line"
        ).fetchall()
