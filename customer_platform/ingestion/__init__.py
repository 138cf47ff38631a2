"""Landing files to raw tables: declared, checked, rejects kept, partitions replaced atomically.

A library without Dagster: `load_partitions` takes a DuckDB connection, a `TableSpec` and the
landing zone.
"""

from customer_platform.ingestion.changes import (
    Changes,
    detect_changes,
    encode_cursor,
    partition_ranges,
)
from customer_platform.ingestion.declared_table import ColumnSpec, DeclaredTable
from customer_platform.ingestion.landing import FoundFiles, LandedFile, find_files
from customer_platform.ingestion.load import LoadedFile, LoadResult, load_partitions
from customer_platform.ingestion.spec import SourceSpec, TableSpec
from customer_platform.ingestion.tables import create_tables

__all__ = [
    "Changes",
    "ColumnSpec",
    "DeclaredTable",
    "FoundFiles",
    "LandedFile",
    "LoadResult",
    "LoadedFile",
    "SourceSpec",
    "TableSpec",
    "create_tables",
    "detect_changes",
    "encode_cursor",
    "find_files",
    "load_partitions",
    "partition_ranges",
]
