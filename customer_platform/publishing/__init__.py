"""The published layer: the masters as Parquet files and a small DuckDB file of views on them.

Analysts read it with any tool while the pipeline writes the warehouse. No Dagster import.
"""

from customer_platform.publishing.errors import (
    IncompleteMastersError,
    NotPublishedError,
    PublishedViewError,
    QueryError,
)
from customer_platform.publishing.publish import Publication, publish
from customer_platform.publishing.query import run_query

__all__ = [
    "IncompleteMastersError",
    "NotPublishedError",
    "Publication",
    "PublishedViewError",
    "QueryError",
    "publish",
    "run_query",
]
