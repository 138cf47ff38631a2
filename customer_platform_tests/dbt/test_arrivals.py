"""Whatever arrives in whatever order, the masters are those of a rebuild from scratch."""

import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from customer_platform_tests.dbt.arrivals import MOST_ACCOUNTS, arrive, open_shop, schedule
from customer_platform_tests.dbt.log_ins import accounts_of_events
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

# A run of dbt costs seconds: two schedules in `make test`, one of them as on an engine that can
# only replace partitions; more in `make test-all`, and as many as wanted by hand.
QUICK = (2, 4)
FIRST = int(os.environ.get("CUSTOMER_PLATFORM_TEST_FIRST_SCHEDULE", "0"))
SCHEDULES = int(os.environ.get("CUSTOMER_PLATFORM_TEST_SCHEDULES", "6"))
SEEDS = [
    seed if seed in QUICK else pytest.param(seed, marks=pytest.mark.slow)
    for seed in range(FIRST, FIRST + SCHEDULES)
]


def _masters(project: Project) -> dict[str, list[tuple[object, ...]]]:
    return {table: project.rows(f"from master.{table} order by all") for table in TABLES}


def _golden(project: Project) -> list[tuple[object, ...]]:
    return project.rows("from master.golden_records order by all")


def _accounts(project: Project) -> dict[str, str | None]:
    return dict(project.rows("select event_id, source_record_id from master.events"))


def _as_of(project: Project, moment: datetime) -> list[tuple[object, ...]]:
    return project.rows(
        "select columns(* exclude (valid_from, valid_to, is_current)) from "
        f"master.customers_history where valid_from <= '{moment}' "
        f"and (valid_to is null or valid_to > '{moment}') order by all"
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_any_schedule_of_arrivals_ends_in_the_masters_of_a_rebuild(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        open_shop(project)
        moment = datetime(2026, 2, 1)
        golden_at = {}
        always = {"max_accounts_per_visitor": MOST_ACCOUNTS}
        for step in schedule(seed):
            moment += timedelta(days=1)
            # Every third schedule as on an engine that can only replace partitions.
            project.run(
                {
                    **always,
                    **arrive(project, step),
                    "run_at": str(moment),
                    "restate_rows": seed % 3 != 2,
                },
                *step.arguments,
            )
            if step.stops_after is None:
                golden_at[moment] = _golden(project)
        built = _masters(project)
        assert _accounts(project) == accounts_of_events(project, MOST_ACCOUNTS)
        # A past day reproduces to the row.
        for past, golden in golden_at.items():
            assert _as_of(project, past) == golden, past
        project.run({**always, "run_at": str(moment + timedelta(days=1))}, "--full-refresh")
        rebuilt = _masters(project)
        for table, contents in rebuilt.items():
            assert built[table] == contents, table
        assert _as_of(project, moment) == built["golden_records"]
        assert built["transactions"]
