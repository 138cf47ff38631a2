"""A connection to a database, and the days it has rows of.

Errors say what to do and show no password.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from customer_platform.database_errors import without_quoted_values
from customer_platform.errors import DatabaseError
from customer_platform.ingestion.database.reader import DatabaseReader, open_reader
from customer_platform.ingestion.database.spec import DatabaseTableSpec
from customer_platform.ingestion.database.url import DatabaseUrl, read_url


@contextmanager
def reading(url: DatabaseUrl, table: str) -> Iterator[DatabaseReader]:
    """An open reader of a database.

    Raises:
        DatabaseError: Whatever goes wrong while it is open, with the table and what to do.
    """
    reader = open_reader(url)
    try:
        yield reader
    except DatabaseError as error:
        raise DatabaseError(f"{url.database} table {table}: {error}") from None
    except reader.errors as error:
        message = without_quoted_values(url.scrubbed(str(error)), error)
        advice = reader.advice(error)
        # Its cause is left out of the trace: a driver's own trace may hold the connection string.
        raise DatabaseError(
            f"{url.database} table {table}: cannot be read: {message}"
            f"{f'; {advice}' if advice else ''}. Nothing was loaded"
        ) from None
    finally:
        reader.close()


def days_of_table(variable: str, table: DatabaseTableSpec, start: date, today: date) -> set[str]:
    """The first and the last day of a table between two days, empty where it has no row there.

    A table that is read in full is of today.

    Args:
        variable: Environment variable that holds the database's URL.
        table: What is declared.
        start: The first day that counts.
        today: The last day that counts.

    Raises:
        DatabaseError: The variable is not set, or the database can't be read.
    """
    if table.partition_column is None:
        return {today.isoformat()}
    with reading(read_url(variable), table.table) as reader:
        reader.check_cursor(table.table, table.partition_column)
        cursor = reader.quote(table.partition_column)
        query = (
            f"select min({cursor}) as first_day, max({cursor}) as last_day "
            f"from {reader.named(table.table)} where {cursor} >= '{start.isoformat()}' "
            f"and {cursor} < '{(today + timedelta(days=1)).isoformat()}'"
        )
        bounds = [
            value
            for batch in reader.batches(query)
            for row in batch.to_pylist()
            for value in row.values()
        ]
    # Dates, timestamps and the texts of databases without either all begin with the day.
    return {str(value)[:10] for value in bounds if value is not None}
