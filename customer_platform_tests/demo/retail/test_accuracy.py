from pathlib import Path

import pandas as pd
import pytest

from customer_platform.demo import DemoSummary
from customer_platform.demo.retail import generate
from customer_platform_tests.demo.retail.exact_rules import Accuracy, link, measure, read_records
from customer_platform_tests.support.retail_demo import END


def _accuracy(demo: DemoSummary) -> Accuracy:
    records = read_records(demo.landing)
    return measure(records, link(records), pd.read_parquet(demo.truth))


def test_exact_rules_are_right_about_nearly_all_pairs_and_miss_some(demo: DemoSummary) -> None:
    accuracy = _accuracy(demo)
    assert accuracy.precision >= 0.995
    # Below: too hopeless for exact rules; above: nothing left for similar matching to win.
    assert 0.91 <= accuracy.recall <= 0.95


@pytest.mark.parametrize("seed", [1, 2])
def test_the_accuracy_hardly_depends_on_the_seed(tmp_path: Path, seed: int) -> None:
    accuracy = _accuracy(generate(tmp_path, customers=1_500, days=10, seed=seed, end=END))
    assert accuracy.precision >= 0.995
    assert 0.91 <= accuracy.recall <= 0.955


def test_a_wrong_link_lowers_precision_and_a_missing_one_recall() -> None:
    records = pd.DataFrame({"source": "crm", "source_record_id": ["1", "2", "3", "4"]})
    truth = records.assign(person_id=["a", "a", "b", "b"])
    everything = measure(records, [0, 0, 0, 0], truth)
    assert (everything.precision, everything.recall) == (2 / 6, 1.0)
    half = measure(records, [0, 0, 2, 3], truth)
    assert (half.precision, half.recall) == (1.0, 0.5)
