"""SQLite through Python's own driver, opened for reading only."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from customer_platform.errors import DatabaseError
from customer_platform.ingestion.database.reader import BATCH_ROWS, text_batches, unreachable
from customer_platform.ingestion.database.url import DatabaseUrl

_BUSY_SECONDS = 30


class SqliteReader:
    """Reads a SQLite file."""

    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, url: DatabaseUrl) -> None:
        """Open the file.

        Raises:
            DatabaseError: There is no such file, it may not be read, or it is no database.
        """
        try:
            # Opened in write mode, SQLite would make an empty database of a mistyped name.
            path = Path(url.name).absolute().as_uri()
            self._connection = sqlite3.connect(f"{path}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
            self._connection.execute("select count(*) from sqlite_master").fetchall()
        except sqlite3.Error as error:
            raise unreachable(url, error) from None

    def columns(self, table: str) -> dict[str, str]:
        """Per column of a table, the SQL that reads it."""
        cursor = self._connection.execute(f"select * from {self.named(table)} limit 0")
        return {column[0]: self.quote(column[0]) for column in cursor.description}

    def quote(self, name: str) -> str:
        """A quoted identifier."""
        return '"' + name.replace('"', '""') + '"'

    def named(self, table: str) -> str:
        """A table, quoted."""
        return ".".join(self.quote(part) for part in table.split("."))

    def check_cursor(self, table: str, column: str) -> None:
        """Refuse a number as a cursor: in SQLite every number is less than any text.

        Raises:
            DatabaseError: The column holds a number.
        """
        name = self.quote(column)
        found = self._connection.execute(
            f"select {name} from {self.named(table)} where typeof({name}) <> 'text' "
            f"and {name} is not null limit 1"
        ).fetchall()
        if found:
            raise DatabaseError(
                f"the partition_column {column!r} holds something else than a date or timestamp "
                "written as text; read a view that turns it into one"
            )

    def batches(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query, as they come."""
        cursor = self._connection.execute(query)
        names = [column[0] for column in cursor.description]
        yield from text_batches(lambda: cursor.fetchmany(BATCH_ROWS), names, _text)

    def advice(self, error: Exception) -> str:
        """What a person has to do about an error of the driver."""
        return "check `table` in the declaration" if "no such table" in str(error) else ""

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)
