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

from customer_platform.errors import ExplainError
from customer_platform.identity.rules import OVERRIDE_RULE
from customer_platform.stewardship.explain.model import Link

Node = TypeVar("Node", bound=Hashable)


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
    linked_to: Mapping[Node, Node | None], groups: Iterable[Sequence[Node]]
) -> dict[Node, Support]:
    """Counts what supports every link.

    A group of k records gives a link with s of them on one side s * (k - s) matches between the
    parts. So the work is the size of the tree that spans a group, not its number of pairs.

    Args:
        linked_to: Per record the record it is linked to; None for the founding record.
        groups: Records that match each other by one rule, each record at most once in a group.

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
