"""Resolution on Spark gives what one process gives, row for row."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from customer_platform.identity import IdentityStore, resolve_file
from customer_platform.identity.distributed.files import beside, resolve_parquet
from customer_platform.identity.distributed.model import Sizes
from customer_platform.identity.files import retired_path
from customer_platform_tests.support.regimes import REGIMES, Regime, write_overrides, write_records
from customer_platform_tests.support.spark_server import SparkServer

DAYS = 3
# So small that components are packed, contracted in rounds, and crowds asked for their people.
SMALL = Sizes(shard_records=2_000, links_per_task=200, crowd_records=50)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return connection.execute(f"from ({query}) order by all").fetchall()


@pytest.mark.parametrize("regime", REGIMES, ids=lambda regime: regime.name)
def test_days_of_records_on_spark_are_those_of_one_process(
    regime: Regime, spark: SparkServer, tmp_path: Path
) -> None:
    count = 50_000 if regime is REGIMES[0] else 8_000
    records, overrides = tmp_path / "records.parquet", tmp_path / "overrides.csv"
    one = tmp_path / "one.parquet"
    refused: list[list[tuple[object, ...]]] = []

    def keep_refused(store: IdentityStore) -> None:
        refused.append(_rows(store.connection, f"from {store.quoted.refused_links}"))

    for day in range(DAYS):
        write_records(regime, count, 7, records, day=day)
        if day == 1:
            write_overrides(400, records, 8, overrides)
        stated = overrides if day else None
        many, before = (tmp_path / f"many_{each}.parquet" for each in (day, day - 1))
        at = datetime(2026, 1, 1) + timedelta(days=day)
        expected = resolve_file(
            records,
            regime.rules,
            one,
            previous=one if day else None,
            overrides=stated,
            report=keep_refused,
            resolved_at=at,
        )
        found = resolve_parquet(
            spark.url,
            str(records),
            regime.rules,
            str(many),
            previous=str(before) if day else None,
            overrides=stated,
            resolved_at=at,
            sizes=SMALL,
        )
        assert found == expected
        with duckdb.connect() as connection:
            assert _differing(connection, f"'{one}'", f"'{many}/*.parquet'") == 0
            assert (
                _rows(connection, f"from '{beside(str(many), 'refused')}/*.parquet'") == refused[-1]
            )
            if retired_path(one).exists():
                there = f"'{beside(str(many), 'retired')}/*.parquet'"
                assert _differing(connection, f"'{retired_path(one)}'", there) == 0


def test_records_without_source_and_rows_without_value_are_those_of_one_process(
    spark: SparkServer, tmp_path: Path
) -> None:
    given, records = tmp_path / "given.parquet", tmp_path / "records.parquet"
    write_records(REGIMES[1], 1_000, 3, given)
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select id, email, phone, name, birth from '{given}' "
            f"union all select '', null, ' ', null, null from range(3)) to '{records}'"
        )
        rules = REGIMES[1].rules.model_copy(update={"source": None})
        one, many = tmp_path / "one.parquet", tmp_path / "many.parquet"
        at = datetime(2026, 1, 1)
        expected = resolve_file(records, rules, one, resolved_at=at)
        found = resolve_parquet(spark.url, str(records), rules, str(many), resolved_at=at)
        assert found == expected
        assert found.skipped == 3
        assert _differing(connection, f"'{one}'", f"'{many}/*.parquet'") == 0


def _differing(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    [(count,)] = connection.execute(
        f"select count(*) from ((from {one} except all from {other}) union all "
        f"(from {other} except all from {one}))"
    ).fetchall()
    return int(count)
