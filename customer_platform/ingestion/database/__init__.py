"""Database tables to raw tables: by day with a cursor column, or in full.

A library without Dagster: `load_database_partitions` takes a DuckDB connection to the warehouse, a
`DatabaseTableSpec` and the name of the environment variable that holds the database's URL.
"""

from customer_platform.ingestion.database.load import load_database_partitions
from customer_platform.ingestion.database.spec import DatabaseSourceSpec, DatabaseTableSpec

__all__ = [
    "DatabaseSourceSpec",
    "DatabaseTableSpec",
    "load_database_partitions",
]
