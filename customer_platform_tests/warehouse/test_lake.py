from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from customer_platform.warehouse.duckdb import tables_of
from customer_platform.warehouse.lake import Lake, LakeColumn

_COLUMNS = (
    LakeColumn("n", "BIGINT"),
    LakeColumn("said", "VARCHAR"),
    LakeColumn("_partition", "DATE", is_partition=True),
)
_DAYS = ("2026-01-01", "2026-01-02")


@pytest.fixture
def workshop() -> Iterator["duckdb.DuckDBPyConnection"]:
    with duckdb.connect() as connection:
        yield connection


def _rows(first: int) -> str:
    return (
        f"(select {first} as n, 'one' as said, date '2026-01-01' as _partition "
        f"union all select {first + 1}, 'two', date '2026-01-02')"
    )


def _seen(workshop: "duckdb.DuckDBPyConnection") -> list[tuple[object, ...]]:
    return workshop.execute(
        "select n, said, _partition::varchar from raw.words order by all"
    ).fetchall()


def test_a_day_is_replaced_as_a_whole_and_goes_when_it_has_no_rows(
    workshop: "duckdb.DuckDBPyConnection", tmp_path: Path
) -> None:
    lake = Lake(tmp_path)
    assert lake.write_days(workshop, "raw.words", _rows(1), _DAYS) == list(_DAYS)
    lake.show(workshop, "raw.words", _COLUMNS)
    assert _seen(workshop) == [(1, "one", _DAYS[0]), (2, "two", _DAYS[1])]
    only_first = f"(select * from {_rows(7)} where n = 7)"
    assert lake.write_days(workshop, "raw.words", only_first, _DAYS) == [_DAYS[0]]
    assert _seen(workshop) == [(7, "one", _DAYS[0])]


def test_what_is_being_written_is_not_seen(
    workshop: "duckdb.DuckDBPyConnection", tmp_path: Path
) -> None:
    lake = Lake(tmp_path)
    lake.write_days(workshop, "raw.words", _rows(1), _DAYS)
    folder = tmp_path / "raw/words"
    (folder / f"_partition={_DAYS[0]}/.rows.parquet.new").write_bytes(b"PAR1")
    half = folder / "_temporary/0/_partition=2026-01-03"
    half.mkdir(parents=True)
    (half / "part-0.parquet").write_bytes(b"PAR1")
    lake.show(workshop, "raw.words", _COLUMNS)
    assert len(_seen(workshop)) == 2


def test_a_table_without_files_is_seen_with_its_columns(
    workshop: "duckdb.DuckDBPyConnection", tmp_path: Path
) -> None:
    Lake(tmp_path).show(workshop, "raw.words", _COLUMNS)
    assert _seen(workshop) == []
    assert tables_of(workshop, "raw") == ["words"]
    described = workshop.execute("describe raw.words").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [
        (each.name, each.type) for each in _COLUMNS
    ]


def test_a_file_from_before_a_column_has_nulls_in_it(
    workshop: "duckdb.DuckDBPyConnection", tmp_path: Path
) -> None:
    lake = Lake(tmp_path)
    before = f"(select n, _partition from {_rows(1)} where n = 1)"
    lake.write_days(workshop, "raw.words", before, _DAYS[:1])
    lake.show(workshop, "raw.words", _COLUMNS)
    assert _seen(workshop) == [(1, None, _DAYS[0])]
    lake.write_days(workshop, "raw.words", f"(from {_rows(1)} where n = 2)", _DAYS[1:])
    assert _seen(workshop) == [(1, None, _DAYS[0]), (2, "two", _DAYS[1])]


def test_of_the_versions_of_a_table_the_one_that_is_read_stays(
    workshop: "duckdb.DuckDBPyConnection", tmp_path: Path
) -> None:
    lake = Lake(tmp_path)
    first, second = (lake.write_version(workshop, "identity.map", _rows(n)) for n in (1, 2))
    lake.remove_versions("identity.map", second)
    assert not first.exists()
    assert list(second.iterdir()) == [second / "rows.parquet"]
