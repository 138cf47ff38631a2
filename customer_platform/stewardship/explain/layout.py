"""Where the records of an explanation are drawn: which of them, and at which place.

networkx lays the graph out (BSD licence, well kept, and there already: dbt and Dagster need it).
Only numpy is needed beside it. The alternatives that draw by themselves were left out: pyvis
loads Bootstrap from the network even when told to inline everything, and plotly puts megabytes of
script into every page, which then has to be allowed to run scripts.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from customer_platform.stewardship.explain import wording
from customer_platform.stewardship.explain.model import Explanation, RecordName

# More boxes than these can't be told apart on a screen.
MOST_DRAWN = 80
# A group of more records is drawn as a ring: all its pairs would be a grey patch.
LARGEST_GROUP_IN_PAIRS = 8

HEIGHT = 26.0
_CHARACTER = 6.6
_PADDING = 18.0
_GAP = 26.0
_ROUNDS = 400

Pair = tuple[RecordName, RecordName]
Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """What is drawn, in units of a pixel.

    Attributes:
        places: Centre of the box of every record that is drawn.
        widths: Width of its box.
        support: Pairs that match beyond the links.
        size: Width and height of the drawing.
        left_out: How many records aren't drawn.
    """

    places: dict[RecordName, tuple[float, float]]
    widths: dict[RecordName, float]
    support: list[Pair]
    size: tuple[float, float]
    left_out: int


def lay_out(explanation: Explanation) -> Layout:
    """Places the records so that no two boxes overlap; the same for the same explanation."""
    names = drawn_records(explanation)
    support = _support(explanation, set(names))
    widths = {name: _CHARACTER * len(wording.shown(name)) + _PADDING for name in names}
    points = _without_overlap(_points(explanation, names, support), list(widths.values()))
    half = np.array([[width / 2, HEIGHT / 2] for width in widths.values()])
    points -= (points - half).min(axis=0) - _GAP
    width, height = (points + half).max(axis=0) + _GAP
    return Layout(
        places={name: (float(x), float(y)) for name, (x, y) in zip(names, points, strict=True)},
        widths=widths,
        support=support,
        size=(float(width), float(height)),
        left_out=len(explanation.records) - len(names),
    )


def drawn_records(explanation: Explanation) -> list[RecordName]:
    """All records, or of many those closest to the weakest link and to what was asked for."""
    names = [record.name for record in explanation.records]
    if len(names) <= MOST_DRAWN:
        return names
    neighbours: dict[RecordName, list[RecordName]] = {name: [] for name in names}
    for link in explanation.links:
        neighbours[link.record].append(link.linked_to)
        neighbours[link.linked_to].append(link.record)
    weakest = explanation.weakest
    start = [*explanation.asked, *((weakest.record, weakest.linked_to) if weakest else ())]
    found = dict.fromkeys(start)
    waiting = list(found)
    for name in waiting:
        for neighbour in neighbours[name]:
            if neighbour not in found:
                found[neighbour] = None
                waiting.append(neighbour)
    return sorted(waiting[:MOST_DRAWN])


def _support(explanation: Explanation, drawn: set[RecordName]) -> list[Pair]:
    linked = {frozenset((link.record, link.linked_to)) for link in explanation.links}
    pairs: dict[Pair, None] = {}
    for value in explanation.shared:
        group = sorted(drawn.intersection(value.records))
        if len(group) <= LARGEST_GROUP_IN_PAIRS:
            found = list(combinations(group, 2))
        else:
            found = list(zip(group, [*group[1:], group[0]], strict=True))
        pairs.update((pair, None) for pair in found if frozenset(pair) not in linked)
    return list(pairs)


def _points(explanation: Explanation, names: list[RecordName], support: list[Pair]) -> Points:
    # Here, because loading it takes a quarter of a second, and importing the package shouldn't.
    import networkx as nx

    graph: nx.Graph = nx.Graph()
    graph.add_nodes_from(names)
    graph.add_edges_from(support, weight=0.6)
    graph.add_edges_from(
        (link.record, link.linked_to, {"weight": 1.0})
        for link in explanation.links
        if link.record in graph and link.linked_to in graph
    )
    graph.add_edges_from(
        (link.record, link.other, {"weight": 0.2})
        for link in explanation.refused
        if link.record in graph and link.other in graph
    )
    if len(names) == 1:
        return np.zeros((1, 2))
    places = nx.spring_layout(
        graph, iterations=_ROUNDS, seed=1, k=1.6 / np.sqrt(len(names)), method="force"
    )
    # Boxes are wide and low, and so are screens: the longest way across lies level.
    spread = 120 + 95 * np.sqrt(len(names))
    level = _turned(np.array([places[name] for name in names]))
    return level * [spread, spread * 0.6]


def _turned(points: Points) -> Points:
    """Turned so that they spread most from left to right, the first of them on the left."""
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    turned: Points = centred @ axes.T
    # The sign of an axis is the linear algebra library's choice.
    return turned * np.where(turned[0] > 0, -1.0, 1.0)


def _without_overlap(points: Points, widths: list[float]) -> Points:
    """Pushes boxes apart, each time along the axis that needs the shorter push."""
    width = np.array(widths)
    needed = np.stack(
        [(width[:, None] + width[None, :]) / 2 + _GAP, np.full((len(width),) * 2, HEIGHT + _GAP)],
        axis=-1,
    )
    moved = points.copy()
    order = np.arange(len(moved))
    for _ in range(_ROUNDS):
        apart = moved[:, None, :] - moved[None, :, :]
        missing = needed - np.abs(apart)
        overlap = (missing > 1e-6).all(axis=-1) & (order[:, None] != order[None, :])
        if not overlap.any():
            break
        # Boxes at one place part by their order.
        direction = np.where(apart == 0, np.sign(order[:, None] - order[None, :])[..., None], apart)
        along = missing == missing.min(axis=-1, keepdims=True)
        push = np.where(along, np.sign(direction) * missing / 2, 0.0)
        moved += 0.5 * np.where(overlap[..., None], push, 0.0).sum(axis=1)
    return moved
