"""How well a customer holds together: pure functions over its links and matches.

A *match* is a pair of records that one rule matches. The proof forest keeps of all matches just
enough to lead every record to the founding record. Taking one of its links away parts the records
in two; the matches that still cross from one part to the other are what supports the link.

A link that nothing supports, but for further rules that match its own two records, is a *bridge*
of the graph of all matching pairs: without it the customer splits.

The weakest link of a customer is

1. a bridge, if there is one, else any link (then others support it),
2. one whose two records no longer match, if there is one,
3. of those the one whose rule has the lowest priority; an override has the highest,
4. of those the one that is least likely, or whose values most records share,
5. of those the one of the record whose name comes first.
"""

import heapq
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from customer_platform.errors import ExplainError
from customer_platform.identity.rules import OVERRIDE_RULE
from customer_platform.stewardship.explain.model import Link

Node = TypeVar("Node", bound=Hashable)
IntegerArray = npt.NDArray[np.int64]

# Pairs that are counted at once: 8 MB each of some arrays.
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Support:
    """What would join the two parts that taking a link away makes.

    Attributes:
        below: Records that are led to the founding record through the link.
        matches: Matches between the parts, the link's own two records included.
        own_matches: Those of the link's own two records: one per rule that matches them.
    """

    below: int
    matches: int
    own_matches: int

    @property
    def is_bridge(self) -> bool:
        """Whether the link's two records are the only pair that joins the parts."""
        return self.matches == self.own_matches


def support_of_links(
    linked_to: Mapping[Node, Node | None],
    groups: Iterable[Sequence[Node]],
    pairs: IntegerArray | None = None,
) -> dict[Node, Support]:
    """Counts what supports every link.

    A group of k records gives a link with s of them on one side s * (k - s) matches between the
    parts. So the work is the size of the tree that spans a group, not its number of pairs.

    Args:
        linked_to: Per record the record it is linked to; None for the founding record.
        groups: Records that match each other by one rule, each record at most once in a group.
        pairs: Two that match each other, by their positions in `linked_to`; a row each, of which
            there may be millions.

    Returns:
        The support of the link of every record that has one.

    Raises:
        ExplainError: A link leads out of the customer, or links go in a circle.
    """
    order = _from_the_root(linked_to)
    depth = _depths(linked_to, order)
    below = dict.fromkeys(order, 1)
    for node in reversed(order):
        parent = linked_to[node]
        if parent is not None:
            below[parent] += below[node]
    crossing = dict.fromkeys(order, 0)
    own = dict.fromkeys(order, 0)
    for group in groups:
        inside = set(group)
        for node in inside:
            if linked_to[node] in inside:
                own[node] += 1
        for node, matches in _crossings(linked_to, depth, group):
            crossing[node] += matches
    if pairs is not None and len(pairs):
        _count_pairs(linked_to, order, depth, pairs, crossing, own)
    return {
        node: Support(below[node], crossing[node], own[node])
        for node in order
        if linked_to[node] is not None
    }


def weakest_link(links: Iterable[Link], priorities: Mapping[str, int]) -> Link | None:
    """The weakest link, as the module defines it; None when there are no links.

    Args:
        links: The links of a customer, or some of them.
        priorities: Per rule its position; a rule that isn't there comes after all others.
    """

    def strength(link: Link) -> tuple[bool, bool, int, float, int, str, str]:
        priority = -1 if link.rule == OVERRIDE_RULE else priorities.get(link.rule, len(priorities))
        return (
            not link.is_bridge,
            link.holds,
            -priority,
            link.similarity.probability if link.similarity else 1.0,
            -(link.sharing or 0),
            link.record.source,
            link.record.record_id,
        )

    return min(links, key=strength, default=None)


def way_to_root(linked_to: Mapping[Node, Node | None], node: Node) -> list[Node]:
    """The records from `node` to its founding record, both included."""
    way = [node]
    while (following := linked_to[way[-1]]) is not None:
        way.append(following)
    return way


def way_between(linked_to: Mapping[Node, Node | None], left: Node, right: Node) -> list[Node]:
    """The records from one to another of the same customer, both included.

    Both ways to the founding record, joined at the first record that they have in common.
    """
    up = way_to_root(linked_to, left)
    positions = {node: position for position, node in enumerate(up)}
    down: list[Node] = []
    for node in way_to_root(linked_to, right):
        if node in positions:
            return up[: positions[node] + 1] + down[::-1]
        down.append(node)
    raise ExplainError(f"{left} and {right} have no founding record in common")


def _from_the_root(linked_to: Mapping[Node, Node | None]) -> list[Node]:
    """All records, each after the one it is linked to."""
    children: dict[Node, list[Node]] = {}
    order: list[Node] = []
    for node, parent in linked_to.items():
        if parent is None:
            order.append(node)
        elif parent not in linked_to:
            raise ExplainError(
                f"the map is broken: {node} is linked to {parent}, which is not a record of the "
                f"same customer; materialise the customer ID map again"
            )
        else:
            children.setdefault(parent, []).append(node)
    for node in order:
        order.extend(children.get(node, ()))
    if len(order) < len(linked_to):
        lost = min(str(node) for node in linked_to.keys() - set(order))
        raise ExplainError(
            f"the map is broken: the links of {lost} lead to no founding record; "
            f"materialise the customer ID map again"
        )
    return order


def _depths(linked_to: Mapping[Node, Node | None], order: Sequence[Node]) -> dict[Node, int]:
    depth: dict[Node, int] = {}
    for node in order:
        parent = linked_to[node]
        depth[node] = 0 if parent is None else depth[parent] + 1
    return depth


def _count_pairs(
    linked_to: Mapping[Node, Node | None],
    order: Sequence[Node],
    depth: Mapping[Node, int],
    pairs: IntegerArray,
    crossing: dict[Node, int],
    own: dict[Node, int],
) -> None:
    """Adds to each link the pairs that it parts, and those of its own two records.

    A pair is parted by the links on the way between its two. So it counts once for each of the
    two and all above it, but for what both have above them: one less twice where their ways meet.
    """
    nodes = list(linked_to)
    position = {node: number for number, node in enumerate(nodes)}
    parents = np.array([position[_parent(linked_to, node)] for node in nodes])
    depths = np.array([depth[node] for node in nodes])
    ancestors = [parents]
    while 1 << len(ancestors) <= depths.max():
        ancestors.append(ancestors[-1][ancestors[-1]])
    marks = np.zeros(len(nodes), np.int64)
    of_links = np.zeros(len(nodes), np.int64)
    for start in range(0, len(pairs), _AT_ONCE):
        one, other = pairs[start : start + _AT_ONCE].T
        meeting = _where_ways_meet(ancestors, depths, one, other)
        for ends, weight in ((one, 1), (other, 1), (meeting, -2)):
            marks += weight * np.bincount(ends, minlength=len(nodes))
        for below, above in ((one, other), (other, one)):
            of_links += np.bincount(below[parents[below] == above], minlength=len(nodes))
    for node in reversed(order):
        parent, number = linked_to[node], position[node]
        crossing[node] += int(marks[number])
        own[node] += int(of_links[number])
        if parent is not None:
            marks[position[parent]] += marks[number]


def _parent(linked_to: Mapping[Node, Node | None], node: Node) -> Node:
    parent = linked_to[node]
    return node if parent is None else parent


def _where_ways_meet(
    ancestors: Sequence[IntegerArray],
    depths: IntegerArray,
    one: IntegerArray,
    other: IntegerArray,
) -> IntegerArray:
    """Per pair the first record that the ways of both to the founding record have in common.

    Both climb by steps of doubled length (binary lifting): the deeper one to the height of the
    other, then both as long as they don't meet.
    """
    is_deeper = depths[one] >= depths[other]
    low, high = np.where(is_deeper, one, other), np.where(is_deeper, other, one)
    difference = depths[low] - depths[high]
    for step, above in enumerate(ancestors):
        low = np.where(difference >> step & 1, above[low], low)
    for above in reversed(ancestors):
        differ = above[low] != above[high]
        low, high = np.where(differ, above[low], low), np.where(differ, above[high], high)
    return np.where(low == high, low, ancestors[0][low])


def _crossings(
    linked_to: Mapping[Node, Node | None], depth: Mapping[Node, int], group: Sequence[Node]
) -> Iterable[tuple[Node, int]]:
    """Per link on the tree that spans the group: how many pairs of the group it parts."""
    found = dict.fromkeys(group, 1)
    # Deepest first, so that a record is done after all that is below it. The position is there
    # because records themselves need no order.
    waiting = [(-depth[node], position, node) for position, node in enumerate(group)]
    heapq.heapify(waiting)
    position = len(waiting)
    while waiting:
        _, _, node = heapq.heappop(waiting)
        parent = linked_to[node]
        if found[node] == len(group) or parent is None:
            return
        yield node, found[node] * (len(group) - found[node])
        if parent not in found:
            heapq.heappush(waiting, (-depth[parent], position, parent))
            position += 1
        found[parent] = found.get(parent, 0) + found[node]
