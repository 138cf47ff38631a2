"""What the next run will make of two records, by the overrides that are written down."""

from collections.abc import Sequence
from dataclasses import dataclass

from customer_platform.identity.entities import CUSTOMER, noun, nouns
from customer_platform.identity.overrides import Override, check_overrides
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.stewardship.preview.compare import (
    FLOWS,
    RECORDS,
    REFUSED,
    comparing,
    comparing_nearby,
)
from customer_platform.warehouse import sql

_REFUSED_SHOWN = 3


@dataclass(frozen=True)
class Effect:
    """What becomes of two records.

    Attributes:
        now: The customer of each; None for a record that the map doesn't have yet.
        then: The customer that each will have; None for one that is not among the records.
        flows: How many records go from which customer to which, as far as customers change that
            have, or will have, one of the two records.
        refused_by: What refuses to link the customers that the two, and the records that move
            with them, will have: the constraint with its two sides.
    """

    now: tuple[str | None, str | None]
    then: tuple[str | None, str | None]
    flows: tuple[tuple[str, str, int], ...]
    refused_by: tuple[str, ...]

    @property
    def were_one(self) -> bool:
        """Whether the two are one customer in the current map."""
        return self.now[0] is not None and self.now[0] == self.now[1]

    @property
    def become_one(self) -> bool:
        """Whether the two will be one customer."""
        return self.then[0] is not None and self.then[0] == self.then[1]


def override_effect(
    store: IdentityStore, overrides: Sequence[Override], pair: tuple[RecordName, RecordName]
) -> Effect:
    """Finds out what becomes of two records at the next run, by resolving all records.

    Args:
        store: The map that is there; a connection that only reads is enough.
        overrides: All overrides that the next run will apply.
        pair: The two records.

    Raises:
        OverridesError: The overrides contradict each other.
        RecordsError: A record has no id, or two have the same source and id.
    """
    with comparing(store, check_overrides(overrides)):
        return _effect(store, pair)


def nearby_effect(
    store: IdentityStore, overrides: Sequence[Override], pair: tuple[RecordName, RecordName]
) -> Effect:
    """Finds out the same from the records near the two alone, in milliseconds.

    Args:
        store: The map as it is kept: what has come since the last run isn't in it.
        overrides: All overrides that the next run will apply.
        pair: The two records.

    Raises:
        OverridesError: The overrides contradict each other.
        StateError: There is no kept map, or it was made by other rules.
    """
    with comparing_nearby(store, check_overrides(overrides), _sides(pair)):
        return _effect(store, pair)


def nearby_changes(
    store: IdentityStore, overrides: Sequence[Override], records: Sequence[RecordName]
) -> tuple[tuple[tuple[str, str, int], ...], tuple[str, ...]]:
    """What becomes of many records at the next run, from what is near them.

    Args:
        store: As in `nearby_effect`.
        overrides: All overrides that the next run will apply.
        records: The records that decisions are about.

    Returns:
        How many records go from which customer to which, of the customers that merge or split;
        and what refuses links between customers that these records have then.

    Raises:
        OverridesError: The overrides contradict each other.
        StateError: There is no kept map, or it was made by other rules.
    """
    with comparing_nearby(store, check_overrides(overrides), _sides(records)):
        rows = store.connection.execute(
            f"select now, later, records from {FLOWS} order by now, records desc, later"
        ).fetchall()
        return tuple(rows), _refused(store, _customers_of(store, records))


def _sides(names: Sequence[RecordName]) -> list[tuple[str, str]]:
    return [(name.source, name.record_id) for name in names]


def _customers_of(store: IdentityStore, names: Sequence[RecordName]) -> list[str]:
    values = sql.rows_of_text(_sides(names))
    return [
        row[0]
        for row in store.connection.execute(
            f"select distinct later from {RECORDS} where later is not null and "
            f"(source, record_id) in (select (source, record_id) "
            f"from (values {values}) as named(source, record_id))"
        ).fetchall()
    ]


def _refused(store: IdentityStore, customers: Sequence[str]) -> tuple[str, ...]:
    """What refuses links between customers, the first of it."""
    refused = store.connection.execute(
        f"select distinct refused_by || ': ' || this_side || ' | ' || other_side as refused "
        f"from {REFUSED} where customer_id in (select unnest($1::varchar[])) "
        f"and other_customer_id in (select unnest($1::varchar[])) "
        f"order by refused limit {_REFUSED_SHOWN}",
        [sorted(customers)],
    ).fetchall()
    return tuple(row[0] for row in refused)


def _effect(store: IdentityStore, pair: tuple[RecordName, RecordName]) -> Effect:
    found = {
        RecordName(row[0], row[1]): (row[2], row[3])
        for row in store.connection.execute(
            f"select source, record_id, now, later from {RECORDS} "
            f"where (source, record_id) in ((?, ?), (?, ?))",
            [part for name in pair for part in (name.source, name.record_id)],
        ).fetchall()
    }
    one, other = (found.get(name, (None, None)) for name in pair)
    customers = [customer for customer in (*one, *other) if customer]
    flows = store.connection.execute(
        f"select now, later, records from {FLOWS} where now in (select unnest($1::varchar[])) "
        f"or later in (select unnest($1::varchar[])) order by now, records desc, later",
        [customers],
    ).fetchall()
    then = {customer for customer in (one[1], other[1]) if customer}
    return Effect(
        now=(one[0], other[0]),
        then=(one[1], other[1]),
        flows=tuple(flows),
        refused_by=_refused(store, sorted(then | {later for _, later, _ in flows})),
    )


def effect_lines(
    effect: Effect, pair: tuple[RecordName, RecordName], entity: str = CUSTOMER
) -> list[str]:
    """The effect in words.

    Args:
        effect: What becomes of the two.
        pair: The two records.
        entity: What a customer is called here.
    """
    one = noun(entity)
    names = f"{pair[0]} and {pair[1]}"
    if effect.were_one and effect.become_one:
        lines = [f"{names} are one {one}, {effect.now[0]}, and stay one at the next run."]
    elif effect.become_one:
        lines = [f"At the next run {names} become one {one}, {effect.then[0]}."]
    elif effect.were_one:
        lines = [
            f"At the next run {effect.now[0]} splits: {pair[0]} will be {effect.then[0]}, "
            f"{pair[1]} will be {effect.then[1]}."
        ]
    else:
        lines = [f"{names} are two {nouns(entity)}, and stay two at the next run."]
    lines += [f"  a link is refused by {refused}" for refused in effect.refused_by]
    lines += [_flow_text(*flow) for flow in effect.flows]
    return lines


def _flow_text(now: str, then: str, records: int) -> str:
    one = records == 1
    subject = f"  {records:,} {'record' if one else 'records'} of {now}"
    if now == then:
        return f"{subject} {'stays' if one else 'stay'}"
    return f"{subject} {'moves' if one else 'move'} to {then}"
