"""Whatever arrives in whatever order, the masters are those of a rebuild from scratch."""

import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from customer_platform_tests.dbt.arrivals import Step, arrive, open_shop, schedule
from customer_platform_tests.dbt.project import Project

TABLES = (
    "transactions",
    "returns",
    "visitor_log_ins",
    "visitor_accounts",
    "events",
    "sessions",
    "golden_records",
    "customer_records",
)

# A run of dbt costs seconds: few schedules in the suite, as many as wanted by hand.
FIRST = int(os.environ.get("CUSTOMER_PLATFORM_TEST_FIRST_SCHEDULE", "0"))
SCHEDULES = int(os.environ.get("CUSTOMER_PLATFORM_TEST_SCHEDULES", "3"))


def _masters(project: Project) -> dict[str, list[tuple[object, ...]]]:
    masters = {table: project.rows(f"from master.{table} order by all") for table in TABLES}
    # The current versions of the history are the golden records, whatever was before them.
    masters["history"] = project.rows(
        "select columns(* exclude (valid_from, valid_to, is_current)) from "
        "master.customers_history where is_current order by all"
    )
    return masters


def _play(project: Project, steps: list[Step], variables: dict[str, object]) -> dict[str, object]:
    open_shop(project)
    moment = datetime(2026, 2, 1)
    for step in steps:
        moment += timedelta(days=1)
        asked = {**arrive(project, step), "run_at": moment.isoformat(sep=" "), **variables}
        project.run(asked)
    return asked


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SCHEDULES))
def test_any_schedule_of_arrivals_ends_in_the_masters_of_a_rebuild(seed: int) -> None:
    # Every third schedule as on an engine that can only replace partitions.
    variables: dict[str, object] = {"restate_rows": seed % 3 != 2}
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        asked = _play(project, schedule(seed), variables)
        built = _masters(project)
        asked["run_at"] = "2026-03-01 00:00:00"
        project.run({"run_at": asked["run_at"]}, "--full-refresh")
        rebuilt = _masters(project)
        for table, contents in rebuilt.items():
            assert built[table] == contents, table
        assert built["golden_records"] == built["history"]
        assert any(built["transactions"])
