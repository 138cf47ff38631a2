import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from customer_platform import deployment as deployments
from customer_platform.components import DatabaseSource
from customer_platform.declarations import Declarations, Source, declarations_of
from customer_platform.deployment import (
    check_days,
    days_of_sources,
    files_outside,
    prepare,
    run_main_job,
    step_config,
)
from customer_platform.environment import Environment
from customer_platform.errors import DaysError, NothingLandedError, RunFailedError


def test_prepare_makes_the_home_with_the_committed_dagster_configuration(
    prepared: Environment,
) -> None:
    prepare(prepared)
    assert "granularity: run" in (prepared.dagster_home / "dagster.yaml").read_text()
    assert (prepared.dbt_target / "manifest.json").exists()
    assert prepared.landing.is_dir()


def test_the_days_span_all_sources_from_the_start_date_on(deployment: Environment) -> None:
    crm = deployment.landing / "crm" / "customers"
    web = deployment.landing / "web" / "events"
    for landed in (
        crm / "customers_2009-01-01.csv",
        crm / "customers_2999-01-01.csv",
        crm / "customers_2024-01-03.csv",
        web / "events_2024-02-01.jsonl.gz",
    ):
        landed.parent.mkdir(parents=True, exist_ok=True)
        landed.touch()
    assert days_of_sources(deployment) == ("2024-01-03", "2024-02-01")
    early, late = files_outside(deployment)
    assert early.startswith(f"{crm / 'customers_2009-01-01.csv'} is left out: 2009-01-01 is before")
    assert late.startswith(f"{crm / 'customers_2999-01-01.csv'} is of a day to come, 2999-01-01")


def _declare(monkeypatch: pytest.MonkeyPatch, sources: Mapping[str, Source]) -> None:
    declared = Declarations(Path("defs/retail"), sources)
    monkeypatch.setattr(deployments, "declarations_of", lambda _: declared)


@pytest.fixture
def erp(deployment: Environment, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    """A database beside the demo's sources: orders by day, and a list that is read in full."""
    declared = DatabaseSource.resolve_from_yaml(
        "{source: erp, owner: team:erp, connection: ERP_DATABASE_URL, tables: [{name: orders, "
        "table: orders, load_mode: append, partition_column: at, columns: {at: timestamp}}]}"
    )
    _declare(monkeypatch, {**declarations_of(deployment).sources, "erp": declared})
    monkeypatch.setenv("ERP_DATABASE_URL", f"sqlite:///{deployment.home / 'erp.db'}")
    connection = sqlite3.connect(deployment.home / "erp.db")
    connection.execute("create table orders (at text)")
    return connection


def test_a_database_is_asked_which_days_it_has_rows_of(
    deployment: Environment, erp: sqlite3.Connection
) -> None:
    rows = [("2001-01-01 10:00:00",), ("2024-02-01 10:00:00",), ("2024-02-03",), ("2999-01-01",)]
    erp.executemany("insert into orders values (?)", rows)
    erp.commit()
    assert days_of_sources(deployment) == ("2024-02-01", "2024-02-03")
    landed = deployment.landing / "crm" / "customers" / "customers_2024-01-30.csv"
    landed.parent.mkdir(parents=True)
    landed.touch()
    assert days_of_sources(deployment) == ("2024-01-30", "2024-02-03")


def test_a_table_that_is_read_in_full_is_of_today(
    deployment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = DatabaseSource.resolve_from_yaml(
        "{source: erp, owner: team:erp, connection: ERP_DATABASE_URL, tables: [{name: t, table: t, "
        "load_mode: snapshot, columns: {id: bigint}}]}"
    )
    _declare(monkeypatch, {"erp": full})
    today = datetime.now(UTC).date().isoformat()
    assert days_of_sources(deployment) == (today, today)


def test_a_database_without_a_row_has_no_day(
    deployment: Environment, erp: sqlite3.Connection
) -> None:
    with pytest.raises(NothingLandedError, match="no declared database has rows"):
        days_of_sources(deployment)


def test_an_empty_landing_zone_says_where_it_looked_and_what_to_do(
    deployment: Environment,
) -> None:
    with pytest.raises(NothingLandedError, match=f"{deployment.landing}.*customer-platform demo"):
        days_of_sources(deployment)


def test_a_source_that_fails_is_named_and_the_rest_is_built_without_it(
    deployment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The jobs are of two steps here: a source and what is built from it."""

    @dg.asset(key=dg.AssetKey(["raw", "crm__customers"]), group_name="sources")
    def raw() -> None:
        raise dg.Failure("2024-01-01: no file")

    built: list[str] = []

    @dg.asset(key=dg.AssetKey(["master", "customers"]), deps=[raw])
    def master() -> None:
        built.append("master")

    sources = dg.AssetSelection.groups("sources")
    jobs = [
        dg.define_asset_job("main", dg.AssetSelection.all()),
        dg.define_asset_job("refresh", dg.AssetSelection.all() - sources),
    ]
    defs = dg.Definitions(assets=[raw, master], jobs=jobs)
    monkeypatch.setattr("customer_platform.definitions.defs", defs)
    outcome = run_main_job(deployment, "2024-01-01", "2024-01-01")
    assert outcome.failed == ("raw__crm__customers failed: 2024-01-01: no file",)
    assert built == ["master"]

    @dg.asset(key=dg.AssetKey(["master", "customers"]), deps=[raw])
    def broken() -> None:
        raise dg.Failure("no such customer")

    defs = dg.Definitions(assets=[raw, broken], jobs=jobs)
    monkeypatch.setattr("customer_platform.definitions.defs", defs)
    with pytest.raises(
        RunFailedError, match=r"no file\nmaster__customers failed: no such customer"
    ):
        run_main_job(deployment, "2024-01-01", "2024-01-01")


def test_landing_builds_nothing_else_and_a_refresh_lands_nothing(
    deployment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[str] = []

    @dg.asset(key=dg.AssetKey(["raw", "crm__customers"]), group_name="sources")
    def raw() -> None:
        run.append("raw")
        raise dg.Failure("2024-01-01: no file")

    @dg.asset(key=dg.AssetKey(["master", "customers"]), deps=[raw])
    def master() -> None:
        run.append("master")

    sources = dg.AssetSelection.groups("sources")
    jobs = [
        dg.define_asset_job("land", sources),
        dg.define_asset_job("refresh", dg.AssetSelection.all() - sources),
    ]
    defs = dg.Definitions(assets=[raw, master], jobs=jobs)
    monkeypatch.setattr("customer_platform.definitions.defs", defs)
    landing = run_main_job(deployment, "2024-01-01", "2024-01-01", job="land")
    assert (run, len(landing.failed)) == (["raw"], 1)
    refresh = run_main_job(deployment, "2024-01-01", "2024-01-01", job="refresh")
    assert (run, refresh.failed) == (["raw", "master"], ())


def test_a_run_that_fails_says_which_checks_failed_and_what_they_say(
    deployment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("totals", asset="sales", blocking=True)])
    def sales() -> Iterator[dg.MaterializeResult]:
        totals = dg.AssetCheckResult(passed=False, check_name="totals", description="5 euros less")
        yield dg.MaterializeResult(check_results=[totals])

    job = dg.define_asset_job("refresh", dg.AssetSelection.all())
    defs = dg.Definitions(assets=[sales], jobs=[job])
    monkeypatch.setattr("customer_platform.definitions.defs", defs)
    with pytest.raises(RunFailedError, match="  failed: sales:totals: 5 euros less"):
        run_main_job(deployment, "2024-01-01", "2024-01-01", job="refresh")


@pytest.mark.parametrize(
    ("steps", "retrain", "retrained"),
    [
        (["identity__customer_id_map", "identity__similar_pairs"], True, True),
        (["identity__customer_id_map", "identity__similar_pairs"], False, False),
        (["identity__customer_id_map"], True, False),
    ],
)
def test_a_run_is_told_to_retrain_only_when_asked_and_where_a_rule_is_similar(
    steps: list[str], retrain: bool, retrained: bool
) -> None:
    config = step_config(steps, accept_map=True, retrain=retrain)
    assert config.pop("identity__customer_id_map") == {"config": {"accept": True}}
    expected = {"identity__similar_pairs": {"config": {"retrain": True}}}
    assert config == (expected if retrained else {})


def test_a_run_accepts_and_retrains_every_entity() -> None:
    steps = [
        "raw__crm__accounts",
        "identity__account_id_map",
        "identity__account_similar_pairs",
        "identity__contact_id_map",
        "identity__contact_similar_pairs",
    ]
    assert step_config(steps, accept_map=True, retrain=True) == {
        "identity__account_id_map": {"config": {"accept": True}},
        "identity__account_similar_pairs": {"config": {"retrain": True}},
        "identity__contact_id_map": {"config": {"accept": True}},
        "identity__contact_similar_pairs": {"config": {"retrain": True}},
    }


@pytest.mark.parametrize(
    ("first", "last"),
    [("2024-01-03", "2024-01-02"), ("2023-12-31", "2024-01-02"), ("2024-01-02", "2024-01-06")],
)
def test_days_that_are_no_partitions_are_refused(first: str, last: str) -> None:
    start, today = date(2024, 1, 1), date(2024, 1, 5)
    check_days("2024-01-01", "2024-01-05", start, today)
    with pytest.raises(DaysError, match=last):
        check_days(first, last, start, today)
