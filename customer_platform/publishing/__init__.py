"""The published layer: the masters as Parquet files and a small DuckDB file of views on them.

Analysts read it with any tool while the pipeline writes the warehouse. No Dagster import.
"""

from customer_platform.publishing.editions import Edition, Treatment, full_edition
from customer_platform.publishing.publish import Publication, publish, renew_evidence
from customer_platform.publishing.query import run_query

__all__ = [
    "Edition",
    "Publication",
    "Treatment",
    "full_edition",
    "publish",
    "renew_evidence",
    "run_query",
]
