"""The asset `privacy/retention`, and landing what is kept no longer."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
import duckdb
import pytest

from customer_platform.components import retention as component
from customer_platform.components.raw_asset import build_raw_asset, files_of
from customer_platform.components.retention import (
    NOTHING_OLDER,
    RETENTION,
    build_retention,
    check_result,
)
from customer_platform.environment import Environment
from customer_platform.partitions import range_tags
from customer_platform.privacy.outdated import Outdated
from customer_platform.privacy.retention import retain
from customer_platform_tests.support.components import resources
from customer_platform_tests.support.instances import sensor_with_ticks
from customer_platform_tests.support.retention import (
    DAYS,
    KEPT,
    OLD,
    TODAY,
    declared_with,
    land,
    shop_of,
    table_of,
    with_histories,
)


@pytest.fixture
def connection(deployment: Environment) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(deployment.warehouse)) as connection:
        yield connection


def test_an_old_day_that_is_landed_again_stays_as_it_is(
    deployment: Environment, connection: duckdb.DuckDBPyConnection
) -> None:
    source = shop_of(table_of("orders", "append", keep_days=1))
    land(deployment, connection, source)
    retain(connection, deployment, declared_with(deployment, source), TODAY)
    connection.close()
    [table] = source.tables
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [build_raw_asset("shop", "team:shop", "A shop.", table, files_of("shop", table))],
            resources=resources(deployment),
            instance=instance,
            tags=range_tags(OLD, KEPT),
        )
    assert result.success
    with duckdb.connect(str(deployment.warehouse)) as again:
        assert again.execute(
            "select sum(amount), count(mail) from raw.shop__orders"
        ).fetchall() == [(45, 2)]


def test_the_asset_says_what_it_did_and_lets_what_follows_be_refreshed(
    deployment: Environment,
    connection: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = shop_of(table_of("orders", "append", keep_days=1))
    land(deployment, connection, source)
    connection.close()
    declared = declared_with(deployment, source)
    monkeypatch.setattr(component, "declarations_of", lambda _: declared)
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [build_retention("team:test")], resources=resources(deployment), instance=instance
        )
    [evaluation] = result.get_asset_check_evaluations()
    assert (evaluation.check_name, evaluation.passed) == (NOTHING_OLDER, True)
    made = {event.asset_key: event for event in result.get_asset_materialization_events()}
    metadata = made[RETENTION].materialization.metadata
    # The day that is kept here is long past today.
    assert (metadata["rows"].value, metadata["files"].value) == (9, 3)
    days = [
        event.partition
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(["raw", "shop__orders"])
    ]
    assert days == list(DAYS)


def test_the_asset_reaches_histories_and_the_event_log_but_not_its_own_run(
    deployment: Environment,
    connection: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declared = with_histories(deployment, connection)
    monkeypatch.setattr(component, "declarations_of", lambda _: declared)
    with dg.DagsterInstance.get() as instance:
        sensor_with_ticks(instance, datetime(2024, 1, 1, tzinfo=UTC), count=3)
        result = dg.materialize(
            [build_retention("team:test")], resources=resources(deployment), instance=instance
        )
        assert [run.run_id for run in instance.get_runs()] == [result.run_id]
    [evaluation] = result.get_asset_check_evaluations()
    assert evaluation.passed
    [event] = result.get_asset_materialization_events()
    done = event.materialization.metadata["done"]
    assert isinstance(done, dg.TableMetadataValue)
    assert [record.data["what"] for record in done.records] == [
        "master.customer_changes",
        "event log: ticks",
    ]


def test_the_check_fails_when_something_older_is_left() -> None:
    assert check_result([]).passed
    left = check_result([Outdated("raw.shop__orders", "anonymised", rows=1, days=(OLD,))])
    assert not left.passed
    assert left.severity == dg.AssetCheckSeverity.ERROR
