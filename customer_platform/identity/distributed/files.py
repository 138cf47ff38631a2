"""Resolves Parquet that a cluster can read into Parquet that maps records to customers."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from customer_platform.errors import (
    OverridesError,
    PreviousMapError,
    RecordsError,
    RulesError,
    SimilarRulesError,
)
from customer_platform.identity.distributed.cluster import connected
from customer_platform.identity.distributed.model import Given, Resolved, Sizes
from customer_platform.identity.distributed.resolve import resolving
from customer_platform.identity.files import FileSummary, retired_path
from customer_platform.identity.matching.links import proposed_ignored_values
from customer_platform.identity.overrides import Override, read_overrides_file
from customer_platform.identity.resolve import Progress, no_progress
from customer_platform.identity.rules import ResolutionRules

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def resolve_parquet(
    url: str,
    records: str,
    rules: ResolutionRules,
    output: str,
    *,
    previous: str | None = None,
    overrides: Path | None = None,
    resolved_at: datetime | None = None,
    sizes: Sizes | None = None,
    progress: Progress = no_progress,
) -> FileSummary:
    """Resolves Parquet of records on Spark, and writes the map as Parquet.

    What is written is what `resolve_file` writes, as folders of files: the map, and the retired IDs
    in `<output>.retired.parquet`; beside them the refused links in `<output>.refused.parquet`.
    Nothing is written before all is resolved and checked.

    Args:
        url: A Spark Connect server, `sc://host:port`.
        records: A Parquet file or a folder of them, as the cluster reads it: a path on all of its
            nodes, or a URL. A path that isn't absolute is one below the working directory here.
        rules: The rules. None of them is similar.
        output: Where to write the map.
        previous: A map written before, whose customer IDs are carried over. Not `output`: Spark
            replaces files in place, and a run that fails midway would lose the IDs.
        overrides: A CSV file of overrides on this machine.
        resolved_at: The time of this run. Without a time zone it is taken as UTC. By default now.
        sizes: How the work is cut.
        progress: Is told how far it is.

    Raises:
        ClusterError: Spark can't be reached or can't resolve.
        RecordsError: The records can't be read, a record has no id, or two have the same.
        RulesError: The records lack a column that the rules use.
        SimilarRulesError: There is a similar rule.
        PreviousMapError: The previous map can't be read or carried over, or is `output`.
        OverridesError: The overrides can't be read or applied.
        LargeComponentError: More records hang together than a worker may be given.
    """
    for rule in rules.match_rules:
        if rule.similar:
            raise SimilarRulesError(
                f"the match rule {rule.name!r} is similar, and records are compared in one process "
                "alone: leave the rule out, or resolve without Spark"
            )
    stated = _read_overrides(overrides)
    records, output = _absolute(records), _absolute(output)
    previous = _absolute(previous) if previous else None
    if previous == output:
        raise PreviousMapError(
            f"{output} is the previous map, too: name another output. Spark replaces files in "
            "place, and a run that fails while it writes would lose the customer IDs"
        )
    with connected(url) as session:
        given = Given(
            records=_read(session, records, "records", RecordsError),
            rules=rules,
            previous=_read(session, previous, "previous map", PreviousMapError)
            if previous
            else None,
            issued=_read_if_there(session, beside(previous, "retired")) if previous else None,
            overrides=stated,
            skips_empty=True,
        )
        try:
            with resolving(
                session, given, resolved_at=resolved_at, sizes=sizes, progress=progress
            ) as resolved:
                progress(0.95, "write")
                _write(resolved, output)
                return summary_of(resolved)
        except (RecordsError, RulesError) as error:
            raise type(error)(f"{records}: {error}") from error


def summary_of(resolved: Resolved) -> FileSummary:
    """What resolving gave, in the numbers of one process."""
    rules, counts = resolved.rules, resolved.counts
    overrides = resolved.total("overrides")
    links = {"override": overrides} if overrides else {}
    links |= {
        rule.name: sum(each["rules"][number][0] for each in counts)
        for number, rule in enumerate(rules.match_rules)
    }
    return FileSummary(
        records=resolved.total("records"),
        customers=resolved.total("customers"),
        largest_customer=max((int(size) for each in counts for size in each["sizes"]), default=0),
        kept_customers=resolved.total("kept"),
        retired_customers=resolved.total("live") - resolved.total("kept"),
        links=links,
        refused_links=resolved.total("refused"),
        over_shared=len(resolved.over_shared),
        proposed=proposed_ignored_values(resolved.over_shared, rules),
        skipped=resolved.skipped,
    )


def beside(output: str, what: str) -> str:
    """Where something is kept beside a map: `retired` IDs, `refused` links."""
    folder, _, name = output.rstrip("/").rpartition("/")
    kept = retired_path(Path(name)).name.replace(".retired.", f".{what}.")
    return f"{folder}/{kept}" if folder else kept


def _write(resolved: Resolved, output: str) -> None:
    resolved.map.write.mode("overwrite").parquet(output)
    resolved.retired.write.mode("overwrite").parquet(beside(output, "retired"))
    resolved.refused_links.write.mode("overwrite").parquet(beside(output, "refused"))


def _read_overrides(path: Path | None) -> Sequence[Override]:
    import duckdb

    if path is None:
        return ()
    if not path.is_file():
        raise OverridesError(f"there is no file of overrides at {path}")
    with duckdb.connect() as connection:
        return read_overrides_file(connection, path)


def _absolute(path: str) -> str:
    return path if "://" in path else str(Path(path).absolute())


def _read(
    session: "SparkSession", path: str, what: str, error_class: type[ValueError]
) -> "DataFrame":
    from pyspark.errors import PySparkException

    if PurePosixPath(path).name.lower().endswith((".csv", ".csv.gz", ".csv.zst")):
        raise error_class(f"{path}: on Spark the {what} must be Parquet; write the CSV as Parquet")
    try:
        return session.read.parquet(path)
    except PySparkException as error:
        reason = str(error).strip().splitlines()[0]
        raise error_class(f"{path}: the cluster can't read the {what}: {reason}") from error


def _read_if_there(session: "SparkSession", path: str) -> "DataFrame | None":
    from pyspark.errors import AnalysisException

    try:
        return session.read.parquet(path)
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
        return None
