"""Resolves a file of records into a file that maps them to customers."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.errors import OverridesError, PreviousMapError, RecordsError, RulesError
from customer_platform.identity.keeping import state, statistics
from customer_platform.identity.keeping.history import insert_refused
from customer_platform.identity.matching.links import ProposedValue, proposed_ignored_values
from customer_platform.identity.naming import PREVIOUS_IDS
from customer_platform.identity.overrides import read_overrides_file
from customer_platform.identity.record_files import read_records, refuse_unreadable
from customer_platform.identity.resolve import Progress, Resolution, no_progress, resolving
from customer_platform.identity.rules import MatchRule, ResolutionRules
from customer_platform.identity.similar import SimilarityModel, threshold_of, write_models
from customer_platform.identity.similar.models_file import known_models, models_path
from customer_platform.identity.store import IdentityStore, OutputTables
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import fetch_numbers, registered

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


# Is given the map, as if it were kept, and the records.
Report = Callable[[IdentityStore], None]


@dataclass(frozen=True)
class FileSummary:
    """What resolving a file gave.

    Attributes:
        records: Records in it.
        customers: Customers they belong to.
        largest_customer: Records of the largest customer.
        kept_customers: Customers whose ID the previous map had.
        retired_customers: IDs of the previous map that no record has any longer.
        links: Links that joined records, by the name of their rule, in priority order.
        refused_links: Links that a limit or an override refused.
        over_shared: Values that link nobody because too many records or people share them.
        proposed: Those of them that are better ignored.
        skipped: Rows without any value, and lines of totals.
        expected: By the name of a similar rule, from which probability it links, and how right the
            model's probabilities expect that to be.
    """

    records: int
    customers: int
    largest_customer: int
    kept_customers: int
    retired_customers: int
    links: dict[str, int]
    refused_links: int
    over_shared: int
    proposed: list[ProposedValue]
    skipped: int
    expected: dict[str, str] = field(default_factory=dict)


def resolve_file(
    records: Path,
    rules: ResolutionRules,
    output: Path,
    *,
    previous: Path | None = None,
    overrides: Path | None = None,
    models: Path | None = None,
    retrain: bool = False,
    report: Report | None = None,
    resolved_at: datetime | None = None,
    progress: Progress = no_progress,
) -> FileSummary:
    """Resolves a Parquet or CSV file of records, and writes the map as Parquet.

    The map has one row per record: record_id, source (when the rules name one), customer_id,
    linked_by_rule, linked_to_source, linked_to_record (these empty for the founding record of a
    customer), and issued_at (when the customer ID was issued, UTC). IDs that no record has any
    longer are kept beside it, in `<output>.retired.parquet`, with their successors, so that a
    later run neither issues them again nor forgets where they led to. The models of similar rules
    are kept in `<output>.models.json`, so that a later run finds the same pairs.

    Args:
        records: The file.
        rules: The rules.
        output: Where to write the map; replaced as a whole, or, when anything fails, not at all.
        previous: A map written before, whose customer IDs are carried over; may be `output`.
        overrides: A CSV file of overrides; see `read_overrides`.
        models: File of the models of similar rules: read where it is there, and written. By
            default that beside the output, or, where there is none, beside the previous map.
        retrain: Train models anew, also where there are some.
        report: Called once the map is made, with what a quality report is made from.
        resolved_at: The time of this run. Without a time zone it is taken as UTC. By default now.
        progress: Is told how far it is.

    Raises:
        RecordsError: The file can't be read, a record has no id, or two have the same.
        RulesError: The records lack a column that the rules use.
        PreviousMapError: The previous map can't be read or carried over.
        OverridesError: The overrides can't be read or applied.
        SimilarRulesError: There is a similar rule, and Splink isn't installed or the models can't
            be read.
    """
    import duckdb

    moment = resolved_at or datetime.now(UTC)
    moment = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    if not output.absolute().parent.is_dir():
        raise RecordsError(f"the folder of the output {output} isn't there; make it first")
    connection = duckdb.connect()
    try:
        given = read_records(connection, records, "records", RecordsError, rules.record_id)
        source = given.query
        was = (
            read_records(connection, previous, "previous map", PreviousMapError, "record_id").query
            if previous
            else None
        )
        issued = None
        if previous and retired_path(previous).exists():
            issued = f"read_parquet({sql.literal(str(retired_path(previous)))})"
        if overrides and not overrides.is_file():
            raise OverridesError(f"there is no file of overrides at {overrides}")
        with resolving(
            connection,
            source,
            rules,
            previous=was,
            issued=issued,
            overrides=read_overrides_file(connection, overrides) if overrides else (),
            models={} if retrain else known_models(rules, models, output, previous),
            progress=progress,
        ) as resolution:
            retired = retired_ids(connection, resolution, issued, moment)
            part = output.with_name(output.name + ".part")
            try:
                _write_map(connection, resolution, moment, part)
                if report:
                    report(_reported(connection, source, resolution, part))
                os.replace(part, output)
            finally:
                part.unlink(missing_ok=True)
            write_retired(connection, retired, retired_path(output))
            if resolution.models:
                write_models(models or models_path(output), resolution.models.values())
            return _summary(resolution, given.skipped)
    except (RecordsError, RulesError) as error:
        named = str(records) in str(error) or str(output) in str(error)
        raise type(error)(str(error) if named else f"{records}: {error}") from error
    except duckdb.Error:
        for file, error_class in ((records, RecordsError), (previous, PreviousMapError)):
            if file is not None:
                refuse_unreadable(file, error_class)
        raise
    finally:
        connection.close()


def _reported(
    connection: "DuckDBPyConnection", records: str, resolution: Resolution, customer_id_map: Path
) -> IdentityStore:
    """The map, and tables about it, as those of a kept map."""
    store = IdentityStore(connection, records, resolution.rules, OutputTables("report"))
    state.create_tables(store)
    statistics.write(store, resolution.linked, everything=True)
    insert_refused(store, store.quoted.refused_links, resolution.map, resolution.linked)
    source, linked_to = (
        column if store.rules.source else "cast(null as varchar)"
        for column in ("source", "linked_to_source")
    )
    connection.execute(
        f"create view {store.quoted.customer_id_map} as select {source} as source, "
        f"record_id as source_record_id, customer_id, linked_by_rule, "
        f"{linked_to} as linked_to_source, linked_to_record as linked_to_record_id, "
        f"issued_at as valid_from from read_parquet({sql.literal(str(customer_id_map))})"
    )
    return store


def _write_map(
    connection: "DuckDBPyConnection", resolution: Resolution, moment: datetime, path: Path
) -> None:
    issued_at = issued_times(connection, resolution, moment)
    clusters = resolution.linked.clusters

    def more(first: int, last: int, numbers: npt.NDArray[np.int32]) -> dict[str, "pa.Array"]:
        import pyarrow as pa

        return {"issued_at": pa.array(issued_at[clusters[numbers]], type=pa.timestamp("us"))}

    sources = ("source, ", "linked_to_source, ") if resolution.rules.source else ("", "")
    with registered(connection, "resolution_result", resolution.map.reader(more)):
        connection.execute(
            f"copy (select record_id, {sources[0]}customer_id, linked_by_rule, {sources[1]}"
            f"linked_to_record, issued_at from resolution_result) "
            f"to {sql.literal(str(path))} (format parquet)"
        )


def issued_times(
    connection: "DuckDBPyConnection", resolution: Resolution, moment: datetime
) -> npt.NDArray[np.int64]:
    """Per cluster number, when its customer ID was issued, in microseconds."""
    now = np.datetime64(moment, "us").astype(np.int64)
    issued = np.full(resolution.records, now, dtype=np.int64)
    before = fetch_numbers(
        connection,
        f"select coalesce(epoch_us(issued_at), {now}) as issued_at from {PREVIOUS_IDS}",
    )["issued_at"]
    kept = resolution.customers.kept
    clusters = np.flatnonzero(kept >= 0)
    issued[clusters] = before[kept[clusters]]
    return issued


def _summary(resolution: Resolution, skipped: int) -> FileSummary:
    linked, rules = resolution.linked, resolution.rules
    links = {"override": linked.override_links} if linked.override_links else {}
    links |= {
        rule.name: result.links
        for rule, result in zip(rules.match_rules, linked.rules, strict=True)
    }
    return FileSummary(
        records=resolution.records,
        customers=resolution.customer_count,
        largest_customer=resolution.largest_customer,
        kept_customers=resolution.kept_customers,
        retired_customers=resolution.previous.live - resolution.kept_customers,
        links=links,
        refused_links=len(linked.refused),
        over_shared=len(linked.over_shared),
        proposed=proposed_ignored_values(linked.over_shared, rules),
        skipped=skipped,
        expected={
            rule.name: _expected(rule, resolution.models[rule.name])
            for rule in rules.match_rules
            if rule.name in resolution.models
        },
    )


def _expected(rule: MatchRule, model: SimilarityModel) -> str:
    threshold = threshold_of(rule, model)
    if threshold == model.expected.threshold:
        return model.expected.text
    return f"links from {100 * threshold:g}% on; {model.expected.text}"


def retired_path(output: Path) -> Path:
    """Where the retired IDs of a map are remembered."""
    return output.with_name(output.stem + ".retired.parquet")


def retired_ids(
    connection: "DuckDBPyConnection", resolution: Resolution, issued: str | None, moment: datetime
) -> "pa.Table":
    """The IDs that no record has any longer.

    Args:
        connection: The connection of the resolution, while it is at hand.
        resolution: The resolution.
        issued: What was remembered before: a query; None: nothing.
        moment: The time of the run, UTC.

    Returns:
        One row per ID: customer_id, issued_at, retired_at, successor (null when none of its
        records was left).
    """
    import pyarrow as pa

    customers = resolution.customers
    kept = np.zeros(resolution.previous.count, dtype=np.bool_)
    kept[customers.kept[customers.kept >= 0]] = True
    gone = np.flatnonzero(~kept).astype(np.int32)
    now_gone = pa.table(
        {
            "code": pa.array(gone),
            "successor": customers.successors(gone),
        }
    )
    earlier = issued or "(select null as customer_id, null as retired_at, null as successor)"
    query = sql.statement("identity/retired_ids", earlier=earlier)
    with registered(connection, "resolution_retired", now_gone):
        return connection.sql(query, params={"moment": moment}).to_arrow_table()


def write_retired(connection: "DuckDBPyConnection", retired: "pa.Table", path: Path) -> None:
    """Writes retired IDs as Parquet; without any there is no file."""
    if not retired.num_rows:
        path.unlink(missing_ok=True)
        return
    target = sql.literal(str(path))
    with registered(connection, "resolution_retired", retired):
        connection.execute(f"copy (from resolution_retired) to {target} (format parquet)")
