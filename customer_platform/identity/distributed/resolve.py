"""Resolves records as a Spark job, with the result of one process."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from customer_platform.errors import ClusterError
from customer_platform.identity.distributed.cluster import first_line, prepared
from customer_platform.identity.distributed.job import Job
from customer_platform.identity.distributed.model import Given, Resolved, Sizes
from customer_platform.identity.resolve import Clock, Progress, no_progress

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@contextmanager
def resolving(
    session: "SparkSession",
    given: Given,
    *,
    resolved_at: datetime | None = None,
    sizes: Sizes | None = None,
    progress: Progress = no_progress,
) -> Iterator[Resolved]:
    """Resolves records to customers on Spark; inside the with block the result can be written.

    The result is that of one process, row for row: the map, refused links, over-shared values and
    retired IDs.

    Args:
        session: A session with Spark Connect.
        given: What is resolved.
        resolved_at: The time of the run. Without a time zone it is taken as UTC. By default now.
        sizes: How the work is cut.
        progress: Is told how far it is.

    Raises:
        ClusterError: The workers can't resolve, Spark fails, or a check of the result fails.
        RulesError: The records lack a column that the rules use.
        RecordsError: A record has no id, or two have the same source and id.
        PreviousMapError: The previous map lacks a column or has a record twice.
        LargeComponentError: More records hang together than a worker may be given.
    """
    from pyspark.errors import PySparkException

    moment = resolved_at or datetime.now(UTC)
    moment = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    try:
        with prepared(session) as cluster:
            yield Job(cluster, given, moment, sizes or Sizes(), Clock(progress)).resolved()
    except PySparkException as error:
        raise ClusterError(f"Spark has failed: {first_line(error)}") from error
    progress(1.0, "done")
