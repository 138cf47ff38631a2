"""Similar rules hold on kinds of data on which they once collapsed."""

import numpy as np
import pytest
from accuracy_grid import measure_defaults
from accuracy_sets.regimes import ATTRIBUTES, Regime, grid, records

# What the defaults reached before, and what plain Splink does, is measured by accuracy_grid.py.
COLLAPSED = {
    # One error in every duplicate, no exact copy: equal was learned to be rare.
    "first, last, dob": (0.75, Regime("first,last,dob", 1_000, 1.0, "fixed")),
    # Few duplicates among many attributes of one home: neighbours were taken for customers.
    "few of many": (0.95, Regime(ATTRIBUTES[-1], 1_000, 1.0, "fixed", 0.05, 2, 0.2)),
    # Nearly all duplicates are copies: that all is equal passed for what neighbours share.
    "copies": (0.9, Regime("name,street,city,phone", 300, 0.3, duplicated=0.1, seed=714)),
    # So were alike values of few records, and the birth dates and phones of those who had moved.
    "few, alike": (0.9, Regime("first,last,email", 60, 0.3, "fixed", 0.9, 8, 0.1, seed=323)),
    "moved": (
        0.9,
        Regime(
            "first,last,dob,street,postcode,city,phone", 300, 1.5, "poisson", 0.9, 3, 0.5, seed=362
        ),
    ),
    # Places have a name and an address, and neighbours in one building.
    "places": (0.85, Regime("name,street,postcode,city", 1_000, 1.0)),
}


def test_the_grid_has_eighty_kinds_of_data() -> None:
    assert len(grid()) == len(set(grid())) == 80


def test_records_are_those_of_the_seed_and_as_many_come_twice_as_stated() -> None:
    regime = Regime(size=2_000, duplicated=0.3)
    made = records(regime)
    assert made.equals(records(regime))
    _, copies = np.unique(made["truth"].to_numpy(), return_counts=True)
    assert copies[copies > 1].sum() / made.num_rows == pytest.approx(0.3, abs=0.04)


@pytest.mark.parametrize(
    "kind",
    [
        "first, last, dob",
        pytest.param("few of many", marks=pytest.mark.slow),
        pytest.param("places", marks=pytest.mark.slow),
    ],
)
def test_nothing_collapses(kind: str) -> None:
    least, regime = COLLAPSED[kind]
    f1, (pairs, right) = measure_defaults(regime)
    assert f1 > least
    # Of pairs that are said to be sure, nearly all are right.
    assert right[-1] > 0.98 * pairs[-1]
