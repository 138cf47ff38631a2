import os
from pathlib import Path
from typing import Any

import pytest

from customer_platform.ingestion.landing import expected_path, find_files, is_valid_day
from customer_platform_tests.support.ingestion import table_spec


def touch(landing: Path, *names: str) -> None:
    for name in names:
        path = landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def found(landing: Path, path: str) -> list[tuple[str, str]]:
    files = find_files(landing, table_spec(path=path)).files
    return [(file.partition, file.relative) for file in files]


def test_files_are_found_with_partition_size_and_time(tmp_path: Path) -> None:
    touch(tmp_path, "shop/t_2024-03-02.csv", "shop/t_2024-03-01.csv", "shop/u_2024-03-01.csv")
    os.utime(tmp_path / "shop/t_2024-03-01.csv", ns=(5, 1_700_000_000_123_456_789))
    first, second = find_files(tmp_path, table_spec(path="shop/t_{partition}.csv")).files
    assert (first.partition, first.relative) == ("2024-03-01", "shop/t_2024-03-01.csv")
    assert first.path == tmp_path / "shop/t_2024-03-01.csv"
    assert (first.size, first.mtime_ns) == (21, 1_700_000_000_123_456_789)
    assert second.partition == "2024-03-02"


def test_the_partition_may_be_a_folder_and_hold_several_files(tmp_path: Path) -> None:
    touch(tmp_path, "web/2024-03-01/a.jsonl", "web/2024-03-01/b.jsonl", "web/2024-03-02/a.jsonl",
          "web/2024-03-02/a.csv", "web/2024-03-02/deeper/a.jsonl")  # fmt: skip
    assert found(tmp_path, "web/{partition}/*.jsonl") == [
        ("2024-03-01", "web/2024-03-01/a.jsonl"),
        ("2024-03-01", "web/2024-03-01/b.jsonl"),
        ("2024-03-02", "web/2024-03-02/a.jsonl"),
    ]


def test_a_wildcard_may_stand_in_a_folder_before_the_partition(tmp_path: Path) -> None:
    touch(tmp_path, "pos/store-1/r_2024-03-01_x.csv", "pos/store-2/r_2024-03-01_y.csv")
    assert found(tmp_path, "pos/store-*/r_{partition}_*.csv") == [
        ("2024-03-01", "pos/store-1/r_2024-03-01_x.csv"),
        ("2024-03-01", "pos/store-2/r_2024-03-01_y.csv"),
    ]


@pytest.mark.parametrize(
    ("path", "day", "file"),
    [("t_{partition:%Y%m%d}*.csv", "2024-06-01", "t_20240601020000.csv"),
     ("t_{partition:%d-%m-%y}.csv", "2024-06-01", "t_01-06-24.csv"),
     ("{partition:%Y.%m.%d}/t.csv", "2024-06-01", "2024.06.01/t.csv"),
     ("t_{partition:%Y-%m}.csv", "2024-06-01", "t_2024-06.csv")],
)  # fmt: skip
def test_the_day_may_be_written_otherwise(tmp_path: Path, path: str, day: str, file: str) -> None:
    touch(tmp_path, file)
    assert found(tmp_path, path) == [(day, file)]
    expected = expected_path(tmp_path, table_spec(path=path), day)
    assert str(expected).replace("*", "020000") == str(tmp_path / file)


def test_a_day_that_does_not_exist_is_misnamed_however_it_is_written(tmp_path: Path) -> None:
    touch(tmp_path, "t_20240231.csv", "t_2024-02-01.csv")
    result = find_files(tmp_path, table_spec(path="t_{partition:%Y%m%d}.csv"))
    assert result.files == []
    assert result.misnamed == [tmp_path / "t_2024-02-01.csv", tmp_path / "t_20240231.csv"]


@pytest.mark.parametrize(
    "name",
    [".t_2024-03-01.csv", "_t_2024-03-01.csv", "t_2024-03-01.csv.tmp", "t_2024-03-01.csv.part",
     "t_2024-03-01.csv.partial", "t_2024-03-01.csv.crdownload", "t_2024-03-01.csv.filepart",
     "t_2024-03-01.csv.swp"],
)  # fmt: skip
def test_half_written_files_are_passed_over(tmp_path: Path, name: str) -> None:
    touch(tmp_path, f"shop/{name}")
    for path in ("shop/*{partition}*", "shop/*{partition}.csv*"):
        result = find_files(tmp_path, table_spec(path=path))
        assert (result.files, result.misnamed) == ([], [])


def test_a_name_without_a_valid_day_is_reported(tmp_path: Path) -> None:
    touch(tmp_path, "shop/t_2024-03-01.csv", "shop/t_2024-02-30.csv", "shop/t_20240301.csv",
          "shop/t_latest.csv", "shop/other.csv", "shop/t_2024-03-01.csv.bak")  # fmt: skip
    result = find_files(tmp_path, table_spec(path="shop/t_{partition}.csv"))
    assert [file.partition for file in result.files] == ["2024-03-01"]
    assert [path.name for path in result.misnamed] == [
        "t_2024-02-30.csv",
        "t_20240301.csv",
        "t_latest.csv",
    ]


def test_a_folder_without_a_valid_day_is_reported(tmp_path: Path) -> None:
    touch(tmp_path, "web/2024-13-01/a.csv", "web/archive/a.csv", "web/2024-03-01/a.csv")
    result = find_files(tmp_path, table_spec(path="web/{partition}/a.csv"))
    assert [file.partition for file in result.files] == ["2024-03-01"]
    assert [path.name for path in result.misnamed] == ["2024-13-01", "archive"]


def test_a_folder_that_is_named_like_a_file_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "shop/t_2024-03-01.csv").mkdir(parents=True)
    assert found(tmp_path, "shop/t_{partition}.csv") == []


def test_a_folder_that_does_not_exist_holds_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, "nowhere/t_{partition}.csv") == []


def test_dots_in_a_template_are_dots(tmp_path: Path) -> None:
    touch(tmp_path, "shop/t_2024-03-01xcsv")
    assert found(tmp_path, "shop/t_{partition}.csv") == []


def test_a_folder_of_many_files_is_listed_once_and_asked_for_no_file_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [f"2019-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    for day in days:
        touch(tmp_path, f"shop/t_{day}.csv")
    listed: list[Path] = []
    scandir = os.scandir

    def counted(folder: Path) -> Any:
        listed.append(folder)
        return scandir(folder)

    def refused(path: Path, **_: object) -> None:
        raise AssertionError(f"{path} was asked for by name")

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", counted)
        patch.setattr(os, "stat", refused)
        result = find_files(tmp_path, table_spec(path="shop/t_{partition}.csv"))
    assert listed == [tmp_path / "shop"]
    assert len(result.files) == len(days)


def test_the_expected_path_has_the_day_in_it() -> None:
    table = table_spec(path="web/{partition}/*.csv")
    assert expected_path(Path("/l"), table, "2024-03-01") == Path("/l/web/2024-03-01/*.csv")


@pytest.mark.parametrize(
    ("text", "valid"),
    [("2024-02-29", True), ("2023-02-29", False), ("20240229", False), ("2024-W09-4", False),
     ("2024-2-9", False), ("", False)],
)  # fmt: skip
def test_a_valid_day_exists_and_is_written_in_full(text: str, valid: bool) -> None:
    assert is_valid_day(text) is valid
