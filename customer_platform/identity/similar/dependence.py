"""Dependences between attributes, and twins, as comparisons of their own in Splink's settings.

The match weights of what different people share together may not simply be added, see `givens`.
What that takes off a match weight is a comparison beside that of the attribute.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from customer_platform.identity.similar.comparisons import Attribute
from customer_platform.identity.similar.givens import Given
from customer_platform.warehouse.sql import identifier

# What two people of one family and one date of birth share says no more than that they are twins.
# There are about as many of them as people who have two given names that are nothing alike.
_TWINS = 18.0
_GIVEN_NAMES = ("first", "given", "forename", "voornaam", "roepnaam", "vorname", "prenom", "nombre")
_LAST_NAMES = ("last", "surname", "family", "achternaam", "nachname", "apellido")

# What the name of such a comparison ends with, behind the attribute's column.
GIVEN = "_given"
TWINS = "_twins" + GIVEN
RARITY = "_rarity" + GIVEN

Levels = Sequence[Mapping[str, Any]]


def as_comparisons(
    givens: Sequence[Given], attributes: Sequence[Attribute], levels: Sequence[Levels]
) -> list[dict[str, Any]]:
    """The dependences as comparisons in Splink's settings, one per attribute that has any.

    Args:
        givens: The dependences.
        attributes: What is compared.
        levels: Per attribute its levels in Splink's settings, by Splink's number.
    """
    by_attribute = {
        number: [each for each in givens if each.attribute == number]
        for number in range(len(attributes))
    }
    return [
        _comparison(number, mine, attributes, levels)
        for number, mine in by_attribute.items()
        if mine
    ]


def rarity_comparisons(
    together: Mapping[int, Iterable[int]], attributes: Sequence[Attribute], levels: Sequence[Levels]
) -> list[dict[str, Any]]:
    """Comparisons that take off what the rarity of a value says, where it is shared together.

    Args:
        together: Per position of an attribute those of the others it is shared together with.
        attributes: What is compared.
        levels: Per attribute its levels in Splink's settings, by Splink's number.
    """
    found = []
    for number, others in sorted(together.items()):
        attribute, equal = attributes[number], levels[number][-1]
        if not attribute.term_frequency:
            continue
        any_other = " or ".join(
            f"({levels[other][-1]['sql_condition']})" for other in sorted(others)
        )
        keys = " or ".join(attributes[other].key for other in sorted(others))
        # The weight itself is 0, and the rarity counts once less.
        level = {
            "sql_condition": f"({equal['sql_condition']}) and ({any_other})",
            "label_for_charts": f"equal with {keys}, whatever its rarity",
            "m_probability": equal["u_probability"],
            "u_probability": equal["u_probability"],
            "fix_m_probability": True,
            "fix_u_probability": True,
            "tf_adjustment_column": attribute.column,
            "tf_adjustment_weight": -1.0,
            "disable_tf_exact_match_detection": True,
        }
        found.append(_settings(attribute, RARITY, _missing(attribute), [level]))
    return found


def _missing(attribute: Attribute) -> str:
    return " or ".join(f"{identifier(attribute.column + side)} is null" for side in ("_l", "_r"))


def twins(attributes: Sequence[Attribute]) -> list[tuple[int, int, int]]:
    """Positions of the given name, last name and date by which twins are told.

    Of two names of which neither key says which it is, either may be the given name.
    """
    names = [number for number, each in enumerate(attributes) if each.kind == "name"]
    dates = [number for number, each in enumerate(attributes) if each.kind == "date"]
    given = _first_named(attributes, names, _GIVEN_NAMES)
    last = _first_named(attributes, [each for each in names if each != given], _LAST_NAMES)
    others = [each for each in names if each not in (given, last)]
    if not dates or len(names) < 2:
        return []
    if given is None and last is None:
        one, other = others[:2]
        return [(one, other, dates[0]), (other, one, dates[0])]
    return [
        (
            others[0] if given is None else given,
            others[0] if last is None else last,
            dates[0],
        )
    ]


def _first_named(
    attributes: Sequence[Attribute], names: Sequence[int], words: Sequence[str]
) -> int | None:
    return next(
        (each for each in names if any(word in attributes[each].key.lower() for word in words)),
        None,
    )


def taken_off_twins(
    pairs: npt.NDArray[np.int8], attributes: Sequence[Attribute], levels: Sequence[Levels]
) -> npt.NDArray[np.float64]:
    """Per pair of `levels` of attributes what is taken off because the two may be twins: log2."""
    may_be = np.zeros(len(pairs), dtype=bool)
    for name, last, date in twins(attributes):
        # Given and last name that were swapped are no twin's.
        alike = (pairs[:, last] > 0) & (pairs[:, date] == len(levels[date]) - 1)
        may_be |= (pairs[:, name] == 0) & alike
    return np.where(may_be, _TWINS, 0.0)


def twins_comparison(
    attributes: Sequence[Attribute], levels: Sequence[Levels]
) -> list[dict[str, Any]]:
    """The comparison of twins in Splink's settings, where there is one."""
    found = twins(attributes)
    if not found:
        return []
    compared = [attributes[number] for number in found[0]]
    missing = " or ".join(
        f"{identifier(each.column + side)} is null" for each in compared for side in ("_l", "_r")
    )
    taken = []
    for name, last, date in found:
        unlike = " and ".join(f"not ({level['sql_condition']})" for level in levels[name][1:])
        of_one_name = " or ".join(f"({level['sql_condition']})" for level in levels[last][1:])
        taken.append(
            _level(
                f"({levels[date][-1]['sql_condition']}) and ({of_one_name}) and {unlike}",
                f"equal, with another {attributes[name].key}, as twins are",
                2.0**-_TWINS,
            )
        )
    return [_settings(compared[-1], TWINS, missing, taken)]


def _settings(
    attribute: Attribute, ending: str, missing: str, levels: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "output_column_name": f"{attribute.column}{ending}",
        "comparison_description": f"{attribute.key}, given another",
        "comparison_levels": [
            {"sql_condition": missing, "label_for_charts": "no value", "is_null_level": True},
            *levels,
            _level("ELSE", "independent", 1.0),
        ],
    }


def _comparison(
    number: int, givens: Sequence[Given], attributes: Sequence[Attribute], levels: Sequence[Levels]
) -> dict[str, Any]:
    attribute = attributes[number]
    # The first level that a pair is at is the one that takes off most.
    strongest = sorted(givens, key=lambda each: (-each.weight, each.others, -each.level))
    return _settings(
        attribute,
        GIVEN,
        _missing(attribute),
        [
            _level(
                " and ".join(
                    _exactly(level, levels[at])
                    for at, level in ((number, each.level), *each.others)
                ),
                _label(each, attributes, levels),
                2.0**-each.weight,
            )
            for each in strongest
        ],
    )


def _exactly(number: int, levels: Levels) -> str:
    """SQL of being at a level, and at none that is more alike."""
    conditions = [f"({levels[number]['sql_condition']})"]
    conditions += [f"not ({level['sql_condition']})" for level in levels[number + 1 :]]
    return " and ".join(conditions)


def _label(given: Given, attributes: Sequence[Attribute], levels: Sequence[Levels]) -> str:
    level = levels[given.attribute][given.level]["label_for_charts"]
    others = [
        (attributes[at].key, levels[at][number]["label_for_charts"]) for at, number in given.others
    ]
    if all(label == level for _, label in others):
        what = f"{level} with {' and '.join(key for key, _ in others)}"
    else:
        what = f"{level}, with {', '.join(f'{key}: {label}' for key, label in others)}"
    return f"{what}, as different people are"


def _level(condition: str, label: str, odds: float) -> dict[str, Any]:
    return {
        "sql_condition": condition,
        "label_for_charts": label,
        "m_probability": odds / (1 + odds),
        "u_probability": 1 / (1 + odds),
        "fix_m_probability": True,
        "fix_u_probability": True,
    }
