"""The whole graph on Spark, beside DuckDB: the same rows come of the same deliveries."""

from pathlib import Path

import pytest

from customer_platform.publishing.catalogue import FILE_NAME, read_files
from customer_platform.warehouse.base import engine_of
from customer_platform.warehouse.spark import SparkEngine
from customer_platform_tests.support.spark_server import spark_server
from customer_platform_tests.support.spark_server import why_there_is_no_spark as missing
from customer_platform_tests.support.two_engines import TwoEngines

pytestmark = pytest.mark.slow

_DAYS = ("2026-11-28", "2026-11-29", "2026-11-30")

# Per business model: an entity, and the part of a path that is late at first.
_MODELS = {
    "retail": ("customer", "webshop/order_lines"),
    "marketplace": ("buyer", "app/order_lines"),
    "b2b": ("contact", "erp/invoice_lines"),
}


def _assert_equal(both: TwoEngines) -> None:
    for of in (both.kept, both.published):
        here, there = of("duckdb"), of("spark")
        assert sorted(there) == sorted(here)
        assert {name for name in here if here[name] != there[name]} == set()


def _assert_spark_reads_what_is_published(both: TwoEngines) -> None:
    """The schema `published` of Spark has the rows of the publication."""
    environment = both.environment("spark")
    engine = engine_of(environment.engine)
    assert isinstance(engine, SparkEngine)
    relations = {name.split(".")[1]: rows for name, rows in both.published("spark").items()}
    assert {view for _, view, *_ in engine.run("show tables in published")} == set(relations)
    for name, rows in relations.items():
        [(count,)] = engine.run(f"select count(*) from published.{name}")
        assert (name, count) == (name, len(rows))


@pytest.mark.parametrize("model", _MODELS)
def test_two_runs_with_a_late_file_and_a_decision_give_the_same_rows_as_on_duckdb(
    model: str, tmp_path: Path
) -> None:
    if reason := missing():
        pytest.skip(reason)
    entity, late = _MODELS[model]
    # A catalogue of its own: deployments don't share one.
    with spark_server(tmp_path / "server") as server:
        both = TwoEngines(tmp_path, server, model)
        both.deliver(*_DAYS[:2], but=f"{late}/{_DAYS[1]}")
        both.run()
        _assert_equal(both)
        both.deliver(*_DAYS)
        records = [
            (row[0], row[1])
            for name, rows in both.kept("duckdb").items()
            if name == f"identity.{entity}_id_map"
            for row in rows
        ]
        both.decide("same", records[0], records[-1], entity)
        both.run("--from", _DAYS[1], "--to", _DAYS[2])
        _assert_equal(both)
        _assert_spark_reads_what_is_published(both)
        _assert_commands_read_the_same(both, entity, records[0])


def _assert_commands_read_the_same(both: TwoEngines, entity: str, record: tuple[str, str]) -> None:
    """What stewards and analysts ask is answered from the workshop and the publication."""
    relation = "transactions"
    for arguments in (
        ("query", f"select count(*) as n, sum(amount) as amount from {relation}"),
        ("query", "--masked", f"select count(*) as n from {relation}"),
        ("review", "--entity", entity),
    ):
        here, there = (both.command(engine, *arguments) for engine in ("duckdb", "spark"))
        assert (there.returncode, there.stdout) == (here.returncode, here.stdout)
    explained = both.command("spark", "explain", "--record", ":".join(record), "--entity", entity)
    assert explained.returncode == 0, explained.stderr
    assert "a test" in explained.stdout


def test_a_run_that_is_killed_before_it_publishes_is_made_up_for_by_the_next(
    tmp_path: Path,
) -> None:
    if reason := missing():
        pytest.skip(reason)
    with spark_server(tmp_path / "server") as server:
        both = TwoEngines(tmp_path, server, "retail")
        both.deliver(*_DAYS[:2])
        both.run()
        before = read_files(both.environment("spark").published)
        both.deliver(_DAYS[2])
        both.run("--from", _DAYS[2], "--to", _DAYS[2], engines=["duckdb"])
        killed = both.killed_before_publishing("--from", _DAYS[2], "--to", _DAYS[2])
        assert killed == -9
        assert read_files(both.environment("spark").published) == before
        both.run("--from", _DAYS[2], "--to", _DAYS[2], engines=["spark"])
        _assert_equal(both)
        assert (both.environment("spark").published / FILE_NAME).exists()
