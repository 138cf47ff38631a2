"""What stewards' decisions say of a threshold."""

import pytest

from customer_platform.identity.overrides import Override
from customer_platform.stewardship.explain.model import RecordName, Similarity
from customer_platform.stewardship.review import (
    LabelQuality,
    count_labels,
    label_quality,
    quality_lines,
)
from customer_platform_tests.identity.helpers import different, make_rules, same

RULES = make_rules(
    ("email", ["email"]),
    {"name": "similar", "similar": {"compare": ["phone", "name"], "threshold": 0.8}},
)


def scores(**probabilities: float) -> dict[str, dict[tuple[RecordName, RecordName], Similarity]]:
    """Per pair of one-letter ids, as `ab`, the probability by the rule `similar`."""
    return {
        "similar": {
            (RecordName("s", pair[0]), RecordName("s", pair[1])): Similarity(probability, 0.8)
            for pair, probability in probabilities.items()
        }
    }


def quality(overrides: list[Override], **probabilities: float) -> LabelQuality:
    [found] = label_quality(RULES, scores(**probabilities), overrides, {"similar": 0.8})
    return found


def test_precision_and_recall_are_those_of_the_threshold_over_the_decisions() -> None:
    labels = [("same", 0.9), ("same", 0.8), ("same", 0.5), ("different", 0.95), ("different", 0.1)]
    found = count_labels("similar", 0.8, labels)
    assert (found.same_above, found.same_below) == (2, 1)
    assert (found.different_above, found.different_below) == (1, 1)
    assert found.labels == 5
    assert (found.precision, found.recall) == pytest.approx((2 / 3, 2 / 3))


@pytest.mark.parametrize(
    ("labels", "precision", "recall"),
    [
        ([], None, None),
        ([("same", 0.1)], None, 0.0),
        ([("different", 0.9)], 0.0, None),
        ([("different", 0.1)], None, None),
        ([("same", 0.8)], 1.0, 1.0),
    ],
)
def test_what_no_decision_tells_is_unknown_rather_than_0(
    labels: list[tuple[str, float]], precision: float | None, recall: float | None
) -> None:
    found = count_labels("similar", 0.8, labels)
    assert (found.precision, found.recall) == (precision, recall)


def test_a_decision_counts_whichever_record_it_names_first_and_not_without_a_score() -> None:
    found = quality([same("b", "a"), different("c", "d"), same("x", "y")], ab=0.9, cd=0.2, ef=0.7)
    assert (found.labels, found.unmeasured) == (2, 1)
    assert (found.same_above, found.different_below) == (1, 1)


def test_the_quality_is_told_in_words() -> None:
    found = quality([same("a", "b"), different("c", "d"), same("e", "f")], ab=0.9, cd=0.9, ef=0.5)
    assert list(quality_lines([found])) == [
        "similar: by 3 decisions, its threshold of 0.8 has a precision of 0.500 (1 it links "
        "differ) and a recall of 0.500 (1 the same it doesn't link)"
    ]
    assert list(quality_lines([quality([])])) == [
        "similar: no decision yet to measure its threshold by"
    ]
    [unmeasured] = quality_lines([quality([same("a", "b")])])
    assert unmeasured.startswith("similar: 1 decision can't be measured: Splink isn't installed")
    [unknown] = quality_lines([quality([different("a", "b")], ab=0.1)])
    assert "a precision of unknown" in unknown
