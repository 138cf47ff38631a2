"""What every kind of database must be able to do, and which there are.

Drivers are used as they are: dlt would bring state, schemas and loading of its own next to the
partitions, rejects and contracts that there are already. connectorx, the one library that reads all
three into columns, waits 30 seconds before it says that a password is wrong, and gives up with a
panic on types it doesn't know.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import pyarrow as pa

from customer_platform.errors import DatabaseError
from customer_platform.ingestion.database.url import DatabaseUrl


class DatabaseReader(Protocol):
    """An open connection that can read, and nothing else.

    What its driver raises is listed in `errors`; `advice` says what to do about one of them, or
    nothing where the driver's message says it all.
    """

    errors: tuple[type[Exception], ...]

    def columns(self, table: str) -> dict[str, str]:
        """Per column of a table, the SQL that reads it in a form that Arrow knows."""
        ...

    def quote(self, name: str) -> str:
        """A quoted identifier."""
        ...

    def named(self, table: str) -> str:
        """A table, quoted."""
        ...

    def check_cursor(self, table: str, column: str) -> None:
        """Refuse a cursor column that can't be compared with days.

        Raises:
            DatabaseError: It can't.
        """
        ...

    def batches(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query, as they come."""
        ...

    def advice(self, error: Exception) -> str:
        """What a person has to do about an error of the driver."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def open_reader(url: DatabaseUrl) -> DatabaseReader:
    """Connect to a database, for reading.

    Raises:
        DatabaseError: Its driver isn't installed, or it can't be reached.
    """
    try:
        if url.database == "postgresql":
            from customer_platform.ingestion.database.postgresql import PostgreSqlReader

            return PostgreSqlReader(url)
        if url.database == "mysql":
            from customer_platform.ingestion.database.mysql import MySqlReader

            return MySqlReader(url)
    except ImportError as error:
        extra = {"postgresql": "postgres", "mysql": "mysql"}[url.database]
        raise DatabaseError(
            f"the driver of {url.database} is not installed ({error}): "
            f"pip install 'customer-platform[{extra}]'"
        ) from error
    from customer_platform.ingestion.database.sqlite import SqliteReader

    return SqliteReader(url)


def unreachable(url: DatabaseUrl, error: Exception) -> DatabaseError:
    """The error of a database that refuses the connection."""
    where = url.name if url.database == "sqlite" else f"{url.host or 'localhost'}/{url.name}"
    return DatabaseError(
        f"{url.database} {where}: cannot connect: {url.scrubbed(str(error)).strip()} (the URL is "
        f"that of the environment variable {url.variable})"
    )


BATCH_ROWS = 50_000


def text_batches(
    fetch: Callable[[], Sequence[Sequence[Any]]],
    names: Sequence[str],
    text: Callable[[Any], str | None],
) -> Iterator[pa.RecordBatch]:
    """Rows of a driver that knows no Arrow, as batches of text columns.

    Everything is text, because such drivers guess types from the rows that come first; the
    declaration says the types, and one place casts to them.

    Args:
        fetch: Delivers the next rows, none at the end.
        names: Names of the columns.
        text: The text of a value.
    """
    schema = pa.schema([(name, pa.string()) for name in names])
    while rows := fetch():
        columns = [pa.array(map(text, column), pa.string()) for column in zip(*rows, strict=True)]
        yield pa.record_batch(columns, schema=schema)
