"""The biggest changes: between which customers, and by which links."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.stewardship.preview import compare
from customer_platform.stewardship.preview.compare import MOVED_REVENUE
from customer_platform.stewardship.preview.links import ChangedPair, explain_links
from customer_platform.stewardship.preview.model import MERGE, SPLIT, Change, ChangedLink, Part

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_PARTS_SHOWN = 5
_LINKS_SHOWN = 3


@dataclass(frozen=True)
class _Side:
    """What tells merges and splits apart.

    Attributes:
        kind: `merge` or `split`.
        whole: Column of the customer that is whole.
        part: Column of the customers it consists of.
    """

    kind: str
    whole: str
    part: str


_SIDES = (_Side(MERGE, "later", "now"), _Side(SPLIT, "now", "later"))


def biggest_changes(
    store: IdentityStore, current_rules: ResolutionRules | None, limit: int
) -> tuple[Change, ...]:
    """The merges and the splits that move the most records, explained.

    Args:
        store: The map that is there, compared with what the store's rules would make of it.
        current_rules: The rules it was made by, where they are known.
        limit: How many changes.
    """
    found = store.rows("stewardship/preview_biggest", {"most": limit})
    parts: dict[tuple[str, str], list[Part]] = defaultdict(list)
    by_rule: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    revenue: dict[tuple[str, str], list[tuple[str, Decimal]]] = defaultdict(list)
    pairs: list[ChangedPair] = []
    for side in _SIDES:
        wanted = [row[1] for row in found if row[0] == side.kind]
        for customer_id, part, size in _parts(store.connection, side, wanted):
            parts[side.kind, customer_id].append(Part(part, size))
        for customer_id, currency, amount in _revenue(store.connection, side, wanted):
            revenue[side.kind, customer_id].append((currency, amount))
        for customer_id, rule, count in _links_by_rule(store, side, wanted):
            by_rule[side.kind, customer_id].append((rule, count))
        pairs += _pairs(store, side, wanted)
    links: Mapping[ChangedPair, ChangedLink] = explain_links(store, current_rules, pairs)
    return tuple(
        Change(
            kind=kind,
            customer_id=customer_id,
            customers=customers,
            records=size,
            moved_records=moved,
            parts=tuple(parts[kind, customer_id]),
            links_by_rule=tuple(by_rule[kind, customer_id]),
            links=tuple(
                links[pair]
                for pair in pairs
                if (pair.kind, pair.customer_id) == (kind, customer_id)
            ),
            revenue=tuple(revenue[kind, customer_id]),
        )
        for kind, customer_id, customers, size, moved in found
    )


def _parts(
    connection: "DuckDBPyConnection", side: _Side, wanted: Sequence[str]
) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = connection.execute(
        f"select {side.whole}, {side.part}, records from {compare.FLOWS} "
        f"where is_{side.kind} and {side.whole} in (select unnest(?::varchar[])) "
        f"qualify row_number() over (partition by {side.whole} "
        f"order by records desc, {side.part}) <= {_PARTS_SHOWN} "
        f"order by {side.whole}, records desc, {side.part}",
        [list(wanted)],
    ).fetchall()
    return found


def _revenue(
    connection: "DuckDBPyConnection", side: _Side, wanted: Sequence[str]
) -> list[tuple[str, str, Decimal]]:
    found: list[tuple[str, str, Decimal]] = connection.execute(
        f"select {side.whole}, currency, sum(amount) from {MOVED_REVENUE} "
        f"where {side.whole} in (select unnest(?::varchar[])) group by all order by all",
        [list(wanted)],
    ).fetchall()
    return found


def _crossing(store: IdentityStore, side: _Side) -> str:
    """The query of the links between the parts of the wanted customers."""
    links = (
        compare.LINKS if side.kind == MERGE else compare.current_links(store.quoted.customer_id_map)
    )
    return f"({store.sql('stewardship/preview_crossing', part=side.part, links=links)})"


def _links_by_rule(
    store: IdentityStore, side: _Side, wanted: Sequence[str]
) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = store.connection.execute(
        f"select customer_id, linked_by_rule, count(*) as links "
        f"from {_crossing(store, side)} as links group by all "
        f"order by customer_id, links desc, linked_by_rule",
        {"customer_ids": list(wanted)},
    ).fetchall()
    return found


def _pairs(store: IdentityStore, side: _Side, wanted: Sequence[str]) -> list[ChangedPair]:
    """A few links of each customer, one for two parts that are linked."""
    rows = store.rows(
        "stewardship/preview_pairs",
        {"customer_ids": list(wanted), "shown": _LINKS_SHOWN},
        crossing=_crossing(store, side),
    )
    return [
        ChangedPair(
            kind=side.kind,
            customer_id=row[0],
            record=RecordName(row[1], row[2]),
            linked_to=RecordName(row[3], row[4]),
            rule=row[5],
            customers=(row[6], row[7]),
        )
        for row in rows
    ]
