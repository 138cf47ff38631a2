"""Finds the customer that is asked for; says what is close when it isn't there."""

from collections.abc import Sequence

from customer_platform.errors import ExplainError
from customer_platform.identity.entities import noun
from customer_platform.identity.key_sql import source_text
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.model import (
    KeyValue,
    RecordName,
    RefusedLink,
    Retirement,
)

_SUGGESTIONS = 3
_CLOSE = 0.85

_LIMIT = "limit "


def require_map(store: IdentityStore) -> None:
    """Checks that there is a map.

    Raises:
        ExplainError: There is none.
    """
    if not store.has(store.tables.customer_id_map):
        raise ExplainError(
            f"there is no table {store.tables.read_as(store.tables.customer_id_map)} yet; "
            f"resolve the records first"
        )


def current_customer(store: IdentityStore, customer_id: str) -> tuple[str, tuple[Retirement, ...]]:
    """The customer that an ID leads to.

    Args:
        store: Map and registry.
        customer_id: An ID, in use or retired.

    Returns:
        An ID of the map, and the retired IDs on the way to it.

    Raises:
        ExplainError: The ID was never issued, or none of its records is left.
    """
    one = noun(store.tables.entity)
    current = customer_id
    retirements: list[Retirement] = []
    while not _is_in_map(store, current):
        row = _registered(store, current)
        if row is None:
            raise ExplainError(_unknown_customer(store, current))
        retired_at, successor = row
        seen = {customer_id, *(each.successor for each in retirements)}
        if successor is None or successor in seen:
            raise ExplainError(
                f"{one} {current} was retired on {retired_at} without a successor: "
                f"none of its records is left"
            )
        retirements.append(Retirement(current, retired_at, successor))
        current = successor
    return current, tuple(retirements)


def customer_of_record(store: IdentityStore, name: RecordName) -> str:
    """The customer of a record.

    Raises:
        ExplainError: The map doesn't have the record.
    """
    rows = store.connection.execute(
        f"select customer_id from {store.quoted.customer_id_map} "
        f"where {source_text('source')} = ? and source_record_id = ?",
        [name.source, name.record_id],
    ).fetchall()
    if not rows:
        raise ExplainError(_unknown_record(store, name))
    return str(rows[0][0])


def _is_in_map(store: IdentityStore, customer_id: str) -> bool:
    rows = store.connection.execute(
        f"select 1 from {store.quoted.customer_id_map} where customer_id = ? limit 1",
        [customer_id],
    ).fetchall()
    return bool(rows)


def _registered(store: IdentityStore, customer_id: str) -> tuple[None, None] | None:
    if not store.has(store.tables.customer_id_registry):
        return None
    rows = store.connection.execute(
        f"select retired_at, successor from {store.quoted.customer_id_registry} "
        f"where customer_id = ?",
        [customer_id],
    ).fetchall()
    return rows[0] if rows else None


def _unknown_customer(store: IdentityStore, customer_id: str) -> str:
    table = (
        store.tables.customer_id_registry
        if store.has(store.tables.customer_id_registry)
        else store.tables.customer_id_map
    )
    close = store.rows(
        "stewardship/close_customers",
        {"customer_id": customer_id, "close": _CLOSE, "most": _SUGGESTIONS},
        ids=store.tables.qualified(table),
    )
    return f"no {noun(store.tables.entity)} has or had the ID {customer_id!r}" + _did_you_mean(
        [row[0] for row in close]
    )


def _unknown_record(store: IdentityStore, name: RecordName) -> str:
    named = (
        f"(select {source_text('source')} as source, source_record_id as record_id "
        f"from {store.quoted.customer_id_map})"
    )
    suggestion = close_records(store, named, name, first="record_id = $record_id")
    sources = [
        row[0]
        for row in store.connection.execute(
            f"select distinct source from {named} order by source"
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


def close_records(store: IdentityStore, named: str, name: RecordName, *, first: str) -> str:
    """The records that are close to one that isn't there, as a question; empty without any.

    Args:
        store: The records, the rules, and where the map is kept.
        named: Query of all records, in parentheses: source, record_id.
        name: The record.
        first: Which of them come first, in SQL.
    """
    close = store.rows(
        "stewardship/close_records",
        {
            "source": name.source,
            "record_id": name.record_id,
            "close": _CLOSE,
            "most": _SUGGESTIONS,
        },
        named=named,
        first=first,
    )
    return _did_you_mean([str(RecordName(*row)) for row in close])


def _did_you_mean(names: list[str]) -> str:
    return f"; did you mean {' or '.join(names)}?" if names else ""


def read_refused_links(
    store: IdentityStore, customer_ids: Sequence[str], *, between: bool = False
) -> tuple[RefusedLink, ...]:
    """Refused links by priority of their rule, then by name.

    Args:
        store: Where the refused links are; without a table of them there are none.
        customer_ids: The customers.
        between: Only links of which both sides are among the customers; otherwise one suffices.
    """
    if not store.has(store.tables.refused_links):
        return ()
    rows = store.rows(
        "stewardship/refused_links",
        {"customer_ids": list(customer_ids)},
        and_or="and" if between else "or",
    )
    refused = [
        RefusedLink(
            rule=row[0],
            record=RecordName(row[1], row[2]),
            customer_id=row[3],
            other=RecordName(row[4], row[5]),
            other_customer_id=row[6],
            refused_by=row[7],
            this_side=_side(store.rules, row[7], row[8]),
            other_side=_side(store.rules, row[7], row[9]),
        )
        for row in rows
    ]
    priority = {rule.name: number for number, rule in enumerate(store.rules.match_rules)}
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
