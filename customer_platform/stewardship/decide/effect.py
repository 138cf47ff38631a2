"""What the next run will make of two records, by the overrides that are written down."""

from collections.abc import Sequence
from dataclasses import dataclass

from customer_platform.identity.entities import CUSTOMER, noun, nouns
from customer_platform.identity.overrides import Override, check_overrides
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.stewardship.preview.compare import FLOWS, RECORDS, REFUSED, comparing

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
        refused = store.connection.execute(
            f"select distinct refused_by || ': ' || this_side || ' | ' || other_side as refused "
            f"from {REFUSED} where customer_id in (select unnest($1::varchar[])) "
            f"and other_customer_id in (select unnest($1::varchar[])) "
            f"order by refused limit {_REFUSED_SHOWN}",
            [sorted(then | {later for _, later, _ in flows})],
        ).fetchall()
    return Effect(
        now=(one[0], other[0]),
        then=(one[1], other[1]),
        flows=tuple(flows),
        refused_by=tuple(row[0] for row in refused),
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
