"""What different people share together is weighed once, and doesn't make one customer of them."""

from itertools import combinations
from math import log2
from typing import Any

import duckdb
import numpy as np
import pytest

from customer_platform.identity.similar.comparisons import Attribute, splink_comparison
from customer_platform.identity.similar.defaults import Evidence, default_m, default_u
from customer_platform.identity.similar.dependence import (
    GIVEN,
    as_comparisons,
    taken_off_twins,
    twins,
)
from customer_platform.identity.similar.givens import Given
from customer_platform.identity.similar.mixture import (
    ComparedPairs,
    Mixture,
    learn,
    shared_frequency,
)
from customer_platform.identity.similar.threshold import CAUTIOUS, best_threshold

FIRST, LAST, STREET, BIRTH = (
    Attribute(key, f"{key}_{number}", "category", (), False)
    for number, key in enumerate(("first", "last", "street", "birth"))
)
ATTRIBUTES = (FIRST, LAST, STREET, BIRTH)
RECORDS = 4_000
ALL_PAIRS = RECORDS * (RECORDS - 1) / 2
# One in so many pairs of different people is equal.
U = (1 / 200, 1 / 500, 1 / 1_000, 1 / 10_000)


def learned(patterns: dict[str, int]) -> tuple[Mixture, dict[str, float]]:
    """Learns from pairs, written as one letter per attribute that is equal, else a dot.

    Besides these, pairs of different people meet by chance, as often as U says, in one or two.

    Returns:
        The mixture, and the probability of a pair of each pattern.
    """
    counts = dict(patterns)
    for size in (1, 2):
        for equal in combinations(range(4), size):
            name = "".join("flsb"[each] if each in equal else "." for each in range(4))
            chance = round(ALL_PAIRS * float(np.prod([U[each] for each in equal])))
            counts[name] = counts.get(name, 0) + chance
    names = list(counts)
    levels = np.array([[letter != "." for letter in name] for name in names], dtype=np.int8)
    repeats = list(counts.values())
    many = np.repeat(levels, repeats, axis=0)
    evidence = Evidence(
        [np.array([0.1, 0.9])] * 4,
        [np.array([1 - share, share]) for share in many.sum(axis=0) / ALL_PAIRS],
        [1.0] * 4,
        [0] * 4,
        ["category"] * 4,
    )
    holders = np.zeros(many.shape, dtype=np.float32)
    found, probable = learn(
        ComparedPairs(many, holders, ALL_PAIRS, np.zeros(len(many))), evidence, RECORDS
    )
    ends = np.cumsum(repeats) - 1
    return found, {name: float(probable[end]) for name, end in zip(names, ends, strict=True)}


def test_families_are_not_one_customer_however_many_there_are() -> None:
    duplicates = {"flsb": 300, "f.sb": 40, "fl.b": 40, "fls.": 40, ".lsb": 40}
    # Two thousand pairs of different people of one name and street: more than duplicates.
    found, probable = learned({**duplicates, ".ls.": 2_000})
    assert probable[".ls."] < 0.05
    # Of 2,000 ten have the same first name by chance: of fifty pairs "fls." forty are right.
    assert probable["fls."] == pytest.approx(0.8, abs=0.1)
    assert min(probable[name] for name in duplicates if name != "fls.") > 0.98
    assert min(found.m[0][1], found.m[3][1]) > 0.8
    assert found.prior * ALL_PAIRS == pytest.approx(460, rel=0.1)
    [weight] = [
        each.weight for each in found.givens if (each.others, each.attribute) == (((1, 1),), 2)
    ]
    # 2,000 and what meets by chance, where chance alone gives sixteen.
    assert weight == pytest.approx(log2(2_000 / 16), abs=0.6)


def test_what_one_customer_shares_is_worth_what_it_is() -> None:
    found, probable = learned({"flsb": 300, "f.sb": 40, "fl.b": 40, "fls.": 40, ".lsb": 40})
    assert found.givens == []
    assert min(probable[name] for name in ("flsb", "f.sb", "fl.b", "fls.", ".lsb")) > 0.99


def test_where_nobody_comes_twice_families_stay_families() -> None:
    found, probable = learned({".ls.": 2_000})
    assert max(probable.values()) < 0.1
    assert found.prior * ALL_PAIRS < 20


def test_a_pair_that_lacks_a_value_is_judged_by_the_others() -> None:
    levels = np.array([[1, 1, -1, 1], [1, -1, -1, -1], [0, 0, 0, 0]], dtype=np.int8)
    evidence = Evidence(
        [np.array([0.1, 0.9])] * 4,
        [np.array([1 - share, share]) for share in U],
        [1.0, 1.0, 0.0, 1.0],
        [0] * 4,
        ["category"] * 4,
    )
    pairs = ComparedPairs(levels, np.zeros((3, 4), dtype=np.float32), 3.0, np.zeros(3))
    _, probable = learn(pairs, evidence, 3)
    assert probable[0] > 0.99 > probable[1] > probable[2]


def test_a_value_that_nobody_else_has_is_rarer_than_one_in_all_records() -> None:
    # Two of 2,000 born on one day: of 27,700 days.
    assert shared_frequency(np.array([2.0]), 1 / 27_700, 2_000)[0] == pytest.approx(1 / 27_700)
    # Names are shared by fifty others in the mean.
    rare, common = shared_frequency(np.array([2.0, 52.0]), 1 / 200, 10_000)
    assert rare == pytest.approx(0.5 / 10_000)
    assert common == pytest.approx(1 / 200, rel=0.02)


@pytest.mark.parametrize("kind", ["name", "date", "postcode", "email", "phone", "street", "text"])
@pytest.mark.parametrize("similarities", [(), (0.9,), (0.95, 0.9, 0.8, 0.7, 0.6)])
def test_defaults_are_shares_and_equal_speaks_for_one_customer(
    kind: str, similarities: tuple[float, ...]
) -> None:
    attribute = Attribute("key", "key_0", kind, similarities, True)
    levels = len(splink_comparison(attribute).create_comparison_dict("duckdb")["comparison_levels"])
    m, u = default_m(attribute, levels - 1), default_u(attribute, levels - 1)
    assert len(m) == len(u) == levels - 1
    assert (m.sum(), u.sum()) == pytest.approx((1, 1))
    assert m[-1] > 50 * u[-1]
    assert m[0] < u[0]


def taken_off(givens: list[Given], *equal: Attribute) -> dict[str, float]:
    """Per attribute that has a comparison, what a pair that is equal in some has taken off."""
    weights = {}
    columns = ", ".join(
        f"'x' as {each.column}_l, '{'x' if each in equal else 'y'}' as {each.column}_r"
        for each in ATTRIBUTES
    )
    for comparison in compared(givens):
        missing, *levels = comparison["comparison_levels"]
        assert missing["is_null_level"]
        for level in levels:
            condition = level["sql_condition"].replace("ELSE", "true")
            if duckdb.execute(f"select {condition} from (select {columns})").fetchall() == [
                (True,)
            ]:
                break
        weights[comparison["output_column_name"]] = log2(
            level["m_probability"] / level["u_probability"]
        )
    return weights


def compared(givens: list[Given]) -> list[dict[str, Any]]:
    levels = [
        [
            {"sql_condition": "ELSE", "label_for_charts": "not alike"},
            {
                "sql_condition": f'"{each.column}_l" = "{each.column}_r"',
                "label_for_charts": "equal",
            },
        ]
        for each in ATTRIBUTES
    ]
    return as_comparisons(givens, ATTRIBUTES, levels)


def test_of_several_attributes_that_it_goes_with_the_one_that_it_goes_with_most_counts_once() -> (
    None
):
    givens = [
        Given(2, 1, ((0, 1),), 1.0),
        Given(2, 1, ((1, 1),), 4.0),
        Given(1, 1, ((0, 1),), 2.0),
        Given(3, 1, ((0, 1), (1, 1)), 3.0),
    ]
    last, street, birth = (each.column + GIVEN for each in (LAST, STREET, BIRTH))

    def off(*weights: float) -> object:
        return pytest.approx(dict(zip((last, street, birth), weights, strict=True)))

    assert taken_off(givens, FIRST, LAST, STREET) == off(-2, -4, 0)
    assert taken_off(givens, FIRST, STREET) == off(0, -1, 0)
    assert taken_off(givens, FIRST, LAST, BIRTH) == off(-2, 0, -3)
    assert taken_off(givens, LAST, BIRTH) == off(0, 0, 0)
    assert taken_off([], *ATTRIBUTES) == {}
    labels = [each["comparison_levels"][1] for each in compared(givens)]
    assert labels[1]["label_for_charts"] == "equal with last, as different people are"
    assert labels[2]["label_for_charts"] == "equal with first and last, as different people are"


def named(*keys: str) -> tuple[Attribute, ...]:
    """Attributes with these keys, dates by `born` and else names."""
    return tuple(
        Attribute(key, f"{key}_{number}", "date" if key == "born" else "name", (), True)
        for number, key in enumerate(keys)
    )


def test_twins_are_told_by_the_given_name_and_where_no_key_says_which_it_is_by_either() -> None:
    assert twins(named("family_name", "born", "first_name")) == [(2, 0, 1)]
    assert twins(named("voornaam", "city", "achternaam", "born")) == [(0, 2, 3)]
    assert twins(named("surname", "born", "n")) == [(2, 0, 1)]
    assert twins(named("n1", "n2", "born")) == [(0, 1, 2), (1, 0, 2)]
    assert twins(named("first_name", "last_name")) == twins(named("name", "born")) == []


def test_twins_lose_what_speaks_for_them_and_a_swapped_name_or_another_date_does_not() -> None:
    levels = [[{"sql_condition": "ELSE"}, {"sql_condition": "e"}]] * 3
    pairs = np.array([[0, 1, 1], [1, 1, 1], [0, 0, 1], [0, 1, 0], [-1, 1, 1]], dtype=np.int8)
    off = taken_off_twins(pairs, named("first", "last", "born"), levels)
    assert (off > 10).tolist() == [True, False, False, False, False]
    assert off[1:].max() == 0


def test_the_threshold_is_the_one_of_the_best_f1_that_is_precise_enough() -> None:
    sure, likely, open_ = [0.999] * 90, [0.9] * 10, [0.5] * 100
    chosen = best_threshold(np.array(sure + likely + open_))
    assert (chosen.threshold, round(chosen.precision, 3)) == (0.9, 0.989)
    assert chosen.recall == pytest.approx(98.91 / 148.91)
    # Of many likely pairs too few are right.
    assert best_threshold(np.array(sure + likely * 9)).threshold == 0.99
    assert best_threshold(np.array(likely)).threshold == CAUTIOUS
    assert best_threshold(np.array([])).threshold == CAUTIOUS


def test_namesakes_of_few_records_are_not_one_customer_by_their_names_alone() -> None:
    # Of twelve people each is there twice, and two have the same names.
    equal = np.ones((12, 4), dtype=np.int8)
    namesakes = np.tile(np.array([1, 1, 0, 0], dtype=np.int8), (4, 1))
    levels = np.concatenate([equal, namesakes])
    pairs = ComparedPairs(levels, np.zeros((16, 4), dtype=np.float32), 276.0, np.zeros(16))
    shares = [np.array([1 - 0.006, 0.006])] * 4
    default_m = [np.array([0.1, 0.9])] * 4
    kinds = ["name", "name", "date", "postcode"]
    _, probable = learn(pairs, Evidence(default_m, shares, [1.0] * 4, [0] * 4, kinds), 24)
    assert probable[0] > 0.98
    assert probable[-1] < 0.5
