"""What somebody has done, on one time line: lines of orders with returns, sessions, events."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customer_platform.declarations import Entity
from customer_platform.warehouse.sql import identifier, statement
from customer_platform.workbench.access import User
from customer_platform.workbench.golden import masked_row
from customer_platform.workbench.reading import Published

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PAGE = 50

# The columns that may say when something was.
_TIMES = ("occurred_at", "started_at")
# What an entry shows of a row, where its relation has it.
_SHOWN = (
    "transaction_type", "event_type", "order_id", "product_code", "description", "quantity",
    "amount", "currency", "channel", "url", "landing_url", "event_count", "has_purchase",
    "utm_source", "utm_campaign", "source",
)  # fmt: skip
# Say which return undoes which sale, and are no entries of their own.
_RETURNS = "returns"


@dataclass(frozen=True)
class Entry:
    """Something that somebody has done.

    Attributes:
        at: When, UTC.
        relation: The published relation that says so.
        details: What it says, by column.
        returned: Of a sale, when something of it was returned; of a return, the line it undoes.
    """

    at: datetime
    relation: str
    details: Mapping[str, Any]
    returned: str | None = None


@dataclass(frozen=True)
class Timeline:
    """A page of a time line.

    Attributes:
        entries: The entries, newest first.
        kinds: The relations that have entries of the entity.
        page: Which page it is, from 1.
        has_more: Whether there are older ones.
    """

    entries: tuple[Entry, ...]
    kinds: tuple[str, ...]
    page: int
    has_more: bool


def read_timeline(
    published: Published, user: User, entity: Entity, owner: str, kind: str | None, page: int
) -> Timeline:
    """A page of what somebody has done.

    Args:
        published: The publication.
        user: Who asks.
        entity: What they are.
        owner: Their ID.
        kind: The relation whose entries are shown; None for all.
        page: The page, from 1.
    """
    kinds = dict(_relations(published, entity))
    chosen = {kind: kinds[kind]} if kind in kinds else kinds
    # Of each relation, the page may have none or all.
    most = page * PAGE + 1
    with published.masters() as connection:
        found = [
            (at, relation, row)
            for relation, time in chosen.items()
            for at, row in _rows(connection, published, entity, owner, relation, time, most)
        ]
        found.sort(key=lambda each: each[0], reverse=True)
        shown = found[(page - 1) * PAGE : page * PAGE]
        lines = [row["transaction_id"] for _, _, row in shown if row.get("transaction_id")]
        returned = _returned(connection, published, lines)
    entries = tuple(
        Entry(
            at,
            relation,
            _details(published, user, relation, row),
            returned.get(row.get("transaction_id")),
        )
        for at, relation, row in shown
    )
    return Timeline(entries, tuple(kinds), page, len(found) > page * PAGE)


def has_timeline(published: Published, entity: Entity) -> bool:
    """Whether anything says what an entity has done; a party only does what its roles do."""
    return any(_relations(published, entity))


def _relations(published: Published, entity: Entity) -> Iterator[tuple[str, str]]:
    """The relations that say when somebody of the entity did something, with that column."""
    for relation in published.relations:
        columns = published.columns.get(relation.name, ())
        time = next((each for each in _TIMES if each in columns), None)
        if time and f"{entity.entity}_id" in columns and relation.name != _RETURNS:
            yield relation.name, time


def _rows(
    connection: "DuckDBPyConnection",
    published: Published,
    entity: Entity,
    owner: str,
    relation: str,
    time: str,
    most: int,
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    columns = published.columns[relation]
    shown = [each for each in ("transaction_id", *_SHOWN) if each in columns]
    rows = connection.execute(
        statement(
            "workbench/timeline",
            columns=", ".join(map(identifier, shown)),
            time=identifier(time),
            relation=f"master.{identifier(relation)}",
            owner=identifier(f"{entity.entity}_id"),
        ),
        {"id": owner, "most": most},
    ).fetchall()
    for at, *values in rows:
        if at is not None:
            yield at, dict(zip(shown, values, strict=True))


def _returned(
    connection: "DuckDBPyConnection", published: Published, lines: list[Any]
) -> dict[Any, str]:
    """By line, the line that undoes it or that it undoes."""
    if not lines or "original_transaction_id" not in published.columns.get(_RETURNS, ()):
        return {}
    rows = connection.execute(
        statement("workbench/returned"), {"lines": [str(each) for each in lines]}
    ).fetchall()
    found: dict[Any, str] = {}
    for line, original, at in rows:
        if original is not None:
            found[line] = f"undoes {original}"
            found[original] = f"returned on {at:%Y-%m-%d}"
    return found


def _details(
    published: Published, user: User, relation: str, row: Mapping[str, Any]
) -> dict[str, Any]:
    masked = masked_row(published.declared, user, f"master.{relation}", row)
    return {name: value for name, value in masked.items() if value is not None}
