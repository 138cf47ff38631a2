"""What the engine on Spark checks, and what it gives to Spark."""

from pathlib import Path

import duckdb
import pytest

from customer_platform.chosen_engine import ChosenEngine
from customer_platform.errors import EngineUnavailableError
from customer_platform.warehouse.base import engine_of
from customer_platform.warehouse.duckdb import PIECE_ROWS, transaction
from customer_platform.warehouse.spark import SparkEngine
from customer_platform_tests.support.spark_server import SparkServer


def _engine(spark: SparkServer, lake: Path | None = None) -> SparkEngine:
    found = engine_of(ChosenEngine("spark", spark.url, lake or spark.lake))
    assert isinstance(found, SparkEngine)
    return found


def test_a_shared_table_is_replaced_in_one_step_and_may_change_its_columns(
    spark: SparkServer,
) -> None:
    engine = _engine(spark)
    engine.check()
    with duckdb.connect() as workshop:
        workshop.execute("create schema identity")
        for rows in (
            "select 'crm' as source, 1 as n, timestamp '2026-01-01 00:00:00.123456' as at",
            "select 'web' as source, 2 as n, null::timestamp as at",
            "select 'pos' as source, [true] as flags",
        ):
            workshop.execute(f"create or replace table identity.shared as {rows}")
            engine.share(workshop, ["identity.shared"])
            there = engine.run("select * from identity.shared")
            assert there == [
                tuple(row) for row in workshop.execute("from identity.shared").fetchall()
            ]
    assert len(list((spark.lake / "identity" / "shared").iterdir())) == 1


def test_days_of_more_rows_than_a_row_group_are_kept_whole(
    spark: SparkServer, tmp_path: Path
) -> None:
    engine = _engine(spark)
    engine.check()
    rows = 3 * PIECE_ROWS
    with duckdb.connect(str(tmp_path / "workshop.duckdb")) as workshop:
        workshop.execute("create schema raw")
        declared = engine.declared_columns("raw.many")
        workshop.execute(f"create schema {declared.split('.')[0]}")
        workshop.execute(
            f"create table {declared} (n bigint, _partition date, _source_file varchar, "
            "_row_number bigint)"
        )
        engine.make_days(workshop, "raw.many")

        def insert(target: str) -> None:
            workshop.execute(
                f"insert into {target} select range, date '2026-01-01' + (range % 2)::integer, "
                f"'a.csv', range from range({rows})"
            )

        with transaction(workshop):
            engine.replace_days(workshop, "raw.many", ["2026-01-01", "2026-01-02"], insert)
        seen = workshop.execute("select count(*), sum(n) from raw.many").fetchall()
    assert seen == engine.run("select count(*), sum(n) from raw.many")
    assert seen == [(rows, rows * (rows - 1) // 2)]


def test_a_check_leaves_nothing_behind_and_may_be_repeated(spark: SparkServer) -> None:
    engine = _engine(spark)
    engine.check()
    before = sorted(path.name for path in spark.lake.iterdir())
    engine.check()
    assert sorted(path.name for path in spark.lake.iterdir()) == before
    assert not [name for name in before if "probe" in name]


def test_a_catalogue_of_another_deployment_is_refused_with_both_folders(
    spark: SparkServer, tmp_path: Path
) -> None:
    _engine(spark).check()
    with pytest.raises(
        EngineUnavailableError, match=f"has a schema raw at {spark.lake}/raw, .* {tmp_path}"
    ):
        _engine(spark, tmp_path).check()


def test_a_lake_that_the_platform_cannot_write_to_is_named(
    spark: SparkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError("no right")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(EngineUnavailableError, match=f"can't write into the lake {tmp_path}"):
        _engine(spark, tmp_path).check()
