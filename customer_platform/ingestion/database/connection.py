"""A connection to a database, whose errors say what to do and tell no password."""

from collections.abc import Iterator
from contextlib import contextmanager

from customer_platform.database_errors import without_quoted_values
from customer_platform.errors import DatabaseError
from customer_platform.ingestion.database.reader import DatabaseReader, open_reader
from customer_platform.ingestion.database.url import DatabaseUrl


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
