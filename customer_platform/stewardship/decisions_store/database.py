"""The database of the store: SQLite or PostgreSQL, with writers one after the other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from customer_platform.database_errors import without_quoted_values
from customer_platform.errors import DecisionsError
from customer_platform.stewardship.decisions_store.tables import DECISIONS, METADATA, WITHDRAWALS

# For how many seconds a writer waits for others.
_WAIT = 30
# A number of our own: whoever makes the tables holds it.
_MAKING_TABLES = 7_260_414


class Database:
    """Where decisions are kept.

    A connection is opened for every question, so nothing is held while nobody asks.

    Args:
        url: `sqlite:////absolute/path` or `postgresql://user:password@host/database`.
        umask: The permissions that an SQLite file doesn't get.
    """

    def __init__(self, url: str, umask: int = 0o077) -> None:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self._url, self._umask = parsed, umask

    @property
    def file(self) -> Path | None:
        """The SQLite file; None where it is another database."""
        is_sqlite = self._url.get_backend_name() == "sqlite"
        return Path(self._url.database or "") if is_sqlite else None

    @property
    def name(self) -> str:
        """What to call it in a message, without the password."""
        return str(self.file) if self.file else self._url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection | None]:
        """A connection that reads; None where there is no store yet.

        Raises:
            DecisionsError: The store can't be read; says which.
        """
        if self.file and not self.file.exists():
            yield None
            return
        with self._failures(), self._engine.connect() as connection:
            reader = connection.execution_options(isolation_level="AUTOCOMMIT")
            yield reader if sa.inspect(reader).has_table(DECISIONS.name) else None

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that no other writer is in; what it writes is kept, or none of it.

        Raises:
            DecisionsError: The store can't be written to; says which.
        """
        if self.file and not self.file.exists():
            self._make_file(self.file)
        with self._failures(), self._engine.begin() as connection:
            if self.file is None:
                connection.execute(
                    sa.text("select pg_advisory_xact_lock(:number)"), {"number": _MAKING_TABLES}
                )
            METADATA.create_all(connection)
            yield connection

    def columns(self, environment: str) -> Iterator[tuple[str, list[Any]]]:
        """Every column with an environment's values, for who looks for somebody's.

        Args:
            environment: The environment; what others keep in the same database is theirs to erase.

        Raises:
            DecisionsError: The store can't be read.
        """
        with self.reading() as connection:
            if connection is None:
                return
            for table in METADATA.sorted_tables:
                for column in table.c:
                    query = sa.select(column)
                    if table is WITHDRAWALS:
                        query = query.join(DECISIONS)
                    scope = (DECISIONS if table is WITHDRAWALS else table).c.environment
                    values: list[Any] = list(
                        connection.execute(query.where(scope == environment)).scalars()
                    )
                    yield f"{table.name}.{column.name}", values

    def vacuum(self) -> None:
        """Has the database let go of the bytes of rows that were deleted."""
        with self._failures(), self._engine.connect() as connection:
            cleaner = connection.execution_options(isolation_level="AUTOCOMMIT")
            for statement in (
                ["vacuum"] if self.file else [f"vacuum full {table}" for table in METADATA.tables]
            ):
                cleaner.execute(sa.text(statement))

    @cached_property
    def _engine(self) -> sa.Engine:
        try:
            engine = sa.create_engine(self._url, poolclass=NullPool, connect_args=self._arguments)
        except ModuleNotFoundError as error:
            raise DecisionsError(
                f"decisions are kept in {self.name}, which needs a driver: "
                "pip install 'customer-platform[postgres]'"
            ) from error
        if self.file:
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_alone)
        return engine

    @property
    def _arguments(self) -> dict[str, Any]:
        return {"timeout": _WAIT} if self.file else {"connect_timeout": 5}

    def _make_file(self, path: Path) -> None:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o666 & ~self._umask))
        except OSError as error:
            raise DecisionsError(
                f"the decisions in {self.name} can't be written: {error.strerror}; check the "
                "folder, or name another database in CUSTOMER_PLATFORM_DECISIONS"
            ) from error

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            # What a database quotes of a row is a person's.
            said = without_quoted_values(str(cause), cause).partition("\n")[0]
            raise DecisionsError(
                f"the decisions in {self.name} can't be reached: {said}; check that the database "
                "is there and that CUSTOMER_PLATFORM_DECISIONS names it"
            ) from None


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # The driver would begin transactions by itself, too late to keep other writers out.
    connection.isolation_level = None
    # Else the bytes of an erased row stay in the file.
    connection.execute("pragma secure_delete = on")
    connection.execute("pragma foreign_keys = on")


def _begin_alone(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("begin immediate")
