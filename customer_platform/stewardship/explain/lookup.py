"""Finds the customer that is asked for; says what is close when it isn't there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from customer_platform.errors import ExplainError
from customer_platform.identity.entities import noun
from customer_platform.identity.key_sql import source_text
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.tables import OutputTables
from customer_platform.stewardship.explain.model import (
    KeyValue,
    RecordName,
    RefusedLink,
    Retirement,
)
from customer_platform.stewardship.explain.reading import has_table
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_SUGGESTIONS = 3
_CLOSE = 0.85


def require_map(connection: "DuckDBPyConnection", tables: OutputTables) -> None:
    """Checks that there is a map.

    Raises:
        ExplainError: There is none.
    """
    if not has_table(connection, tables, tables.customer_id_map):
        raise ExplainError(
            f"there is no table {tables.read_as(tables.customer_id_map)} yet; "
            f"resolve the records first"
        )


def current_customer(
    connection: "DuckDBPyConnection", tables: OutputTables, customer_id: str
) -> tuple[str, tuple[Retirement, ...]]:
    """The customer that an ID leads to.

    Args:
        connection: A connection.
        tables: Where map and registry are.
        customer_id: An ID, in use or retired.

    Returns:
        An ID of the map, and the retired IDs on the way to it.

    Raises:
        ExplainError: The ID was never issued, or none of its records is left.
    """
    current = customer_id
    retirements: list[Retirement] = []
    while not _is_in_map(connection, tables, current):
        row = _registered(connection, tables, current)
        if row is None:
            raise ExplainError(_unknown_customer(connection, tables, current))
        retired_at, successor = row
        seen = {customer_id, *(each.successor for each in retirements)}
        if successor is None or successor in seen:
            raise ExplainError(
                f"{noun(tables.entity)} {current} was retired on {retired_at} without a successor: "
                f"none of its records is left"
            )
        retirements.append(Retirement(current, retired_at, successor))
        current = successor
    return current, tuple(retirements)


def customer_of_record(
    connection: "DuckDBPyConnection", tables: OutputTables, name: RecordName
) -> str:
    """The customer of a record.

    Raises:
        ExplainError: The map doesn't have the record.
    """
    rows = connection.execute(
        f"select customer_id from {tables.qualified(tables.customer_id_map)} "
        f"where {source_text('source')} = ? and source_record_id = ?",
        [name.source, name.record_id],
    ).fetchall()
    if not rows:
        raise ExplainError(_unknown_record(connection, tables, name))
    return str(rows[0][0])


def _is_in_map(connection: "DuckDBPyConnection", tables: OutputTables, customer_id: str) -> bool:
    rows = connection.execute(
        f"select 1 from {tables.qualified(tables.customer_id_map)} where customer_id = ? limit 1",
        [customer_id],
    ).fetchall()
    return bool(rows)


def _registered(
    connection: "DuckDBPyConnection", tables: OutputTables, customer_id: str
) -> tuple[None, None] | None:
    if not has_table(connection, tables, tables.customer_id_registry):
        return None
    rows = connection.execute(
        f"select retired_at, successor from {tables.qualified(tables.customer_id_registry)} "
        f"where customer_id = ?",
        [customer_id],
    ).fetchall()
    return rows[0] if rows else None


def _unknown_customer(
    connection: "DuckDBPyConnection", tables: OutputTables, customer_id: str
) -> str:
    table = (
        tables.customer_id_registry
        if has_table(connection, tables, tables.customer_id_registry)
        else tables.customer_id_map
    )
    close = connection.execute(
        f"select customer_id from (select distinct customer_id from {tables.qualified(table)}) "
        f"where {_similarity('customer_id')} >= {_CLOSE} "
        f"order by {_similarity('customer_id')} desc, customer_id limit {_SUGGESTIONS}",
        [customer_id],
    ).fetchall()
    return f"no {noun(tables.entity)} has or had the ID {customer_id!r}" + _did_you_mean(
        [row[0] for row in close]
    )


def _unknown_record(
    connection: "DuckDBPyConnection", tables: OutputTables, name: RecordName
) -> str:
    customer_id_map = tables.qualified(tables.customer_id_map)
    close = connection.execute(
        f"select {source_text('source')}, source_record_id from {customer_id_map} "
        f"where source_record_id = $1 or ({source_text('source')} = $2 "
        f"and {_similarity('source_record_id')} >= {_CLOSE}) "
        f"order by source_record_id = $1 desc, {_similarity('source_record_id')} desc, "
        f"source, source_record_id limit {_SUGGESTIONS}",
        [name.record_id, name.source],
    ).fetchall()
    suggestion = _did_you_mean([str(RecordName(*row)) for row in close])
    sources = [
        row[0]
        for row in connection.execute(
            f"select distinct {source_text('source')} from {customer_id_map} order by all"
        ).fetchall()
    ]
    known = ", ".join(source for source in sources if source)
    if name.source in sources:
        return f"the map has no record {str(name)!r}{suggestion}"
    if not name.source:
        return f"the record {str(name)!r} names no source: write SOURCE:ID; sources: {known}" + (
            suggestion
        )
    return f"the map has no source {name.source!r}; its sources: {known or 'none'}{suggestion}"


def _similarity(column: str) -> str:
    return f"jaro_winkler_similarity(lower({sql.identifier(column)}), lower(trim($1)))"


def _did_you_mean(names: list[str]) -> str:
    return f"; did you mean {' or '.join(names)}?" if names else ""


_LIMIT = "limit "


def read_refused_links(
    connection: "DuckDBPyConnection",
    tables: OutputTables,
    rules: ResolutionRules,
    customer_ids: Sequence[str],
    *,
    between: bool = False,
) -> tuple[RefusedLink, ...]:
    """Refused links by priority of their rule, then by name.

    Args:
        connection: A connection.
        tables: Where the tables are; without a table of refused links there are none.
        rules: The rules.
        customer_ids: The customers.
        between: Only links of which both sides are among the customers; otherwise one suffices.
    """
    if not has_table(connection, tables, tables.refused_links):
        return ()
    rows = connection.execute(
        f"select rule, {source_text('source')}, source_record_id, customer_id, "
        f"{source_text('other_source')}, other_record_id, other_customer_id, refused_by, "
        f"cast(this_side as varchar), cast(other_side as varchar) "
        f"from {tables.qualified(tables.refused_links)} "
        f"where customer_id in (select unnest($1::varchar[])) {'and' if between else 'or'} "
        f"other_customer_id in (select unnest($1::varchar[]))",
        [list(customer_ids)],
    ).fetchall()
    refused = [
        RefusedLink(
            rule=row[0],
            record=RecordName(row[1], row[2]),
            customer_id=row[3],
            other=RecordName(row[4], row[5]),
            other_customer_id=row[6],
            refused_by=row[7],
            this_side=_side(rules, row[7], row[8]),
            other_side=_side(rules, row[7], row[9]),
        )
        for row in rows
    ]
    priority = {rule.name: number for number, rule in enumerate(rules.match_rules)}
    return tuple(
        sorted(
            refused,
            key=lambda link: (priority.get(link.rule, -1), link.record, link.other),
        )
    )


def _side(rules: ResolutionRules, refused_by: str, value: str | None) -> KeyValue:
    key = refused_by.removeprefix(_LIMIT) if refused_by.startswith(_LIMIT) else ""
    column = rules.match_keys[key].column if key in rules.match_keys else key
    return KeyValue(key=key, column=column, value=value)
