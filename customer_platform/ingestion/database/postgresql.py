"""PostgreSQL through ADBC, Apache Arrow's own driver: COPY in binary form, straight to columns."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import adbc_driver_postgresql.dbapi as driver
import pyarrow as pa

from customer_platform.ingestion.database.reader import unreachable
from customer_platform.ingestion.database.url import DatabaseUrl

# Without these a connection that the network has swallowed is waited for for hours.
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
_ADVICE = {
    "42501": "have its owner grant the user SELECT on it",
    "42P01": "check `table` in the declaration: it is written schema.table",
    "42703": "check the declared columns",
}


class PostgreSqlReader:
    """Reads PostgreSQL in UTC.

    Types that Arrow has no word for (numeric, inet, interval, ...) are read as text.
    """

    # A connection that breaks while rows are read is an OSError to Arrow.
    errors: tuple[type[Exception], ...] = (driver.Error, OSError, pa.ArrowException)

    def __init__(self, url: DatabaseUrl) -> None:
        """Connect.

        Raises:
            DatabaseError: The server can't be reached, or refuses the user.
        """
        try:
            self._connection = driver.connect(_connection_string(url.text), autocommit=True)
        except driver.Error as error:
            raise unreachable(url, error) from None

    def columns(self, table: str) -> dict[str, str]:
        """Per column of a table, the SQL that reads it."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"select * from {self.named(table)} limit 0")
            schema = cursor.fetch_arrow_table().schema
        return {field.name: self._expression(field) for field in schema}

    def quote(self, name: str) -> str:
        """A quoted identifier."""
        return '"' + name.replace('"', '""') + '"'

    def named(self, table: str) -> str:
        """A table, quoted."""
        return ".".join(self.quote(part) for part in table.split("."))

    def check_cursor(self, table: str, column: str) -> None:
        """PostgreSQL itself refuses to compare days with what is none."""

    def batches(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query, as they come."""
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            yield from cursor.fetch_record_batch()

    def advice(self, error: Exception) -> str:
        """What a person has to do about an error of the driver."""
        return next((advice for state, advice in _ADVICE.items() if state in str(error)), "")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _expression(self, field: pa.Field) -> str:
        name = self.quote(field.name)
        if isinstance(field.type, pa.BaseExtensionType) or pa.types.is_interval(field.type):
            return f"cast({name} as text) as {name}"
        return name


def _connection_string(text: str) -> str:
    parts = urlsplit(text)
    options = _DEFAULTS | dict(parse_qsl(parts.query))
    options["options"] = f"{options.get('options', '')} -c TimeZone=UTC".strip()
    query = urlencode(options).replace("+", "%20")
    return urlunsplit(("postgresql", parts.netloc, parts.path, query, ""))
