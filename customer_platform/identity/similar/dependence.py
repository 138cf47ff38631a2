"""What being equal in an attribute is worth less because the records are equal in another.

Postcode and street go together, and so do the last names of those who live there. The match
weights of what different people share together may not simply be added. How probable it is that
different people are equal in several attributes is a product: of each attribute, given those
before it. Each is taken as given the one attribute that it goes with most (after C. Chow and C.
Liu, "Approximating discrete probability distributions with dependence trees", 1968). What that
takes off a match weight is a comparison of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

from customer_platform.identity.similar.agreement import Agreement
from customer_platform.identity.similar.columns import quoted
from customer_platform.identity.similar.comparisons import Attribute

# What the name of such a comparison ends with, behind the attribute's column.
GIVEN = "_given"

# Shares and m are estimates: a smaller rest than this needn't be different people.
_TOLERANCE = 0.05
# Less than half a bit changes nothing.
_LEAST_WEIGHT = 0.5


@dataclass(frozen=True)
class Dependence:
    """How much less an attribute is worth when another is equal too.

    Attributes:
        column: The attribute's column.
        given: The other's column.
        weight: What is taken off its match weight, log2.
    """

    column: str
    given: str
    weight: float


def dependences(
    found: Sequence[Agreement],
    m: Mapping[str, float],
    u: Mapping[str, float],
    all_pairs: float,
) -> list[Dependence]:
    """Which attributes different people share together, and how much more than by chance.

    Args:
        found: The agreements in each two attributes.
        m: Per column, the share of the pairs of one customer that is equal in it; a column of which
            it isn't known depends on none.
        u: Per column, the share of other pairs that is.
        all_pairs: How many pairs of records there are.

    Returns:
        One entry for each two such attributes; the later of the two depends on the earlier.
    """
    edges = []
    for each in found:
        known = {column: share for column, share in each.others.items() if column in m}
        if len(each.columns) != 2 or not known or not u.keys() >= set(each.columns):
            continue
        same = min(share / max(m[column], share) for column, share in known.items())
        rest = (1 - same) * each.pairs / all_pairs if 1 - same > _TOLERANCE else 0.0
        earlier, later = each.columns
        # At most as common as each of the two.
        joint = min(rest, u[earlier], u[later])
        if joint > 0 and (weight := log2(joint / (u[earlier] * u[later]))) >= _LEAST_WEIGHT:
            edges.append(Dependence(later, earlier, weight))
    return edges


def as_comparisons(
    edges: Sequence[Dependence], attributes: Sequence[Attribute]
) -> list[dict[str, Any]]:
    """The dependences as comparisons in Splink's settings, one per attribute that has any."""
    keys = {each.column: each.key for each in attributes}
    return [
        _comparison(each, [edge for edge in edges if edge.column == each.column], keys)
        for each in attributes
        if any(edge.column == each.column for edge in edges)
    ]


def _comparison(
    attribute: Attribute, edges: Sequence[Dependence], keys: Mapping[str, str]
) -> dict[str, Any]:
    strongest = sorted(edges, key=lambda edge: (-edge.weight, edge.given))
    levels = [
        _level(
            f"{_equal(edge.column)} and {_equal(edge.given)}",
            f"equal with {keys[edge.given]}, as different people are",
            2.0**-edge.weight,
        )
        for edge in strongest
    ]
    missing = " or ".join(f"{side} is null" for side in _sides(attribute.column))
    return {
        "output_column_name": f"{attribute.column}{GIVEN}",
        "comparison_description": f"{attribute.key}, given another",
        "comparison_levels": [
            {
                "sql_condition": missing,
                "label_for_charts": "no value",
                "is_null_level": True,
            },
            *levels,
            _level("ELSE", "independent", 1.0),
        ],
    }


def _level(condition: str, label: str, odds: float) -> dict[str, Any]:
    return {
        "sql_condition": condition,
        "label_for_charts": label,
        "m_probability": odds / (1 + odds),
        "u_probability": 1 / (1 + odds),
        "fix_m_probability": True,
        "fix_u_probability": True,
    }


def _sides(column: str) -> tuple[str, str]:
    return quoted(f"{column}_l"), quoted(f"{column}_r")


def _equal(column: str) -> str:
    return " = ".join(_sides(column))
