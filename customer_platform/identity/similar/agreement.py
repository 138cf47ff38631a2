"""What pairs of records that agree in two attributes agree in besides.

Records of one family agree in name and address, and are different people. That shows in what
else they agree in: of the pairs that are equal in two attributes, the share that is one customer
can be no larger than the share that agrees in any third, but for typing errors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from customer_platform.identity.similar.blocking import Part, pairs_on
from customer_platform.identity.similar.columns import quoted
from customer_platform.identity.similar.comparisons import Attribute
from customer_platform.identity.similar.engine import UNIQUE_ID

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Of fewer pairs, shares tell nothing.
FEWEST_PAIRS = 30
# Of more pairs, a sample is looked at.
_PAIRS_LOOKED_AT = 200_000


@dataclass(frozen=True)
class Agreement:
    """The pairs of records that are equal in some attributes.

    Attributes:
        columns: The attributes' columns.
        pairs: How many pairs there are.
        others: Per other column, the share of the pairs that is equal in it too, of those that
            have both values; columns of which too few pairs have both are left out.
    """

    columns: tuple[str, ...]
    pairs: int
    others: Mapping[str, float]

    @property
    def least(self) -> float:
        """The smallest share; 0 where nothing is known."""
        return min(self.others.values(), default=0.0)


def agreements(
    connection: "DuckDBPyConnection", table: str, attributes: Sequence[Attribute]
) -> list[Agreement]:
    """The agreements in each two attributes, or in each one where only two are compared."""
    length = 2 if len(attributes) > 2 else 1
    columns = [each.column for each in attributes]
    return [
        _agreement(connection, table, group, [c for c in columns if c not in group])
        for group in combinations(columns, length)
    ]


def _agreement(
    connection: "DuckDBPyConnection", table: str, columns: tuple[str, ...], others: Sequence[str]
) -> Agreement:
    pairs = pairs_on(connection, table, tuple(Part(column) for column in columns))
    if pairs < FEWEST_PAIRS:
        return Agreement(columns, pairs, {})
    one_of = pairs // _PAIRS_LOOKED_AT + 1
    equal = " and ".join(f"l.{quoted(column)} = r.{quoted(column)}" for column in columns)
    counts = ", ".join(
        f"count(*) filter (where l.{quoted(column)} is not null and r.{quoted(column)} is not null)"
        f", count(*) filter (where l.{quoted(column)} = r.{quoted(column)})"
        for column in others
    )
    row = connection.execute(
        f"select {counts} from {table} as l join {table} as r on {equal} "
        f"and l.{UNIQUE_ID} < r.{UNIQUE_ID} where l.{UNIQUE_ID} % {one_of} = 0"
    ).fetchall()[0]
    shares = {
        column: both and agreeing / both
        for column, both, agreeing in zip(others, row[::2], row[1::2], strict=True)
        if both >= FEWEST_PAIRS
    }
    return Agreement(columns, pairs, shares)
