"""The DAGs in a real Airflow of each major, against a real Dagster.

Each Airflow is installed once, into a folder of the user's cache; without PyPI these are skipped.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from customer_platform_tests.orchestrators.airflow_home import (
    DAGSTER_DAG,
    VERSIONS,
    AirflowHome,
    airflow_home,
)
from customer_platform_tests.orchestrators.served_dagster import ServedDagster

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("version", VERSIONS)]


@pytest.fixture
def dagster(tmp_path: Path) -> Iterator[ServedDagster]:
    served = ServedDagster(tmp_path / "platform")
    served.make()
    yield served
    served.end_all()


@pytest.fixture
def airflow(version: str, tmp_path: Path, dagster: ServedDagster) -> AirflowHome:
    return airflow_home(version, tmp_path / "airflow", dagster.port)


def _break_crm(dagster: ServedDagster) -> None:
    """The newest file of the CRM becomes one whose rows can't be read."""
    day = dagster.days[1]
    path = dagster.home / "landing" / "crm" / "customers" / f"customers_{day}.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *[row.replace(row.split(",")[0], "", 1) for row in rows]]))


def test_both_layers_run_and_wait_for_a_server_that_is_away_and_comes_back(
    dagster: ServedDagster, airflow: AirflowHome
) -> None:
    with airflow.dag_test(DAGSTER_DAG, *dagster.days) as test:
        test.wait_for("doesn't answer")
        dagster.start("webserver")
        dagster.start("daemon")
        test.wait_for("of land has succeeded")
        test.wait_for("Waiting for refresh")
        dagster.wait_for_status("STARTED")
        away = test.log.count("doesn't answer")
        dagster.end("webserver")
        test.wait_for("doesn't answer", away + 2)
        dagster.start("webserver")
        assert test.succeeded()
        assert "s3cret-token" not in test.log
    assert [(run["jobName"], run["status"]) for run in dagster.runs()] == [
        ("refresh", "SUCCESS"),
        ("land", "SUCCESS"),
    ]
    assert (dagster.home / "published").is_dir()


def test_a_source_that_fails_its_check_fails_the_dag_and_the_rest_is_refreshed(
    dagster: ServedDagster, airflow: AirflowHome
) -> None:
    _break_crm(dagster)
    dagster.start("webserver")
    dagster.start("daemon")
    with airflow.dag_test(DAGSTER_DAG, *dagster.days) as test:
        assert not test.succeeded()
        assert "Check reject_rate of raw/crm__customers failed (ERROR)" in test.log
        assert "raw__crm__customers failed: " in test.log
        assert "max_reject_rate" in test.log
        assert "of refresh has succeeded" in test.log
    assert [(run["jobName"], run["status"]) for run in dagster.runs()] == [
        ("refresh", "SUCCESS"),
        ("land", "FAILURE"),
    ]


def test_a_run_that_is_cancelled_in_dagster_fails_the_task_and_nothing_follows(
    dagster: ServedDagster, airflow: AirflowHome
) -> None:
    dagster.start("webserver")
    # Without the daemon the run stays in the queue.
    with airflow.dag_test(DAGSTER_DAG, *dagster.days) as test:
        test.wait_for("Waiting for land")
        run = dagster.wait_for_status("QUEUED")
        dagster.ask(f'mutation {{ terminateRun(runId: "{run}") {{ __typename }} }}')
        assert not test.succeeded()
        assert "land was cancelled in Dagster" in test.log
        assert "was cancelled: refresh isn't run" in test.log
    assert [run["status"] for run in dagster.runs()] == ["CANCELED"]


def test_the_schedule_builds_yesterday_and_a_task_that_is_cleared_terminates_its_run(
    dagster: ServedDagster, airflow: AirflowHome
) -> None:
    dagster.start("webserver")
    dagster.start("daemon")
    with airflow.scheduled():
        airflow.wait_for_log("refresh", "Waiting for refresh")
        run = dagster.wait_for_status("STARTED")
        airflow.run("tasks", "clear", "--yes", "--task-regex", "refresh", DAGSTER_DAG)
        airflow.wait_for_log("refresh", f"Terminating the run {run}")
        # The task that was cleared begins again once it has ended, with a run of its own.
        airflow.wait_for_log("refresh", "of refresh has succeeded", attempt=2)
    runs = {each["runId"]: each["status"] for each in dagster.runs()}
    assert runs.pop(run) == "CANCELED"
    assert list(runs.values()) == ["SUCCESS", "SUCCESS"]


def test_the_command_runs_layer_by_layer_and_fails_as_the_platform_does(
    dagster: ServedDagster, airflow: AirflowHome
) -> None:
    airflow.variables.update(
        {name: value for name, value in dagster.variables.items() if "CUSTOMER_PLATFORM" in name}
    )
    with airflow.dag_test("customer_platform_by_command", *dagster.days) as test:
        assert test.succeeded()
    _break_crm(dagster)
    with airflow.dag_test("customer_platform_by_command", *dagster.days) as test:
        assert not test.succeeded()
        assert "raw__crm__customers failed: " in test.log
        assert "The other sources have landed." in test.log
        assert "failed: raw/crm__customers:reject_rate" in test.log
        assert "Building what follows the sources" in test.log
