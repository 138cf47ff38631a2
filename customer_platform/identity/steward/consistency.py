"""Whether overrides can all be true: `same` goes on from record to record."""

from collections import deque
from collections.abc import Sequence

from customer_platform.identity.explain.model import RecordName
from customer_platform.identity.overrides import DIFFERENT, SAME
from customer_platform.identity.steward.decision import Decision

# Per record the records that it is the same as, with the position of the override.
_Neighbours = dict[RecordName, list[tuple[RecordName, int]]]


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
