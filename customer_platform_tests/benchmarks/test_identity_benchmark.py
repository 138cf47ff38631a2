import json
from pathlib import Path

import pytest
from identity import main
from identity_engines.runs import Partition, Run
from identity_report import Comparison, as_json, describe
from identity_scenarios import DifferentPartitionsError, require_equal

PEOPLE = Partition(records=10, customers=6, checksum=1)


def run_of(seconds: float, partition: Partition | None = PEOPLE) -> Run:
    return Run(seconds, seconds / 2, 2**20, partition, {})


def test_the_command_measures_an_engine_and_writes_json(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    where = ["--cache", str(cache), "--folder", str(tmp_path), "--json", str(out)]
    main(["--records", "2000", "--engine", "floor", "--runs", "2", *where])
    (comparison,) = json.loads(out.read_text())["comparisons"]
    assert comparison["title"] == "2,000 records"
    assert len(comparison["sides"]["floor"]["runs"]) == 2
    assert comparison["sides"]["floor"]["peak_bytes"] > 0
    assert "2,000 records; 2 runs, medians" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--engine", "ours,spark"], "unknown engine 'spark'"), (["--records", "0"], "less than 1")],
)
def test_a_wrong_argument_is_named(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert said in capsys.readouterr().err


def test_a_ratio_is_the_median_of_the_ratios_within_each_round() -> None:
    comparison = Comparison(
        "title",
        {
            "floor": [run_of(1), run_of(10), run_of(1)],
            "ours": [run_of(2), run_of(11), run_of(3)],
        },
        {"ours": 1.6},
    )
    assert comparison.ratio("ours") == 2
    assert comparison.ratio("floor", "ours") == 0.5


def test_the_table_has_a_line_per_side_with_its_target() -> None:
    comparison = Comparison("title", {"floor": [run_of(1)], "ours": [run_of(2)]}, {"ours": 1.6})
    floor, ours = describe(comparison).splitlines()[-2:]
    assert floor.split() == ["floor", "1.00", "0.50", "1", "1.00", "1.00", "6"]
    assert ours.split() == ["ours", "2.00", "1.00", "1", "2.00", "2.00", "1.60", "6"]


def test_the_json_has_medians_and_every_run() -> None:
    found = as_json(Comparison("title", {"floor": [run_of(1), run_of(3)]}, {}))
    side = json.loads(json.dumps(found))["sides"]["floor"]
    assert side["seconds"] == 2
    assert [run["partition"]["customers"] for run in side["runs"]] == [6, 6]


def test_different_partitions_are_an_error_that_names_both_sides() -> None:
    other = Partition(records=10, customers=7, checksum=2)
    sides = {"splink": [run_of(1)], "ours": [run_of(1, other)], "floor": [run_of(1, None)]}
    with pytest.raises(DifferentPartitionsError, match=r"title: splink: .*; ours: "):
        require_equal(Comparison("title", sides, {}))


def test_equal_partitions_pass_and_an_engine_without_one_is_left_out() -> None:
    sides = {"splink": [run_of(1)], "ours": [run_of(1)], "floor": [run_of(1, None)]}
    require_equal(Comparison("title", sides, {}))
