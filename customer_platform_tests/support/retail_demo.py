"""What the tests of the demo of retail share."""

from datetime import date

import duckdb

END = date(2026, 1, 10)


DAYS = 30


def value(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The single number a query returns."""
    return int(connection.execute(query).fetchall()[0][0])
