"""Writes what was resolved: all tables in one transaction, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity import sql
from customer_platform.identity.customers import CUSTOMERS
from customer_platform.identity.numbers import numbers_as_table
from customer_platform.identity.previous import PREVIOUS_IDS, PREVIOUS_MAP
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.staging import RECORDS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Records = npt.NDArray[np.int32]


@dataclass(frozen=True)
class OutputTables:
    """Where the results go. The schema is made if it isn't there."""

    schema: str
    customer_id_map: str = "customer_id_map"
    customer_id_registry: str = "customer_id_registry"
    match_rule_statistics: str = "match_rule_statistics"
    over_shared_values: str = "over_shared_values"

    def qualified(self, table: str) -> str:
        """The table's name with its schema, quoted."""
        return f"{sql.identifier(self.schema)}.{sql.identifier(table)}"


@dataclass(frozen=True)
class RuleResult:
    """What one match rule did.

    Attributes:
        rule: Name of the rule.
        match: Its match keys.
        max_records_per_value: Its cap, None if it has none.
        links: Links that joined two clusters, and so explain a record's membership.
        values: Values that link records.
        pairs: Pairs of records with an equal value.
        matched_records: Records that share a value with another.
        matched_share: Those as a share of all records, from 0 to 1.
        over_shared: Values above the cap with their number of records.
    """

    rule: str
    match: list[str]
    max_records_per_value: int | None
    links: int
    values: int
    pairs: int
    matched_records: int
    matched_share: float
    over_shared: list[tuple[str, int]]


@dataclass(frozen=True)
class ResolvedRecords:
    """Every record's customer and link, by record number.

    Attributes:
        rows: Row of the record in the staged records.
        clusters: Number of its cluster.
        linked_to_rows: Row of the record it is linked to, -1 for a founding record.
        linked_by: Position of the rule, -1 for a founding record.
        map_rows: Row of the record in the previous map, -1 for a new record.
    """

    rows: Records
    clusters: Records
    linked_to_rows: Records
    linked_by: npt.NDArray[np.int16]
    map_rows: Records


def write_results(
    connection: "DuckDBPyConnection",
    output: OutputTables,
    rules: ResolutionRules,
    resolved: ResolvedRecords,
    heirs: Records,
    results: Sequence[RuleResult],
    resolved_at: datetime,
) -> None:
    """Replaces the output tables, all of them or, when anything fails, none.

    Args:
        connection: A connection outside of a transaction, with records, previous IDs and
            customers staged.
        output: Where to write.
        rules: The rules.
        resolved: Every record's customer and link.
        heirs: Per code of an ID, the cluster that most of its records went to, -1 if none is left.
        results: What every rule did.
        resolved_at: The time of the run, UTC.
    """
    connection.execute("begin transaction")
    try:
        connection.execute(f"create schema if not exists {sql.identifier(output.schema)}")
        _write_map(connection, output, rules, resolved, resolved_at)
        _write_registry(connection, output, rules, heirs, resolved_at)
        _write_statistics(connection, output, results)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


def _write_map(
    connection: "DuckDBPyConnection",
    output: OutputTables,
    rules: ResolutionRules,
    resolved: ResolvedRecords,
    resolved_at: datetime,
) -> None:
    names = ", ".join(sql.text(rule.name) for rule in rules.match_rules)
    with numbers_as_table(
        connection,
        "resolution_result",
        record_row=resolved.rows,
        cluster=resolved.clusters,
        linked_to_row=resolved.linked_to_rows,
        linked_by=resolved.linked_by,
        map_row=resolved.map_rows,
    ):
        connection.execute(
            f"create or replace table {output.qualified(output.customer_id_map)} as "
            f"select {_source(rules, 'staged.source')} as source, "
            f"staged.record_id as source_record_id, customers.customer_id, "
            f"case when result.linked_by >= 0 then [{names}][result.linked_by + 1] end "
            f"as linked_by_rule, {_source(rules, 'linked.source')} as linked_to_source, "
            f"linked.record_id as linked_to_record_id, "
            f"case when was.customer_id = customers.customer_id then was.valid_from "
            f"else cast(? as timestamp) end as valid_from "
            f"from resolution_result as result "
            f"join {RECORDS} as staged on staged.rowid = result.record_row "
            f"join {CUSTOMERS} as customers on customers.cluster = result.cluster "
            f"left join {RECORDS} as linked on linked.rowid = result.linked_to_row "
            f"left join {PREVIOUS_MAP} as was on was.rowid = result.map_row",
            [resolved_at],
        )


def _write_registry(
    connection: "DuckDBPyConnection",
    output: OutputTables,
    rules: ResolutionRules,
    heirs: Records,
    resolved_at: datetime,
) -> None:
    codes = np.arange(len(heirs), dtype=np.int32)
    with numbers_as_table(connection, "resolution_heirs", code=codes, cluster=heirs):
        connection.execute(
            f"create or replace table {output.qualified(output.customer_id_registry)} as "
            f"select ids.customer_id, ids.issued_at, "
            f"{_source(rules, 'ids.founding_source')} as founding_source, "
            f"ids.founding_record_id, "
            f"case when kept.code is not null then null when ids.in_map then cast($1 as timestamp) "
            f"else ids.retired_at end as retired_at, "
            f"case when kept.code is not null then null when ids.in_map then heir.customer_id "
            f"else ids.successor end as successor "
            f"from {PREVIOUS_IDS} as ids join resolution_heirs as heirs on heirs.code = ids.rowid "
            f"left join {CUSTOMERS} as kept on kept.code = ids.rowid "
            f"left join {CUSTOMERS} as heir on heir.cluster = heirs.cluster "
            f"union all select customer_id, cast($1 as timestamp), "
            f"{_source(rules, 'source')}, record_id, null, null "
            f"from {CUSTOMERS} where generation is not null",
            [resolved_at],
        )


def _write_statistics(
    connection: "DuckDBPyConnection", output: OutputTables, results: Sequence[RuleResult]
) -> None:
    statistics = output.qualified(output.match_rule_statistics)
    connection.execute(
        f"create or replace table {statistics} (priority integer, rule varchar, "
        f"match_keys varchar, max_records_per_value bigint, links bigint, linking_values bigint, "
        f"pairs hugeint, matched_records bigint, matched_share double, "
        f"over_shared_values bigint, over_shared_records bigint)"
    )
    connection.executemany(
        f"insert into {statistics} values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [
                priority,
                result.rule,
                " + ".join(result.match),
                result.max_records_per_value,
                result.links,
                result.values,
                result.pairs,
                result.matched_records,
                result.matched_share,
                len(result.over_shared),
                sum(records for _, records in result.over_shared),
            ]
            for priority, result in enumerate(results, start=1)
        ],
    )
    over_shared = output.qualified(output.over_shared_values)
    connection.execute(
        f"create or replace table {over_shared} (rule varchar, value varchar, records bigint)"
    )
    if values := [[result.rule, *entry] for result in results for entry in result.over_shared]:
        connection.executemany(f"insert into {over_shared} values (?, ?, ?)", values)


def _source(rules: ResolutionRules, column: str) -> str:
    return column if rules.source else "cast(null as varchar)"
