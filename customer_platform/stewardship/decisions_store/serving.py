"""Who looks at which pair now: two stewards never get the same one, and nobody what was skipped."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from customer_platform.stewardship.decisions_store.store import (
    DecisionStore,
    in_scope,
    pair_values,
)
from customer_platform.stewardship.decisions_store.tables import LEASES, PAIR, SKIPS
from customer_platform.stewardship.explain.model import RecordName

Pair = tuple[RecordName, RecordName]

# Longer than anybody looks at a pair, and short enough for a pair that was left open.
LEASE = timedelta(minutes=10)


def lease_pair(
    store: DecisionStore, pairs: Sequence[Pair], holder: str, author: str
) -> Pair | None:
    """Gives a steward the first pair that nobody has, and that this one hasn't skipped.

    Whoever holds a pair gets it again, until it is decided or skipped.

    Args:
        store: The decisions.
        pairs: The pairs in the order in which they are to be decided.
        holder: Who gets it: a steward's session.
        author: The steward.

    Returns:
        None when there is none left for this steward.

    Raises:
        DecisionsError: The store can't be reached.
    """
    now = store.now()
    with store.database.writing() as connection:
        mine = in_scope(LEASES, store.scope)
        connection.execute(sa.delete(LEASES).where(*mine, LEASES.c.ends_at <= now))
        held = {
            _pair(row): row.holder for row in connection.execute(sa.select(LEASES).where(*mine))
        }
        over = {each.decision.pair for each in store.read(connection)}
        over |= {frozenset(pair) for pair in _skipped(connection, store, author)}
        free = [pair for pair in pairs if frozenset(pair) not in over]
        chosen = next((pair for pair in free if held.get(frozenset(pair)) == holder), None)
        chosen = chosen or next((pair for pair in free if frozenset(pair) not in held), None)
        # One each: what was held before is free for others.
        connection.execute(sa.delete(LEASES).where(*mine, LEASES.c.holder == holder))
        if chosen is not None:
            connection.execute(
                sa.insert(LEASES).values(
                    **vars(store.scope), **pair_values(*chosen), holder=holder, ends_at=now + LEASE
                )
            )
        return chosen


def skip_pair(store: DecisionStore, pair: Pair, author: str, *, take_back: bool = False) -> None:
    """Notes that a steward can't decide a pair, who doesn't get it again; others do.

    Args:
        store: The decisions.
        pair: The pair.
        author: The steward.
        take_back: Whether the steward takes that back.

    Raises:
        DecisionsError: The store can't be written to.
    """
    with store.database.writing() as connection:
        connection.execute(
            sa.insert(SKIPS).values(
                **vars(store.scope),
                **pair_values(*pair),
                author=author,
                skipped_at=store.now(),
                is_taken_back=take_back,
            )
        )


def _skipped(connection: sa.Connection, store: DecisionStore, author: str) -> set[Pair]:
    last: dict[Pair, bool] = {}
    rows = connection.execute(
        sa.select(SKIPS)
        .where(*in_scope(SKIPS, store.scope), SKIPS.c.author == author)
        .order_by(SKIPS.c.number)
    )
    for row in rows:
        one, other = (
            (getattr(row, name) for name in PAIR[:2]),
            (getattr(row, name) for name in PAIR[2:]),
        )
        last[RecordName(*one), RecordName(*other)] = not row.is_taken_back
    return {pair for pair, is_skipped in last.items() if is_skipped}


def _pair(row: "sa.Row[tuple[object, ...]]") -> frozenset[RecordName]:
    return frozenset(
        (
            RecordName(row.source, row.source_record_id),
            RecordName(row.other_source, row.other_record_id),
        )
    )
