"""Which records share a value: links as stars, and values that too many share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.distributed.cluster import run
from customer_platform.identity.rules import ResolutionRules

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from customer_platform.identity.distributed.cluster import Worker

Nodes = npt.NDArray[np.uint64]

# What a row of `shared_values` says of its a and b.
# A link: node a is linked to the smaller node b. A centre: node a has links, a = b.
LINK = 0
# Value a of a rule has b records, too many, and c is the smallest of their nodes.
OVER_SHARED = 1
# The same for a value of a crowd: whether it links is for the names of its people to say.
CROWD = 2
# Sums of a rule over the values that link: a values, b pairs, c records.
SUMS = 3

COLUMNS = "kind tinyint, rule smallint, a bigint, b bigint, c bigint"

# A rule that counts people is asked who a value's people are from so many records on.
CROWD_RECORDS = 1_000
# Rows that a worker holds before it lets go of those that it has seen enough of.
_HELD_ROWS = 4_000_000


@dataclass(frozen=True)
class Cap:
    """How many records may share a value of a rule.

    Attributes:
        most: With more it links no one; 0 for any number.
        crowd: With more, the names of its people decide; 0 where they don't.
    """

    most: int = 0
    crowd: int = 0

    @property
    def lowest(self) -> int:
        """From more records than that on, the value isn't linked here."""
        return min((each for each in (self.most, self.crowd) if each), default=0)


def caps_of(rules: ResolutionRules, crowd: int = CROWD_RECORDS) -> list[Cap]:
    """The caps by the position of the rule; behind them, none of customer IDs and components."""
    caps = [
        Cap(rule.max_records_per_value or 0, crowd if rule.max_people_per_value else 0)
        for rule in rules.match_rules
    ]
    return [*caps, Cap(), Cap()]


def values_of(staged: "DataFrame", rules: ResolutionRules) -> "DataFrame":
    """The values of all exact rules, one row per record and value: rule, value, node."""
    exact = [number for number, rule in enumerate(rules.match_rules) if not rule.similar]
    # A stack of nothing isn't SQL.
    pairs = [f"cast({number} as smallint), rule_{number}" for number in exact]
    pairs = pairs or ["cast(0 as smallint), cast(null as bigint)"]
    stacked = staged.selectExpr("node", f"stack({len(pairs)}, {', '.join(pairs)}) as (rule, value)")
    return stacked.where("value is not null").select("rule", "value", "node")


def shared_values(values: "DataFrame", caps: Sequence[Cap], partitions: int) -> "DataFrame":
    """What values have in common, see `LINK` and its like.

    Args:
        values: Rule, value and node.
        caps: By the position of the rule.
        partitions: Over how many tasks the values are spread.
    """
    spread = values.select("rule", "value", "node").repartition(partitions, "value")
    return run(spread, _find(list(caps)), COLUMNS)


def _find(caps: list[Cap]) -> "Worker":
    def find(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        found = [_Values(number, cap) for number, cap in enumerate(caps)]
        held = 0
        for batch in batches:
            rules, values, nodes = (batch.column(n).to_numpy() for n in range(3))
            for number, each in enumerate(found):
                chosen = rules == number
                if chosen.any():
                    each.add(values[chosen].view(np.uint64), nodes[chosen].view(np.uint64))
            held += batch.num_rows
            if held >= _HELD_ROWS:
                for each in found:
                    yield from each.links()
                held = sum(each.held for each in found)
        for each in found:
            yield from each.totals()

    return find


class _Values:
    """The values of one rule in one partition. No more of them is held than can matter."""

    def __init__(self, rule: int, cap: Cap) -> None:
        self._rule, self._cap = rule, cap
        self._values: list[Nodes] = []
        self._nodes: list[Nodes] = []
        self._weights: list[npt.NDArray[np.int64]] = []

    @property
    def held(self) -> int:
        return sum(map(len, self._values))

    def add(
        self, values: Nodes, nodes: Nodes, weights: npt.NDArray[np.int64] | None = None
    ) -> None:
        self._values.append(values)
        self._nodes.append(nodes)
        self._weights.append(np.ones(len(values), dtype=np.int64) if weights is None else weights)

    def links(self) -> "Iterator[pa.RecordBatch]":
        """Links of what has come, and holds one entry per value that needs no more.

        Of a value without a cap that is its smallest node, to which all others are linked; of one
        above its cap their number. Of the others every record counts.
        """
        groups = self._groups()
        if groups is None:
            return
        collapses = np.ones(len(groups.totals), dtype=np.bool_)
        if self._cap.lowest:
            collapses = groups.totals > self._cap.lowest
        else:
            yield from _stars(groups, collapses)
        rows = np.repeat(~collapses, groups.sizes)
        self._values, self._nodes, self._weights = [], [], []
        self.add(groups.values[rows], groups.nodes[rows], groups.weights[rows])
        self.add(
            groups.values[groups.starts[collapses]],
            groups.smallest[collapses],
            groups.totals[collapses],
        )

    def totals(self) -> "Iterator[pa.RecordBatch]":
        """What is left to say once all has come."""
        if not self._cap.lowest:
            yield from self.links()
        groups = self._groups()
        if groups is None:
            return
        totals, cap = groups.totals, self._cap
        over = (totals > cap.most) if cap.most else np.zeros(len(totals), dtype=np.bool_)
        crowd = ~over & (totals > cap.crowd) if cap.crowd else np.zeros_like(over)
        linking = (totals > 1) & ~over & ~crowd
        if cap.lowest:
            yield from _stars(groups, linking)
        for kind, chosen in ((OVER_SHARED, over), (CROWD, crowd)):
            values = groups.values[groups.starts[chosen]]
            yield _rows(kind, self._rule, values, totals[chosen], groups.smallest[chosen])
        many = totals[linking]
        sums = [len(many), int((many * (many - 1) // 2).sum()), int(many.sum())]
        yield _rows(SUMS, self._rule, *(np.array([each], dtype=np.int64) for each in sums))

    def _groups(self) -> "_Groups | None":
        if not self.held:
            return None
        from customer_platform.identity.matching.sorting import sorted_by_hash

        values = np.concatenate(self._values)
        nodes, weights = np.concatenate(self._nodes), np.concatenate(self._weights)
        ordered, rows = sorted_by_hash(values)
        if not len(ordered):
            return None
        return _Groups.of(ordered, nodes[rows], weights[rows])


@dataclass(frozen=True)
class _Groups:
    """Entries in the order of their values, and each value once."""

    values: Nodes
    nodes: Nodes
    weights: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    totals: npt.NDArray[np.int64]
    smallest: Nodes

    @classmethod
    def of(cls, values: Nodes, nodes: Nodes, weights: npt.NDArray[np.int64]) -> "_Groups":
        starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
        return cls(
            values,
            nodes,
            weights,
            starts,
            np.diff(np.append(starts, len(values))),
            np.add.reduceat(weights, starts),
            np.minimum.reduceat(nodes, starts),
        )


def _stars(groups: _Groups, chosen: npt.NDArray[np.bool_]) -> "Iterator[pa.RecordBatch]":
    """Links every node of some values to the smallest, and names that as a centre."""
    rows = np.repeat(chosen, groups.sizes)
    centres = np.repeat(groups.smallest, groups.sizes)
    rows &= groups.nodes != centres
    several = groups.smallest[chosen & (groups.sizes > 1)]
    yield _rows(LINK, 0, groups.nodes[rows], centres[rows])
    yield _rows(LINK, 0, several, several)


def _rows(
    kind: int,
    rule: int,
    a: npt.NDArray[np.generic],
    b: npt.NDArray[np.generic],
    c: npt.NDArray[np.generic] | None = None,
) -> "pa.RecordBatch":
    import pyarrow as pa

    count = len(a)
    return pa.RecordBatch.from_pydict(
        {
            "kind": pa.array(np.full(count, kind, dtype=np.int8)),
            "rule": pa.array(np.full(count, rule, dtype=np.int16)),
            "a": pa.array(a.view(np.int64)),
            "b": pa.array(b.view(np.int64)),
            "c": pa.nulls(count, pa.int64()) if c is None else pa.array(c.view(np.int64)),
        }
    )
