"""Whatever arrives in whatever order, the masters are those of a rebuild from scratch."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from customer_platform_tests.dbt.arrivals import MOST_ACCOUNTS, asked_days
from customer_platform_tests.dbt.arrivals_b2b import B2B
from customer_platform_tests.dbt.arrivals_marketplace import MARKETPLACE
from customer_platform_tests.dbt.arrivals_retail import RETAIL
from customer_platform_tests.dbt.log_ins import accounts_of_events
from customer_platform_tests.dbt.project import Project

COMPANIES = {"retail": RETAIL, "marketplace": MARKETPLACE, "b2b": B2B}

# A run of dbt costs seconds: one short schedule of each in `make test`, that of the marketplace as
# on an engine that can only replace partitions; more in `make test-all`, and as many as wanted by
# hand.
QUICK = {"retail": 4, "marketplace": 2, "b2b": 1}
FIRST = int(os.environ.get("CUSTOMER_PLATFORM_TEST_FIRST_SCHEDULE", "0"))
SCHEDULES = int(os.environ.get("CUSTOMER_PLATFORM_TEST_SCHEDULES", "6"))
CASES = [
    (name, seed) if seed == QUICK[name] else pytest.param(name, seed, marks=pytest.mark.slow)
    for name in COMPANIES
    for seed in range(FIRST, FIRST + SCHEDULES)
]


def _rows(project: Project, tables: Iterable[str]) -> dict[str, list[tuple[object, ...]]]:
    return {table: project.rows(f"from master.{table} order by all") for table in tables}


def _accounts(project: Project) -> dict[str, str | None]:
    return dict(project.rows("select event_id, source_record_id from master.events"))


def _as_of(project: Project, history: str, moment: datetime) -> list[tuple[object, ...]]:
    return project.rows(
        "select columns(* exclude (valid_from, valid_to, is_current)) from "
        f"master.{history} where valid_from <= '{moment}' "
        f"and (valid_to is null or valid_to > '{moment}') order by all"
    )


def _ids_as_of(project: Project, histories: Mapping[str, str], moment: datetime) -> set[object]:
    """Master and ID of all that was known at the end of a day, by the macros."""
    queries = [
        f"select '{master}' as master, {project.rows(f'describe master.{master}')[0][0]} as id "
        f"from {{{{ {history.removesuffix('_history')}_as_of('{moment:%Y-%m-%d}') }}}} as known"
        for history, master in histories.items()
    ]
    return set(project.query(" union all ".join(queries)))


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_any_schedule_of_arrivals_ends_in_the_masters_of_a_rebuild(name: str, seed: int) -> None:
    company = COMPANIES[name]
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), name)
        company.open(project)
        moment = datetime(2026, 2, 1)
        golden_at = {}
        always = {"max_accounts_per_visitor": MOST_ACCOUNTS}
        for step in company.schedule(seed):
            moment += timedelta(days=1)
            company.arrive(project, step)
            # Every third schedule as on an engine that can only replace partitions.
            project.run(
                {
                    **always,
                    **asked_days(step),
                    "run_at": str(moment),
                    "restate_rows": seed % 3 != 2,
                },
                *step.arguments,
            )
            if step.builds is None:
                golden_at[moment] = _rows(project, company.histories.values())
        built = _rows(project, company.tables)
        if name == "retail":
            assert _accounts(project) == accounts_of_events(project, MOST_ACCOUNTS)
        assert project.test("restated_transactions_reconcile", "restated_events_reconcile") == ""
        # A past day reproduces to the row.
        for past, golden in golden_at.items():
            for history, master in company.histories.items():
                assert _as_of(project, history, past) == golden[master], (history, past)
        past = next(past for past, golden in golden_at.items() if all(golden.values()))
        assert _ids_as_of(project, company.histories, past) == {
            (master, row[0]) for master, rows in golden_at[past].items() for row in rows
        }
        project.run({**always, "run_at": str(moment + timedelta(days=1))}, "--full-refresh")
        rebuilt = _rows(project, company.tables)
        for table, contents in rebuilt.items():
            assert built[table] == contents, table
        for history, master in company.histories.items():
            assert _as_of(project, history, moment) == built[master]
        assert built["transactions"]
