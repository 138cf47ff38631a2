"""What is older than declared is deleted, or says no longer whose it is; everything else stays."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from click.testing import CliRunner

from customer_platform.cli import main
from customer_platform.cli.retain import described
from customer_platform.declarations import RetentionSpec
from customer_platform.environment import Environment
from customer_platform.errors import RetentionError
from customer_platform.privacy.outdated import Outdated
from customer_platform.privacy.retention import retain
from customer_platform_tests.support.instances import sensor_with_ticks
from customer_platform_tests.support.retention import (
    COLUMNS,
    DAYS,
    KEPT,
    OLD,
    OLDER_TOO,
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


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def _files(environment: Environment, table: str) -> list[str]:
    return sorted(path.stem for path in (environment.landing / "shop" / table).iterdir())


def test_facts_keep_their_amounts_and_lose_what_is_personal(
    deployment: Environment, connection: duckdb.DuckDBPyConnection
) -> None:
    source = shop_of(table_of("orders", "append", keep_days=1), table_of("visits", "append"))
    land(deployment, connection, source)
    total = "select count(*), sum(amount), count(distinct id) from raw.shop__orders"
    before = _rows(connection, total)
    done = retain(connection, deployment, declared_with(deployment, source), TODAY)
    assert done == [
        Outdated("raw.shop__orders", "anonymised", rows=4, days=(OLD, OLDER_TOO)),
        Outdated("raw.shop__orders__rejected", "deleted", rows=2),
        Outdated("landing: shop.orders", "deleted", files=2),
    ]
    assert _rows(connection, total) == before == [(6, 45, 6)]
    assert _rows(
        connection,
        "select distinct _partition::varchar from raw.shop__orders where mail is not null "
        "or remark is not null or _unexpected is not null",
    ) == [(KEPT,)]
    assert _rows(connection, "select count(*) from raw.shop__orders__rejected") == [(1,)]
    assert _files(deployment, "orders") == [KEPT]
    # Nobody has said how long visits are kept.
    assert _rows(connection, "select count(mail) from raw.shop__visits") == [(6,)]
    assert _files(deployment, "visits") == list(DAYS)


def test_old_versions_of_records_go_and_the_newest_snapshot_stays(
    deployment: Environment, connection: duckdb.DuckDBPyConnection
) -> None:
    source = shop_of(
        table_of("people", "delta", keep_days=1), table_of("products", "snapshot", keep_days=1)
    )
    land(deployment, connection, source)
    declared = declared_with(deployment, source)
    long_after = date(2025, 1, 1)
    done = {each.what: each.days for each in retain(connection, deployment, declared, TODAY)}
    assert done["raw.shop__people"] == (OLD, OLDER_TOO)
    # Nothing follows from a snapshot that isn't the newest.
    assert done["raw.shop__products"] == ()
    for table in ("people", "products"):
        days = f"select distinct _partition::varchar from raw.shop__{table}"
        assert _rows(connection, days) == [(KEPT,)]
    retain(connection, deployment, declared, long_after)
    assert _rows(connection, "select count(*) from raw.shop__people") == [(0,)]
    assert _rows(connection, "select count(*) from raw.shop__products") == [(2,)]
    assert retain(connection, deployment, declared, long_after, dry_run=True) == []


def test_a_dry_run_says_the_same_and_does_nothing(
    deployment: Environment, connection: duckdb.DuckDBPyConnection
) -> None:
    source = shop_of(
        table_of("orders", "append", keep_days=1), table_of("people", "delta", keep_days=1)
    )
    land(deployment, connection, source)
    declared = declared_with(deployment, source)
    would = retain(connection, deployment, declared, TODAY, dry_run=True)
    assert _rows(connection, "select count(mail) from raw.shop__orders") == [(6,)]
    assert _files(deployment, "people") == list(DAYS)
    assert retain(connection, deployment, declared, TODAY) == would != []
    assert retain(connection, deployment, declared, TODAY) == []
    assert described([], dry_run=True) == ["Nothing is older than declared."]
    assert described(would, dry_run=True)[0] == (
        "raw.shop__orders: 4 row(s) would be anonymised, 2024-01-02 to 2024-01-30"
    )
    assert described(would, dry_run=False)[-1].endswith("run --from 2024-01-02 --to 2024-01-30")


def test_rejected_rows_and_logs_are_kept_as_long_as_retention_says(
    deployment: Environment, connection: duckdb.DuckDBPyConnection
) -> None:
    source = shop_of(table_of("orders", "append"))
    land(deployment, connection, source)
    printed = deployment.dagster_home / "storage" / "a run" / "compute_logs"
    logs = [
        deployment.home / "logs" / "old.log",
        deployment.home / "dbt" / "logs" / "dbt.log",
        *(printed / f"a step.{ending}" for ending in ("out", "err", "complete")),
    ]
    # What an asset hands on is no log.
    handed_on = deployment.dagster_home / "storage" / "handed_on"
    for path in (*logs, handed_on, deployment.home / "logs" / "new.log"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for path in (*logs, handed_on):
        moment = datetime(2024, 1, 20, tzinfo=UTC).timestamp()
        os.utime(path, (moment, moment))
    retention = RetentionSpec(owner="team:test", rejects_days=10, logs_days=5)
    done = retain(connection, deployment, declared_with(deployment, source, retention), TODAY)
    assert done == [
        Outdated("raw.shop__orders__rejected", "deleted", rows=1),
        Outdated("logs", "deleted", files=1),
        Outdated("dbt/logs", "deleted", files=1),
        Outdated("dagster/storage", "deleted", files=3),
    ]
    assert not any(path.exists() for path in logs)
    assert handed_on.exists()
    assert (deployment.home / "logs" / "new.log").exists()
    assert _rows(connection, "select count(mail) from raw.shop__orders") == [(6,)]


@pytest.mark.parametrize(
    ("column", "kind", "message"),
    [("amount", None, "whether these columns are personal: amount"), ("id", "identifier", "id.")],
)
def test_rows_that_can_not_be_anonymised_are_refused_and_all_is_left(
    deployment: Environment,
    connection: duckdb.DuckDBPyConnection,
    column: str,
    kind: str | None,
    message: str,
) -> None:
    columns = {**COLUMNS, column: {"type": "varchar", "personal": kind}}
    source = shop_of(
        table_of("people", "delta", keep_days=1),
        table_of("orders", "append", keep_days=1, columns=columns),
    )
    land(deployment, connection, source)
    with pytest.raises(RetentionError, match=f"shop.orders has keep_days.*{message}"):
        retain(connection, deployment, declared_with(deployment, source), TODAY)
    assert _rows(connection, "select count(*) from raw.shop__people") == [(6,)]
    assert _files(deployment, "people") == list(DAYS)


def test_the_command_says_when_there_is_no_warehouse_or_a_run_holds_it(
    deployment: Environment,
) -> None:
    result = CliRunner().invoke(main, ["retain", "--dry-run"])
    assert result.exit_code == 1
    assert f"there is no warehouse at {deployment.warehouse} yet" in result.output
    assert not deployment.warehouse.exists()
    opened = f"import duckdb; opened = duckdb.connect('{deployment.warehouse}'); "
    hold = f"{opened}print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        result = CliRunner().invoke(main, ["retain"])
        holder.communicate(b"\n")
    assert result.exit_code == 1
    assert "as a run holds it: try again" in result.output
    assert CliRunner().invoke(main, ["retain"]).output == "Nothing is older than declared.\n"


def test_the_command_reaches_histories_and_the_event_log(
    deployment: Environment,
    connection: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declared = with_histories(deployment, connection)
    monkeypatch.setattr("customer_platform.declarations.declarations_of", lambda _: declared)
    with dg.DagsterInstance.get() as instance:
        state = sensor_with_ticks(instance, datetime(2024, 1, 1, tzinfo=UTC), count=3)
    would = CliRunner().invoke(main, ["retain", "--dry-run"])
    assert would.output == (
        "master.customer_changes: 1 row(s) would be deleted\n"
        "event log: ticks: 2 row(s) would be deleted\n"
    )
    done = CliRunner().invoke(main, ["retain"])
    assert done.output == would.output.replace("would be ", "")
    with dg.DagsterInstance.get() as instance:
        assert len(instance.get_ticks(state.instigator_origin_id, state.selector_id)) == 1
    assert CliRunner().invoke(main, ["retain"]).output == "Nothing is older than declared.\n"


def test_the_yaml_of_retention_is_read(tmp_path: Path, deployment: Environment) -> None:
    from customer_platform.declarations import read_declarations

    folder = tmp_path / "defs" / "shop" / "retention"
    folder.mkdir(parents=True)
    (folder / "defs.yaml").write_text(
        "type: customer_platform.components.Retention\n"
        "attributes: {owner: team:shop, rejects_days: 30, history_days: 730, event_log_days: 90}\n"
    )
    project = replace(deployment.project, defs=tmp_path / "defs")
    found = read_declarations(project, "shop").retention
    assert found == RetentionSpec(
        owner="team:shop", rejects_days=30, history_days=730, event_log_days=90
    )
