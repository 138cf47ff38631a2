"""A source in a database, as Dagster runs it, and what `dg scaffold` writes for one."""

import sqlite3
from pathlib import Path

import dagster as dg
import pytest

from customer_platform.components import DatabaseSource
from customer_platform.components.raw_asset import reject_rate_result
from customer_platform.environment import Environment
from customer_platform.ingestion import LoadResult
from customer_platform.partitions import range_tags
from customer_platform_tests.support.components import checks, outcome, resources
from customer_platform_tests.support.homes import rows

KEY = dg.AssetKey(["raw", "erp__orders"])
YAML = """
source: erp
owner: team:erp
description: The ERP.
connection: ERP_DATABASE_URL
tables:
  - name: orders
    description: Orders.
    table: orders
    load_mode: append
    primary_key: [id]
    partition_column: ordered_at
    late_after_hours: 36
    columns: {id: bigint, email: varchar, ordered_at: timestamp}
"""


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SQLite database with an order a day."""
    path = tmp_path / "erp.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table orders (id integer, email text, ordered_at text)")
        connection.executemany(
            "insert into orders values (?, ?, ?)",
            [(n, f"{n}@example.com", f"2024-01-0{n} 10:00:00") for n in (1, 2, 3)],
        )
    connection.close()
    monkeypatch.setenv("ERP_DATABASE_URL", f"sqlite:///{path}")
    return path


def _materialise(
    environment: Environment, instance: dg.DagsterInstance, first: str, last: str
) -> dg.ExecuteInProcessResult:
    source = DatabaseSource.resolve_from_yaml(YAML)
    definitions = source.build_defs(None)
    return dg.materialize(
        [*(definitions.assets or []), *(definitions.asset_checks or [])],
        resources=resources(environment),
        instance=instance,
        tags=range_tags(first, last),
        raise_on_error=False,
    )


def test_a_range_of_days_is_read_and_checked(
    deployment: Environment, instance: dg.DagsterInstance, database: Path
) -> None:
    result = _materialise(deployment, instance, "2024-01-01", "2024-01-02")
    assert result.success
    assert outcome(checks(result)["reject_rate"]) == "passed"
    assert outcome(checks(result)["newest_record"]) == "WARN"
    assert rows(deployment, "select id, _partition::text from raw.erp__orders order by 1") == [
        (1, "2024-01-01"), (2, "2024-01-02"),
    ]  # fmt: skip
    assert instance.get_materialized_partitions(KEY) == {"2024-01-01", "2024-01-02"}


def test_a_database_that_is_away_fails_once_for_all_days_and_keeps_what_was_there(
    deployment: Environment, instance: dg.DagsterInstance, database: Path
) -> None:
    _materialise(deployment, instance, "2024-01-01", "2024-01-02")
    database.unlink()
    result = _materialise(deployment, instance, "2024-01-01", "2024-01-02")
    assert not result.success
    assert outcome(checks(result)["reject_rate"]) == "ERROR"
    [failure] = [event.step_failure_data for event in result.get_step_failure_events()]
    assert failure.user_failure_data is not None
    message = failure.user_failure_data.description or ""
    assert message.startswith("2024-01-01 to 2024-01-02: sqlite ")
    assert message.count("cannot connect") == 1
    assert rows(deployment, "select count(*) from raw.erp__orders") == [(2,)]


def test_past_days_of_a_table_that_is_read_in_full_warn_and_stop_nothing() -> None:
    table = DatabaseSource.resolve_from_yaml(YAML).tables[0]
    result = reject_rate_result(LoadResult(past=["2024-01-01", "2024-01-02"]), table)
    assert outcome(result) == "WARN"
    assert "can no longer say what it held on 2024-01-02 or before" in (result.description or "")
    assert reject_rate_result(LoadResult(), table).description is None


def test_a_url_in_yaml_is_refused_and_its_password_is_not_shown() -> None:
    text = YAML.replace("ERP_DATABASE_URL", "postgresql://reader:geheim@db/erp")
    with pytest.raises(Exception, match="must be the name of an environment variable") as raised:
        DatabaseSource.resolve_from_yaml(text)
    error: BaseException | None = raised.value
    while error is not None:
        assert "geheim" not in str(error)
        error = error.__cause__ or error.__context__


def test_the_asset_says_where_its_rows_come_from_and_not_how_to_get_in() -> None:
    source = DatabaseSource.resolve_from_yaml(YAML)
    [asset] = source.build_defs(None).assets or []
    assert isinstance(asset, dg.AssetsDefinition)
    [spec] = asset.specs
    assert spec.kinds == {"duckdb", "database"}
    assert spec.metadata["database_table"] == "orders"
    assert spec.metadata["connection"] == "ERP_DATABASE_URL"
    assert {check.name for check in asset.check_specs} == {"reject_rate"}
