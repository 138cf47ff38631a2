"""How values of each kind are compared: levels of agreement, from equal to nothing alike.

A level has a probability among pairs of the same customer (m) and among others (u); the logarithm
of their ratio is its match weight (I. Fellegi and A. Sunter, "A theory for record linkage", 1969).
Both are estimated from the records; here it is only said which levels there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_platform.identity.rules import MatchKey
from customer_platform.identity.similar_rule import COMPARISON_OF_NORMALISER, Similar
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from splink.internals.comparison_creator import ComparisonCreator
    from splink.internals.comparison_level_creator import ComparisonLevelCreator

_SIMILARITIES = {
    "name": (0.92, 0.88, 0.7),
    "street": (0.92, 0.8),
    "text": (0.92, 0.8),
}
_KINDS_OF_TYPING_ERRORS = {"code": 2, "phone": 1, "postcode": 1}


@dataclass(frozen=True)
class Attribute:
    """A compared match key.

    Attributes:
        key: Name of the match key.
        column: Name of the column that holds its normalised value.
        kind: What its values are; one of `COMPARISONS`.
        similarities: Jaro-Winkler similarities that tell levels apart; empty for other kinds.
        term_frequency: Whether a rare value counts for more.
    """

    key: str
    column: str
    kind: str
    similarities: tuple[float, ...]
    term_frequency: bool


def compared_attributes(
    similar: Similar, match_keys: Mapping[str, MatchKey]
) -> tuple[Attribute, ...]:
    """The attributes that a rule compares, in its order."""
    found = []
    for number, key in enumerate(similar.compare):
        said = similar.comparisons.get(key)
        kind = (said and said.kind) or COMPARISON_OF_NORMALISER[match_keys[key].normalise]
        similarities = (said and said.similarity) or _SIMILARITIES.get(kind, ())
        found.append(
            Attribute(
                key=key,
                column=_column_name(key, number),
                kind=kind,
                similarities=tuple(similarities),
                term_frequency=said.term_frequency if said else True,
            )
        )
    return tuple(found)


def _column_name(key: str, number: int) -> str:
    letters = "".join(each if each.isalnum() else "_" for each in key.lower())
    # Splink leaves names unquoted in places, where none may begin with a digit.
    return f"{'_' if letters[:1].isdigit() else ''}{letters}_{number}"


def splink_comparison(attribute: Attribute) -> "ComparisonCreator":
    """The attribute's levels for Splink, from equal to nothing alike."""
    import splink.comparison_level_library as levels
    import splink.comparison_library as comparisons

    column = attribute.column
    exact = levels.ExactMatchLevel(column, term_frequency_adjustments=attribute.term_frequency)
    return comparisons.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            levels.NullLevel(column),
            exact.configure(label_for_charts="equal"),
            *_levels_between(attribute),
            levels.ElseLevel().configure(label_for_charts="not alike"),
        ],
    )


def _levels_between(attribute: Attribute) -> list["ComparisonLevelCreator"]:
    import splink.comparison_level_library as levels

    column, kind = attribute.column, attribute.kind
    left, right = identifier(f"{column}_l"), identifier(f"{column}_r")

    def typing_errors(most: int) -> "ComparisonLevelCreator":
        label = "one typing error" if most == 1 else f"{most} typing errors"
        return levels.DamerauLevenshteinLevel(column, most).configure(label_for_charts=label)

    def custom(condition: str, label: str) -> "ComparisonLevelCreator":
        return levels.CustomLevel(condition, label)

    def alike(similarity: float) -> "ComparisonLevelCreator":
        return custom(
            f"jaro_winkler_similarity({left}, {right}) >= {similarity}", f"similarity {similarity}"
        )

    found = []
    found += [alike(similarity) for similarity in attribute.similarities]
    if kind in _KINDS_OF_TYPING_ERRORS:
        most = _KINDS_OF_TYPING_ERRORS[kind]
        found += [typing_errors(errors) for errors in range(1, most + 1)]
    if kind == "email":
        # Emails are often made of the name, and another initial is somebody else's.
        same_initial = f"left({left}, 1) = left({right}, 1)"
        one_error = f"damerau_levenshtein({left}, {right}) <= 1"
        found.append(custom(f"{same_initial} and {one_error}", "one typing error"))
    if kind == "postcode":
        found.append(custom(f"{area(left)} = {area(right)}", "same area"))
    if kind == "date":
        days = f"abs(date_diff('day', try_cast({left} as date), try_cast({right} as date)))"
        found += [
            typing_errors(1),
            custom(f"{days} <= 366", "within a year"),
            custom(f"{days} <= 3653", "within ten years"),
        ]
    return found


def area(postcode: str) -> str:
    """SQL of the area of a postcode: what is left of its last three characters, or of two.

    1012AB lies in 101, SW1A1AA in SW1A, 10115 in 101, 3212 in 32.
    """
    return f"left({postcode}, len({postcode}) - case when len({postcode}) > 5 then 3 else 2 end)"
