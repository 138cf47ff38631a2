"""What a steward decides about two records, and whether all decisions can be true."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import networkx as nx

from customer_platform.errors import OverrideRefusedError
from customer_platform.identity import key_sql
from customer_platform.identity.entities import CUSTOMER, noun, nouns
from customer_platform.identity.overrides import DIFFERENT, SAME, Override
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.lookup import close_records
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.suggestions import suggestion
from customer_platform.warehouse import sql

# Per record the records that it is the same as, with the position of the override.
_Neighbours = dict[RecordName, list[tuple[RecordName, int]]]


@dataclass(frozen=True)
class Decision:
    """An override with who decided it, when and why.

    Attributes:
        kind: `same` or `different`.
        record: A record.
        other: Another.
        author: Who decided it.
        date: When, ISO.
        reason: Why.
    """

    kind: str
    record: RecordName
    other: RecordName
    author: str
    date: str
    reason: str

    @property
    def pair(self) -> frozenset[RecordName]:
        """The two records, in no order."""
        return frozenset((self.record, self.other))

    @property
    def override(self) -> Override:
        """What the engine needs of it."""
        return Override(
            self.kind,
            self.record.source,
            self.record.record_id,
            self.other.source,
            self.other.record_id,
        )

    def text(self, entity: str = CUSTOMER) -> str:
        """'crm:1 and crm:2 are one buyer (Eva, 2026-01-05, moved)', of the entity `buyer`."""
        said = ", ".join(part for part in (self.author, self.date, self.reason) if part)
        return f"{self.record} and {self.other} are {kind_text(self.kind, entity)}" + (
            f" ({said})" if said else ""
        )

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class OverrideLine:
    """An override in the file.

    Attributes:
        first: Its first line in the file, from 1.
        last: Its last; more than the first where a quoted reason has several lines.
        decision: What it says.
    """

    first: int
    last: int
    decision: Decision


def kind_text(kind: str, entity: str = CUSTOMER) -> str:
    """'one customer' or 'two customers'."""
    return {SAME: f"one {noun(entity)}", DIFFERENT: f"two {nouns(entity)}"}.get(kind, kind)


def check_fits(
    placed: Sequence[tuple[str, Decision]], decision: Decision, remedy: str, entity: str = CUSTOMER
) -> None:
    """Checks that a decision fits those that are in force.

    Args:
        placed: The decisions in force, each with where it stands.
        decision: What shall be added.
        remedy: How to get rid of one of them, for messages.
        entity: What a customer is called here.

    Raises:
        OverrideRefusedError: It is there already, or contradicts others, be it through a chain of
            them; names each with its place.
    """
    if decision.record == decision.other:
        raise OverrideRefusedError(f"{decision.record} was given twice; name two records")
    for place, each in placed:
        if each.pair == decision.pair and each.kind == decision.kind:
            raise OverrideRefusedError(f"{place}: it is there already: {each.text(entity)}")
    found = contradiction([*(each for _, each in placed), decision])
    # Contradictions between the decisions that are there don't involve the last.
    if found and len(placed) in found:
        others = [placed[number] for number in found if number < len(placed)]
        listed = "".join(f"\n{place}: {each.text(entity)}" for place, each in others)
        raise OverrideRefusedError(
            f"{decision.record} and {decision.other} can't be {kind_text(decision.kind, entity)}: "
            f"that contradicts "
            f"{'this line' if len(others) == 1 else 'these lines together'}; {remedy}, if it is "
            f"wrong{listed}"
        )


def can_all_be_true(decisions: Iterable[Decision]) -> bool:
    """Whether no two records are `different` and yet the `same` through a chain; in linear time."""
    same: nx.utils.UnionFind[RecordName] = nx.utils.UnionFind()
    different = []
    for each in decisions:
        if each.kind == SAME:
            same.union(each.record, each.other)
        else:
            different.append(each)
    return not any(same[each.record] == same[each.other] for each in different)


def contradiction(decisions: Sequence[Decision]) -> list[int] | None:
    """Finds two records that are `different` and yet the `same` through a chain of others.

    The last override is taken to be the one in question: a contradiction with it is found before
    one between the others.

    Returns:
        The positions of the overrides that contradict each other, ascending; None when all can be
        true.
    """
    neighbours: _Neighbours = {}
    for position, each in enumerate(decisions):
        if each.kind == SAME:
            neighbours.setdefault(each.record, []).append((each.other, position))
            neighbours.setdefault(each.other, []).append((each.record, position))
    found: list[int] | None = None
    for position, each in enumerate(decisions):
        if each.kind != DIFFERENT:
            continue
        chain = _chain(neighbours, each.record, each.other)
        if chain is None:
            continue
        involved = sorted([*chain, position])
        if len(decisions) - 1 in involved:
            return involved
        found = found or involved
    return found


def _chain(neighbours: _Neighbours, record: RecordName, other: RecordName) -> list[int] | None:
    """The positions of the `same` overrides on a shortest way between two records."""
    came_by: dict[RecordName, tuple[RecordName, int] | None] = {record: None}
    waiting = deque([record])
    while waiting:
        name = waiting.popleft()
        if name == other:
            positions = []
            step = came_by[name]
            while step is not None:
                positions.append(step[1])
                step = came_by[step[0]]
            return positions
        for neighbour, position in neighbours.get(name, ()):
            if neighbour not in came_by:
                came_by[neighbour] = (name, position)
                waiting.append(neighbour)
    return None


def parse_record(text: str, rules: ResolutionRules) -> RecordName:
    """Reads SOURCE:ID, or ID where the rules name no source. The id may have colons.

    Raises:
        OverrideRefusedError: There is no source or no id.
    """
    if not rules.source:
        return RecordName("", text.strip())
    source, _, record_id = (part.strip() for part in text.partition(":"))
    if not source or not record_id:
        raise OverrideRefusedError(f"{text!r} names no record: write SOURCE:ID, as in crm:12")
    return RecordName(source, record_id)


def require_record(store: IdentityStore, name: RecordName) -> None:
    """Checks that a record is there.

    Args:
        store: The records, and the rules, which say what names a record.
        name: The record.

    Raises:
        OverrideRefusedError: It isn't; names the closest ids, or the sources there are.
    """
    named = (
        f"(select {key_sql.source_value(store.rules)} as source, "
        f"cast({sql.identifier(store.rules.record_id)} as varchar) as record_id "
        f"from {sql.relation(store.records)})"
    )
    there = store.connection.execute(
        f"select count(*) from {named} where source = ? and record_id = ?",
        [name.source, name.record_id],
    ).fetchall()[0][0]
    if there:
        return
    sources = [
        row[0]
        for row in store.connection.execute(
            f"select distinct source from {named} where source is not null order by source"
        ).fetchall()
    ]
    if name.source not in sources:
        raise OverrideRefusedError(
            f"there is no source {name.source!r}{suggestion(name.source, sources)}"
        )
    close = close_records(store, named, name, first="source = $source")
    raise OverrideRefusedError(f"{store.records} has no record {name}{close}")
