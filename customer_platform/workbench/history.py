"""What became of a customer: records that came and left, merges, splits, values, and decisions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customer_platform.declarations import Entity
from customer_platform.stewardship.decisions_store import open_decisions
from customer_platform.stewardship.explain import RecordName
from customer_platform.warehouse.duckdb import columns_of, table_kind
from customer_platform.warehouse.sql import identifier, statement
from customer_platform.workbench import texts
from customer_platform.workbench.access import User
from customer_platform.workbench.golden import masked_row
from customer_platform.workbench.reading import Published

# Of a customer with more, the page shows the newest.
MOST = 200

# Columns that a table of decisions may have.
_EXPLANATORY = {"decided_on": "date", "decided_by": "author", "said_why": "reason"}


@dataclass(frozen=True)
class Move:
    """Records that came to a customer, or left it, at one time and for one reason.

    Attributes:
        at: When, UTC.
        previous: The ID that they had before; None of new records.
        current: The ID that they have since; None of records that are gone.
        reason: Why.
        records: The records.
    """

    at: datetime
    previous: str | None
    current: str | None
    reason: str
    records: tuple[str, ...]


@dataclass(frozen=True)
class Version:
    """What was known of a customer from a moment on, where it differed from before.

    Attributes:
        since: From when on, UTC.
        changes: Name, value before, and value since.
    """

    since: datetime
    changes: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True)
class Decision:
    """What a steward decided about two records.

    Attributes:
        at: The day.
        author: Who.
        kind: `same` or `different`.
        records: The two.
        reason: Why.
    """

    at: Any
    author: str | None
    kind: str
    records: tuple[str, str]
    reason: str | None


@dataclass(frozen=True)
class History:
    """What became of a customer, as a user may see it.

    Attributes:
        issued_at: When its ID was given, UTC.
        merged: Retired IDs that lead to it, and when they were retired.
        moves: Records that came and left, the newest first.
        versions: What was known when, the newest first.
        decisions: What stewards decided about its records.
    """

    issued_at: datetime | None
    merged: tuple[tuple[str, datetime], ...]
    moves: tuple[Move, ...]
    versions: tuple[Version, ...]
    decisions: tuple[Decision, ...]


def read_history(published: Published, user: User, entity: Entity, owner: str) -> History:
    """What became of a customer.

    Args:
        published: The publication.
        user: Who asks.
        entity: What it is.
        owner: Its ID.

    Raises:
        NoEvidenceError: The publication has no evidence.
    """
    tables = entity.tables
    with published.evidence() as connection:
        issued = connection.execute(
            statement("workbench/issued", registry=tables.qualified(tables.customer_id_registry)),
            {"owner": owner, "most": MOST},
        ).fetchall()
        changes = connection.execute(
            statement(
                "workbench/memberships", changes=tables.qualified(tables.customer_id_changes)
            ),
            {"owner": owner, "most": MOST},
        ).fetchall()
    return History(
        issued_at=next((at for each, at, _ in issued if each == owner), None),
        merged=tuple((each, retired) for each, _, retired in issued if each != owner),
        moves=tuple(_moves(published, user, entity, changes)),
        versions=tuple(_versions(published, user, entity, owner)),
        decisions=(
            *_stored_decisions(published, user, entity, owner),
            *_decisions(published, user, entity, owner),
        ),
    )


def _moves(
    published: Published, user: User, entity: Entity, changes: list[tuple[Any, ...]]
) -> Iterator[Move]:
    label = _labels(published, user, entity)
    groups: dict[tuple[Any, ...], list[str]] = {}
    for at, source, number, previous, current, reason in changes:
        name = RecordName(source or "", number)
        records = groups.setdefault((at, previous, current, reason or ""), [])
        records.append(label(name))
    for (at, previous, current, reason), records in groups.items():
        yield Move(at, previous, current, reason, tuple(records))


def _versions(published: Published, user: User, entity: Entity, owner: str) -> Iterator[Version]:
    """How the golden record changed, the newest first."""
    key = f"{entity.entity}_id"
    relation = next((each.name for each in published.relations if each.versions_of == key), None)
    if relation is None:
        return
    with published.masters() as connection:
        found = connection.execute(
            f"select * from master.{identifier(relation)} where {identifier(key)} = ? "
            "order by valid_from",
            [owner],
        )
        names = [name for name, *_ in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    attributes = [name for name in entity.attributes if name in names]
    shown = [masked_row(published.declared, user, f"master.{relation}", row) for row in rows]
    versions = []
    before: Mapping[str, Any] = {}
    for row, masked in zip(rows, shown, strict=True):
        changes = tuple(
            (name, before.get(name), masked[name])
            for name in attributes
            if masked[name] != before.get(name)
        )
        if changes:
            versions.append(Version(row["valid_from"], changes))
        before = masked
    yield from reversed(versions)


def _decisions(published: Published, user: User, entity: Entity, owner: str) -> Iterator[Decision]:
    tables = entity.tables
    if entity.overrides is None:
        return
    schema, _, table = entity.overrides.rpartition(".")
    with published.evidence() as connection:
        if table_kind(connection, schema, table) is None:
            return
        there = columns_of(connection, entity.overrides)
        parts = {
            part: identifier(name) if name in there else "null"
            for part, name in _EXPLANATORY.items()
        }
        rows = connection.execute(
            statement(
                "workbench/decisions",
                overrides=entity.overrides,
                state=tables.qualified(tables.resolution_state),
                **parts,
            ),
            {"owner": owner},
        ).fetchall()
    label = _labels(published, user, entity)
    for at, author, kind, source, number, other_source, other_number, reason in rows:
        records = (RecordName(source, number), RecordName(other_source, other_number))
        one, other = map(label, records)
        yield Decision(at, author, kind, (one, other), reason if user.sees_values else None)


def _stored_decisions(
    published: Published, user: User, entity: Entity, owner: str
) -> Iterator[Decision]:
    """What the store of decisions says now, the newest first; withdrawn ones, too."""
    mine = records_of(published, entity, owner)
    label = _labels(published, user, entity)
    store = open_decisions(published.environment, entity.entity)
    for each in reversed(store.decisions(withdrawn=True, about=mine)):
        said = each.decision
        one, other = label(said.record), label(said.other)
        kind = texts.WAS_WITHDRAWN.format(kind=said.kind) if each.withdrawn else said.kind
        reason = said.reason if user.sees_values else None
        yield Decision(each.decided_at, said.author, kind, (one, other), reason)


def records_of(published: Published, entity: Entity, owner: str) -> list[RecordName]:
    """The records of a customer, in order of their names.

    Raises:
        NoEvidenceError: The publication has no evidence.
    """
    state = entity.tables.qualified(entity.tables.resolution_state)
    with published.evidence() as connection:
        rows = connection.execute(
            f"select coalesce(source, '') as source, source_record_id from {state} "
            "where customer_id = ? order by source, source_record_id",
            [owner],
        ).fetchall()
    return [RecordName(*row) for row in rows]


def _labels(published: Published, user: User, entity: Entity) -> Callable[[RecordName], str]:
    """What a user reads of names of records."""
    if user.sees_values:
        return str
    mask = published.record_mask(entity)
    return lambda name: str(mask.name(name))
