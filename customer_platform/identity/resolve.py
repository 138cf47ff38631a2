"""Resolves records to customers: who is who, since when, and by which link."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from customer_platform.identity.carry_over import keep_ids
from customer_platform.identity.customers import (
    drop_customers,
    find_founders,
    issue_ids,
    oldest_first,
)
from customer_platform.identity.forest import NO_RECORD, Forest
from customer_platform.identity.links import Stars, find_stars
from customer_platform.identity.output import (
    OutputTables,
    ResolvedRecords,
    RuleResult,
    write_results,
)
from customer_platform.identity.previous import (
    NO_ID,
    PreviousIds,
    drop_previous_ids,
    no_previous_ids,
    read_previous_ids,
)
from customer_platform.identity.rules import MatchRule, ResolutionRules
from customer_platform.identity.staging import records_in_order, stage_records

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class ResolutionSummary:
    """What a resolution found.

    Attributes:
        records: Records resolved.
        customers: Customers they belong to.
        linked_records: Records that are linked to another: records less customers.
        largest_customer: Records of the largest customer.
        new_customers: Customers whose ID was issued now.
        kept_customers: Customers whose ID was there before.
        retired_customers: IDs of the previous map that no record has any longer.
        rules: What every match rule did, in priority order.
        seconds: Wall time of every phase.
    """

    records: int
    customers: int
    linked_records: int
    largest_customer: int
    new_customers: int
    kept_customers: int
    retired_customers: int
    rules: list[RuleResult]
    seconds: dict[str, float]


def resolve(
    connection: "DuckDBPyConnection",
    records: str,
    rules: ResolutionRules,
    previous: str | None,
    output: OutputTables,
    resolved_at: datetime,
) -> ResolutionSummary:
    """Resolves records to customers and replaces the output tables.

    Records that are equal in all keys of a match rule are one customer, and so are records that
    are connected through others. The result depends on the records, the rules and the previous
    map alone: not on the order of rows and not on the number of threads.

    Tables written (all of them in one transaction):

    * `customer_id_map`, one row per record: source, source_record_id, customer_id,
      linked_by_rule, linked_to_source, linked_to_record_id (null for the founding record of a
      customer), valid_from (since when the record has this ID, UTC).
    * `customer_id_registry`, one row per ID ever issued: customer_id, issued_at, founding_source,
      founding_record_id, retired_at, successor.
    * `match_rule_statistics`, one row per rule, and `over_shared_values`, one row per rule and
      value that too many records share.

    Args:
        connection: A connection outside of a transaction.
        records: The records: a table name or a query. One row per source and record id.
        rules: The rules.
        previous: The map whose customer IDs are carried over: a table name or a query. With it,
            the registry at `output` is read as well, so that retired IDs are not issued again.
            None starts from nothing, whatever tables there are.
        output: Where to write; may be where `previous` is.
        resolved_at: The time of this run. Without a time zone it is taken as UTC.

    Raises:
        RulesError: The records lack a column that the rules use.
        RecordsError: A record has no id, or two have the same source and id.
        PreviousMapError: The previous map lacks a column or has a record twice.
    """
    clock = _Clock()
    with _staging(connection):
        with clock.phase("read"):
            staged = stage_records(connection, records, rules)
        forest, results = _link(connection, records, rules, staged.count, clock)
        with clock.phase("link"):
            clusters = forest.first_records()
            numbers = np.flatnonzero(clusters == np.arange(staged.count)).astype(np.int32)
            sizes = np.bincount(clusters, minlength=staged.count).astype(np.int32)
        with clock.phase("carry_over"):
            ids = _previous_ids(connection, previous, output, staged.count)
            kept, heirs = keep_ids(
                clusters, ids.codes, ids.count, partial(oldest_first, connection)
            )
            founders = find_founders(connection, clusters, sizes, kept)
            forest.make_roots(founders[numbers])
            issue_ids(connection, numbers, kept, staged.rows)
        with clock.phase("write"):
            linked = forest.linked_to != NO_RECORD
            write_results(
                connection,
                output,
                rules,
                ResolvedRecords(
                    rows=staged.rows,
                    clusters=clusters,
                    linked_to_rows=np.where(linked, staged.rows[forest.linked_to], -1),
                    linked_by=forest.linked_by,
                    map_rows=ids.map_rows,
                ),
                heirs,
                results,
                _in_utc(resolved_at),
            )
    kept_customers = int(np.count_nonzero(kept[numbers] != NO_ID))
    return ResolutionSummary(
        records=staged.count,
        customers=len(numbers),
        linked_records=staged.count - len(numbers),
        largest_customer=int(sizes.max(initial=0)),
        new_customers=len(numbers) - kept_customers,
        kept_customers=kept_customers,
        retired_customers=ids.live - kept_customers,
        rules=results,
        seconds=clock.seconds,
    )


def _link(
    connection: "DuckDBPyConnection",
    records: str,
    rules: ResolutionRules,
    count: int,
    clock: "_Clock",
) -> tuple[Forest, list[RuleResult]]:
    forest = Forest.of_single_records(count)
    results = []
    for number, rule in enumerate(rules.match_rules):
        with clock.phase("find_links"):
            stars = find_stars(connection, records, rules, number)
        with clock.phase("link"):
            links = forest.link_stars(stars.records, stars.firsts, number)
        results.append(_rule_result(rule, stars, links, count))
    return forest, results


class _Clock:
    """Adds up the wall time of phases."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - started


@contextmanager
def _staging(connection: "DuckDBPyConnection") -> Iterator[None]:
    with records_in_order(connection):
        try:
            yield
        finally:
            drop_customers(connection)
            drop_previous_ids(connection)


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _rule_result(rule: MatchRule, stars: Stars, links: int, count: int) -> RuleResult:
    return RuleResult(
        rule=rule.name,
        match=rule.match,
        max_records_per_value=rule.max_records_per_value,
        links=links,
        values=stars.values,
        pairs=stars.pairs,
        matched_records=stars.matched_records,
        matched_share=stars.matched_records / count if count else 0.0,
        over_shared=stars.over_shared,
    )


def _previous_ids(
    connection: "DuckDBPyConnection", previous: str | None, output: OutputTables, count: int
) -> PreviousIds:
    if previous is None:
        return no_previous_ids(connection, count)
    registry = output.qualified(output.customer_id_registry)
    there = connection.execute(
        "select count(*) from information_schema.tables "
        "where table_catalog = current_database() and table_schema = ? and table_name = ?",
        [output.schema, output.customer_id_registry],
    ).fetchall()
    return read_previous_ids(connection, previous, registry if there[0][0] else None, count)
