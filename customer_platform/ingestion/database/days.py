"""Which days a database has rows of."""

from datetime import date, timedelta

from customer_platform.ingestion.database.connection import reading
from customer_platform.ingestion.database.spec import DatabaseTableSpec
from customer_platform.ingestion.database.url import read_url


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
