"""What families share together is weighed once, and models learn from pairs that agree in most."""

from math import log2

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.identity.similar.agreement import Agreement, agreements
from customer_platform.identity.similar.blocking import Part
from customer_platform.identity.similar.comparisons import Attribute
from customer_platform.identity.similar.dependence import (
    GIVEN,
    Dependence,
    as_comparisons,
    dependences,
)
from customer_platform.identity.similar.estimation import training_rules

FIRST, LAST, STREET, BIRTH = (
    Attribute(key, f"{key}_{number}", "text", (), True)
    for number, key in enumerate(("first", "last", "street", "birth"))
)
ATTRIBUTES = (FIRST, LAST, STREET, BIRTH)
# Equal in 9 of 10 pairs of one customer; each value is one in a thousand.
M = {each.column: 0.9 for each in ATTRIBUTES}
U = {each.column: 1e-3 for each in ATTRIBUTES}
PAIRS = 1e8


def together(one: Attribute, other: Attribute, pairs: int, **others: float) -> Agreement:
    """Pairs that are equal in two attributes, and the shares that are equal in others."""
    columns = {each.key: each.column for each in ATTRIBUTES}
    shares = {columns[key]: share for key, share in others.items()}
    return Agreement((one.column, other.column), pairs, shares)


def test_what_different_people_share_together_is_worth_less_the_more_often_they_do() -> None:
    # Of 40,000 pairs of one name and street, a quarter is one person: 30,000 are not.
    family = together(LAST, STREET, 40_000, first=0.225, birth=0.3)
    [edge] = dependences([family], M, U, PAIRS)
    assert (edge.column, edge.given) == (STREET.column, LAST.column)
    assert edge.weight == pytest.approx(log2(30_000 / PAIRS / 1e-6))


@pytest.mark.parametrize(
    "found",
    [
        # All of them are the same people, but for typing errors.
        together(FIRST, BIRTH, 40_000, last=0.9, street=0.89),
        # No more than meet by chance.
        together(FIRST, BIRTH, 100, last=0.0, street=0.0),
        # Nothing is known of them.
        together(FIRST, BIRTH, 40_000),
        # Only one attribute is looked at.
        Agreement((FIRST.column,), 40_000, {LAST.column: 0.1}),
    ],
)
def test_what_one_customer_shares_or_meets_by_chance_is_worth_what_it_is(found: Agreement) -> None:
    assert dependences([found], M, U, PAIRS) == []


def test_attributes_of_which_nothing_was_learned_depend_on_none() -> None:
    family = together(LAST, STREET, 40_000, first=0.1)
    unknown = {column: share for column, share in M.items() if column != FIRST.column}
    assert dependences([family], unknown, U, PAIRS) == []
    assert dependences([family], M, {LAST.column: 1e-3}, PAIRS) == []


@given(
    pairs=st.integers(30, 10**8),
    shares=st.dictionaries(st.sampled_from(["first", "birth"]), st.floats(0, 1), min_size=1),
    u=st.tuples(st.floats(1e-6, 1), st.floats(1e-6, 1)),
)
def test_two_attributes_together_are_never_worth_less_than_the_one_that_says_more(
    pairs: int, shares: dict[str, float], u: tuple[float, float]
) -> None:
    common = {LAST.column: u[0], STREET.column: u[1]}
    for edge in dependences([together(LAST, STREET, pairs, **shares)], M, common, PAIRS):
        assert 0.5 <= edge.weight <= -log2(max(u)) + 1e-9


def taken_off(edges: list[Dependence], *equal: Attribute) -> dict[str, float]:
    """Per attribute that has a comparison, what a pair that is equal in some has taken off."""
    weights = {}
    columns = ", ".join(
        f"'x' as {each.column}_l, '{'x' if each in equal else 'y'}' as {each.column}_r"
        for each in ATTRIBUTES
    )
    for comparison in as_comparisons(edges, ATTRIBUTES):
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


def test_of_several_attributes_that_it_goes_with_the_one_that_it_goes_with_most_counts_once() -> (
    None
):
    edges = [
        Dependence(STREET.column, FIRST.column, 1.0),
        Dependence(STREET.column, LAST.column, 4.0),
        Dependence(LAST.column, FIRST.column, 2.0),
    ]
    street, last = STREET.column + GIVEN, LAST.column + GIVEN
    assert taken_off(edges, FIRST, LAST, STREET) == pytest.approx({last: -2, street: -4})
    assert taken_off(edges, FIRST, STREET) == pytest.approx({last: 0, street: -1})
    assert taken_off(edges, FIRST, LAST) == pytest.approx({last: -2, street: 0})
    assert taken_off(edges, STREET) == pytest.approx({last: 0, street: 0})
    assert taken_off([], *ATTRIBUTES) == {}
    labels = [each["comparison_levels"][1] for each in as_comparisons(edges, ATTRIBUTES)]
    assert labels[1]["label_for_charts"] == "equal with last, as different people are"


def test_agreements_are_those_of_the_pairs_that_are_equal_in_two_attributes(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    # Ten records of one family: 45 pairs. Two first names, three without a birth date.
    connection.execute(
        "create table people as select i as record_order, 'f' || i % 2 as first_0, "
        "'l' as last_1, 's' as street_2, case when i > 2 then 'b' || i end as birth_3 "
        "from range(10) as t(i)"
    )
    found = {each.columns: each for each in agreements(connection, "people", ATTRIBUTES)}
    assert len(found) == 6
    family = found[LAST.column, STREET.column]
    assert family.pairs == 45
    # Five of each first name; of seven with a birth date only 21 pairs have both, too few.
    assert family.others == pytest.approx({FIRST.column: 20 / 45})
    assert family.least == pytest.approx(20 / 45)
    few = found[FIRST.column, LAST.column]
    assert (few.pairs, few.others, few.least) == (20, {}, 0.0)


def test_where_only_two_attributes_are_compared_the_agreements_are_in_one(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute(
        "create table people as select i as record_order, 'f' as first_0, 'l' || i % 2 as last_1 "
        "from range(12) as t(i)"
    )
    found = agreements(connection, "people", (FIRST, LAST))
    assert [each.columns for each in found] == [(FIRST.column,), (LAST.column,)]
    assert found[0].others == pytest.approx({LAST.column: 30 / 66})


def test_training_blocks_by_the_pairs_that_agree_in_most_and_by_no_attribute_twice() -> None:
    found = [
        together(LAST, STREET, 90_000, first=0.2, birth=0.2),
        together(FIRST, BIRTH, 40, last=0.9, street=0.8),
        together(FIRST, LAST, 5_000, street=0.7, birth=0.5),
        together(STREET, BIRTH, 300, first=0.1, last=0.6),
    ]
    assert training_rules(found, 4) == [
        (Part(FIRST.column), Part(BIRTH.column)),
        (Part(LAST.column), Part(STREET.column)),
    ]


def test_training_leaves_out_blocks_of_few_pairs_of_nobody_and_of_every_attribute() -> None:
    few = together(FIRST, BIRTH, 29, last=1.0)
    nobody = together(LAST, STREET, 5_000, first=0.0, birth=0.3)
    assert training_rules([few, nobody], 4) == []
    assert training_rules([together(FIRST, LAST, 5_000, street=0.5)], 2) == []
    singles = [Agreement((each.column,), 100, {LAST.column: 0.5}) for each in ATTRIBUTES]
    assert len(training_rules(singles, 4)) == 3
