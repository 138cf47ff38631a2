"""MySQL and MariaDB through PyMySQL, unbuffered, every value as the server writes it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.converters import encoders
from pymysql.cursors import SSCursor

from customer_platform.errors import DatabaseError
from customer_platform.ingestion.database.reader import BATCH_ROWS, text_batches, unreachable
from customer_platform.ingestion.database.url import DatabaseUrl

_OPTIONS = ("ssl_ca", "ssl_cert", "ssl_key")
_ADVICE = {
    1142: "have its owner grant the user SELECT on it",
    1143: "have its owner grant the user SELECT on all declared columns",
    1146: "check `table` in the declaration: it is written table or database.table",
    1054: "check the declared columns",
}


class MySqlReader:
    """Reads MySQL and MariaDB in UTC."""

    # A connection that breaks while rows are read may come out as either.
    errors: tuple[type[Exception], ...] = (pymysql.Error, OSError)

    def __init__(self, url: DatabaseUrl) -> None:
        """Connect.

        Raises:
            DatabaseError: The server can't be reached, refuses the user, or an option is unknown.
        """
        try:
            self._connection = pymysql.connect(
                host=url.host or "localhost",
                port=url.port or 3306,
                user=url.user,
                password=url.password,
                database=url.name or None,
                charset="utf8mb4",
                connect_timeout=10,
                read_timeout=300,
                # No decoder: values stay as the server writes them, dates that are none included.
                conv=dict(encoders),  # type: ignore[arg-type]
                init_command="set time_zone = '+00:00'",
                **_known(url.options),
            )
        except pymysql.Error as error:
            raise unreachable(url, error) from None

    def columns(self, table: str) -> dict[str, str]:
        """Per column of a table, the SQL that reads it."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"select * from {self.named(table)} limit 0")
            return {column[0]: self.quote(column[0]) for column in cursor.description}

    def quote(self, name: str) -> str:
        """A quoted identifier."""
        return "`" + name.replace("`", "``") + "`"

    def named(self, table: str) -> str:
        """A table, quoted."""
        return ".".join(self.quote(part) for part in table.split("."))

    def check_cursor(self, table: str, column: str) -> None:
        """Refuse a number as a cursor: MySQL would compare it with the first digits of a day.

        Raises:
            DatabaseError: The column is a number.
        """
        with self._connection.cursor() as cursor:
            cursor.execute(f"select {self.quote(column)} from {self.named(table)} limit 0")
            kind = cursor.description[0][1]
        if kind in _NUMBERS:
            raise DatabaseError(
                f"the partition_column {column!r} is a number, not a date or "
                "timestamp; read a view that turns it into one"
            )

    def batches(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query, as they come."""
        cursor = self._connection.cursor(SSCursor)
        cursor.execute(query)
        bits = [column[1] == FIELD_TYPE.BIT for column in cursor.description]
        names = [column[0] for column in cursor.description]

        def fetch() -> list[tuple[Any, ...]]:
            rows = cursor.fetchmany(BATCH_ROWS)
            return [_with_numbers(row, bits) for row in rows] if any(bits) else list(rows)

        try:
            yield from text_batches(fetch, names, _text)
        except pymysql.Error:
            # Closed or collected, the result would read on from the connection that is gone.
            result = getattr(cursor, "_result", None)
            if result is not None:
                result.unbuffered_active = False
            raise
        cursor.close()

    def advice(self, error: Exception) -> str:
        """What a person has to do about an error of the driver."""
        return _ADVICE.get(error.args[0], "") if error.args else ""

    def close(self) -> None:
        """Close the connection, also one that the server has closed already."""
        if self._connection.open:
            self._connection.close()


_NUMBERS = {
    FIELD_TYPE.TINY,
    FIELD_TYPE.SHORT,
    FIELD_TYPE.LONG,
    FIELD_TYPE.INT24,
    FIELD_TYPE.LONGLONG,
    FIELD_TYPE.FLOAT,
    FIELD_TYPE.DOUBLE,
    FIELD_TYPE.DECIMAL,
    FIELD_TYPE.NEWDECIMAL,
}


def _known(options: Mapping[str, str]) -> dict[str, Any]:
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        raise DatabaseError(
            f"the URL of the database has the unknown option {', '.join(unknown)}; known are "
            f"{', '.join(_OPTIONS)}"
        )
    return dict(options)


def _with_numbers(row: tuple[Any, ...], bits: list[bool]) -> tuple[Any, ...]:
    """A row whose bit fields are numbers."""
    return tuple(
        int.from_bytes(value, "big") if bit and value is not None else value
        for value, bit in zip(row, bits, strict=True)
    )


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)
