"""What the pages of decisions show: pairs side by side, and what a decision will do."""

import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from customer_platform.declarations import Entity
from customer_platform.errors import ExplainError, OverrideRefusedError, StateError
from customer_platform.identity import key_sql
from customer_platform.identity.overrides import DIFFERENT, SAME, Override
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.decide import Decision, effect_lines, nearby_effect
from customer_platform.stewardship.decisions_store import (
    DecisionStore,
    NewDecision,
    open_decisions,
    seeded_decisions,
)
from customer_platform.stewardship.decisions_store.store import refuse_misfits
from customer_platform.stewardship.explain.lookup import customer_of_record
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.stewardship.explain.reading import ordered
from customer_platform.stewardship.sampling import Candidate, read_candidates
from customer_platform.warehouse import sql
from customer_platform.workbench.access import User, mask_for
from customer_platform.workbench.reading import Published

Pair = tuple[RecordName, RecordName]

# How many of a session's decisions can be undone.
_UNDOABLE = 100


@dataclass(frozen=True)
class Side:
    """A record of a pair.

    Attributes:
        name: Its name.
        customer_id: Its customer.
        records: How many records that has.
    """

    name: RecordName
    customer_id: str
    records: int


@dataclass(frozen=True)
class Row:
    """An attribute of both records.

    Attributes:
        attribute: The attribute.
        values: The value of each, as the user may see it; None where it has none.
        is_equal: Whether both have the same; None where one has none.
    """

    attribute: str
    values: tuple[str | None, str | None]
    is_equal: bool | None


@dataclass(frozen=True)
class Desk:
    """Where a steward decides about an entity.

    Attributes:
        published: The publication.
        entity: The entity.
        user: The steward.
        decisions: The store of decisions.
    """

    published: Published
    entity: Entity
    user: User
    decisions: DecisionStore

    @classmethod
    def of(cls, published: Published, entity: Entity, user: User) -> "Desk":
        """The desk of a steward."""
        store = open_decisions(published.environment, entity.entity)
        return cls(published, entity, user, store)

    @property
    def seeded(self) -> list[tuple[str, Decision]]:
        """The decisions of the seed, each with its place."""
        return seeded_decisions(self.published.environment, self.entity.entity)

    def overrides(self, more: Sequence[NewDecision] = ()) -> list[Override]:
        """What the next run will apply: the seed, the store, and decisions that are to be made.

        A pair that is decided otherwise already keeps what holds: saving it will be refused.
        """
        held = [each.override for _, each in self.seeded] + self.decisions.overrides()
        known = {each.sides for each in held}
        new = [
            Override(
                each.kind,
                each.record.source,
                each.record.record_id,
                each.other.source,
                each.other.record_id,
            )
            for each in more
        ]
        return [*held, *(each for each in new if each.sides not in known)]

    def decide(self, decisions: Sequence[NewDecision]) -> list[int]:
        """Keeps decisions; returns their numbers.

        Raises:
            OverrideRefusedError: One contradicts others.
            DecisionsError: The store is away.
        """
        made = self.decisions.decide(decisions, self.user.name, self.seeded)
        return [each.number for each in made]

    def missing(self, decisions: Sequence[NewDecision]) -> list[NewDecision]:
        """Those of some decisions that aren't in force already."""
        held = {(each.pair, each.kind) for _, each in [*self.seeded, *self.decisions.placed()]}
        return [
            each
            for each in decisions
            if (frozenset((each.record, each.other)), each.kind) not in held
        ]

    def check(self, decisions: Sequence[NewDecision]) -> None:
        """Checks that decisions could be kept.

        Raises:
            OverrideRefusedError: One contradicts others; names them.
        """
        made = [
            Decision(each.kind, each.record, each.other, self.user.name, "", each.reason)
            for each in decisions
        ]
        refuse_misfits([*self.seeded, *self.decisions.placed()], made, self.entity.entity)

    def sides(self, store: IdentityStore, pair: Pair) -> tuple[Side, Side]:
        """Whose the two records are.

        Raises:
            ExplainError: The map doesn't have one of them.
        """
        whose = _customers(store, pair)
        if missing := [name for name in pair if name not in whose]:
            # Says what there is that is close.
            customer_of_record(store, missing[0])
        sizes = _sizes(store, list(whose.values()))
        one, other = (Side(name, whose[name], sizes[whose[name]]) for name in pair)
        return one, other

    def rows(self, store: IdentityStore, pair: Pair) -> list[Row]:
        """Both records, by attribute, as the user may see them."""
        mask = mask_for(self.user, lambda: self.published.record_mask(self.entity))
        columns = self._columns_of(store)
        found = _values(store, pair, columns)
        if gone := [name for name in pair if name not in found]:
            raise ExplainError(f"the record {gone[0]} is gone")
        rows = []
        for position, column in enumerate(columns):
            left, right = (found[name][position] for name in pair)
            if left is None and right is None:
                continue
            shown = tuple(None if each is None else mask(column, each) for each in (left, right))
            is_equal = None if left is None or right is None else left == right
            rows.append(Row(column, (shown[0], shown[1]), is_equal))
        return rows

    def values(
        self, store: IdentityStore, names: Sequence[RecordName]
    ) -> dict[RecordName, dict[str, str]]:
        """What records have, by attribute, as the user may see it."""
        mask = mask_for(self.user, lambda: self.published.record_mask(self.entity))
        columns = self._columns_of(store)
        return {
            name: {
                column: mask(column, each)
                for column, each in zip(columns, values, strict=True)
                if each is not None
            }
            for name, values in _values(store, names, columns).items()
        }

    def _columns_of(self, store: IdentityStore) -> list[str]:
        """The attributes; where the records have none of them, the match keys."""
        there = set(store.columns())
        keys = [key.column for key in self.entity.rules.match_keys.values()]
        return [name for name in self.entity.attributes if name in there] or keys

    def effects(self, store: IdentityStore, pair: Pair) -> dict[str, list[str]]:
        """What the next run will make of the two, by what may be decided."""
        effects = {}
        for kind in (SAME, DIFFERENT):
            overrides = self.overrides([NewDecision(kind, *pair, "")])
            try:
                effect = nearby_effect(store, overrides, pair)
            except StateError as error:
                effects[kind] = [str(error)]
                continue
            effects[kind] = effect_lines(effect, pair, self.entity.entity)
        return effects


def candidates_of(published: Published, entity: Entity) -> list[Candidate]:
    """What is to be decided about an entity, in its order."""
    with published.store(entity) as store:
        return read_candidates(store)


def split_decisions(
    records: Sequence[RecordName], marked: Sequence[RecordName], reason: str
) -> list[NewDecision]:
    """The decisions that make two customers of one: what is marked, and the rest.

    Each part is held together by decisions of its own, so that the line between them is where the
    steward has drawn it, and not where a link happens to be weak.

    Args:
        records: All records of the customer.
        marked: Those that are someone else.
        reason: Why.

    Raises:
        OverrideRefusedError: None is marked, all are, or one isn't the customer's.
    """
    apart = [name for name in records if name in set(marked)]
    rest = [name for name in records if name not in set(marked)]
    if len(apart) != len(set(marked)) or not apart or not rest:
        raise OverrideRefusedError(
            "mark some of the records, and not all of them: those that are someone else"
        )
    chains = [
        NewDecision(SAME, *ordered(one, other), reason)
        for part in (apart, rest)
        for one, other in pairwise(part)
    ]
    return [*chains, NewDecision(DIFFERENT, *ordered(apart[0], rest[0]), reason)]


@dataclass
class LastActions:
    """What each session has done last, the latest at the end, so that it can be undone."""

    _most: int = 10_000
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _done: "OrderedDict[tuple[str, str], deque[tuple[int | None, Pair]]]" = field(
        default_factory=OrderedDict
    )

    def note(self, session: str, entity: str, number: int | None, pair: Pair) -> None:
        """Notes a decision by its number, or with None a skip."""
        with self._lock:
            done = self._done.setdefault((session, entity), deque(maxlen=_UNDOABLE))
            done.append((number, pair))
            self._done.move_to_end((session, entity))
            if len(self._done) > self._most:
                self._done.popitem(last=False)

    def take(self, session: str, entity: str) -> tuple[int | None, Pair] | None:
        """What was done last, once; then what was done before."""
        with self._lock:
            done = self._done.get((session, entity))
            return done.pop() if done else None

    def has(self, session: str, entity: str) -> bool:
        """Whether there is something to undo."""
        return bool(self._done.get((session, entity)))


def _customers(store: IdentityStore, names: Sequence[RecordName]) -> dict[RecordName, str]:
    """The customers of records, as far as the map has them."""
    values = sql.rows_of_text([(name.source, name.record_id) for name in names])
    # By the hash that records are ordered by: a number to compare for each, and no text.
    rows = store.connection.execute(
        f"select coalesce(source, ''), source_record_id, customer_id "
        f"from {store.quoted.resolution_state} where record_order in "
        f"(select hash(source, record_id) from (values {values}) as named(source, record_id))"
    ).fetchall()
    return {RecordName(source, record_id): customer for source, record_id, customer in rows}


def _sizes(store: IdentityStore, customers: Sequence[str]) -> dict[str, int]:
    """How many records customers have."""
    return dict(
        store.connection.execute(
            f"select customer_id, count(*) from {store.quoted.resolution_state} "
            f"where customer_id in (select unnest(?::varchar[])) group by customer_id",
            [customers],
        ).fetchall()
    )


def _values(
    store: IdentityStore, names: Sequence[RecordName], columns: Sequence[str]
) -> dict[RecordName, tuple[str | None, ...]]:
    """The values of records, as far as they are there."""
    selected = ", ".join(f"cast({sql.identifier(column)} as varchar)" for column in columns)
    record_id = f"cast({sql.identifier(store.rules.record_id)} as varchar)"
    rows = store.connection.execute(
        f"select {key_sql.source_value(store.rules)}, {record_id}, {selected} "
        f"from {sql.relation(store.records)} where {record_id} in (select unnest(?::varchar[]))",
        [[name.record_id for name in names]],
    ).fetchall()
    found = {RecordName(row[0], row[1]): tuple(row[2:]) for row in rows}
    return {name: found[name] for name in names if name in found}
