"""Where a version has changed more than its plan says."""

from collections.abc import Iterator
from dataclasses import dataclass

from customer_platform.promotion.compare import Effect, EntityEffect
from customer_platform.promotion.relations import RelationEffect

# Raw and staging tables are compared by what is made of them.
_COMPARED = ("identity.", "master.")


@dataclass(frozen=True)
class _Amount:
    """How much changes.

    Attributes:
        what: In which respect.
        much: How much.
        few: How much is tolerated on top of the share that is, whatever was planned.
    """

    what: str
    much: float
    few: float


def exceeding(planned: Effect, found: Effect, share: float, few: int) -> Iterator[str]:
    """What changes more than was planned, in words.

    Both are differences from a copy of the version in force, each of its own time. So days that
    have landed and were built between the two are in the copy as well, and no difference.

    Args:
        planned: What the plan says.
        found: What the version has changed.
        share: By which share more may change.
        few: How many customers, records or rows more may change.
    """
    expected = {each.what: each.much for each in _amounts(planned, few)}
    for each in _amounts(found, few):
        then = expected.get(each.what, 0)
        if each.much > then * (1 + share) + each.few:
            yield f"{each.what}: {each.much:,.0f}, planned were {then:,.0f}"


def _amounts(effect: Effect, few: int) -> Iterator[_Amount]:
    for entity in effect.entities:
        yield from _of_entity(entity, few)
    for golden in effect.golden:
        yield _Amount(f"{golden.table}: rows that change", golden.changed, few)
    for relation in effect.relations:
        yield from _of_relation(relation, few)


def _of_entity(entity: EntityEffect, few: int) -> Iterator[_Amount]:
    name, moved = entity.entity, entity.moved_records
    yield _Amount(f"{name}: merge", entity.merging, few)
    yield _Amount(f"{name}: split", entity.splitting, few)
    yield _Amount(f"{name}: records that move", moved, few)
    for currency, revenue in entity.moved_revenue:
        # As much as so many records move on average: they are tolerated, so what they move is.
        amount = abs(float(revenue))
        tolerated = few * amount / moved if moved else 0
        yield _Amount(f"{name}: {currency} that moves", amount, tolerated)


def _of_relation(relation: RelationEffect, few: int) -> Iterator[_Amount]:
    name = relation.name
    for currency, before, after in relation.amounts:
        yield from _both_ways(f"{name}: {currency}", float(after) - float(before), 0)
    if name.startswith(_COMPARED):
        difference = (relation.rows[1] or 0) - (relation.rows[0] or 0)
        yield from _both_ways(f"{name}: rows", difference, few)


def _both_ways(what: str, difference: float, few: int) -> Iterator[_Amount]:
    """As two: a gain where a loss was planned isn't what was planned."""
    yield _Amount(f"{what} gained", max(difference, 0), few)
    yield _Amount(f"{what} lost", max(-difference, 0), few)
