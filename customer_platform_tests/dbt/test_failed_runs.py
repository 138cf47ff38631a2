"""What a run that failed halfway has built is made up for by the next, whatever that asks for."""

from pathlib import Path

import pytest

from customer_platform_tests.dbt.project import Project
from customer_platform_tests.support.masters_life import (
    FIRST,
    SECOND,
    THIRD,
    days,
    event,
    order_line,
    receipt_line,
)

FACTS = ("restated_records", "transactions", "visitor_log_ins", "visitor_accounts", "events")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Masters of the first day; the second has arrived, and its run has failed after the facts."""
    shop = Project(Path(tmp_path_factory.mktemp("failed")))
    shop.dbt("seed")
    shop.insert(
        "raw.webshop__customers",
        {"customer_id": 1, "first_name": "Ann", "_partition": FIRST, "_row_number": 1},
    )
    shop.insert(
        "identity.customer_id_map",
        {"source": "webshop", "source_record_id": "1", "customer_id": "c_1"},
    )
    shop.insert("raw.web__events", event(FIRST, "e1", "v"))
    shop.insert("raw.webshop__order_lines", order_line(FIRST, 1, "101", 2, 1))
    shop.run({"run_at": "2026-02-01"})
    shop.insert("raw.pos__receipt_lines", receipt_line(SECOND, "R9", -1, None))
    shop.insert("raw.web__events", event(SECOND, "e2", "w"))
    shop.run({**days(SECOND, SECOND), "run_at": "2026-02-02"}, "--select", *FACTS)
    return shop


def _followers(shop: Project) -> list[tuple[object, ...]]:
    return shop.rows(
        "select transaction_id from master.returns union all "
        "select session_id from master.sessions order by all"
    )


def test_a_later_day_checks_and_follows_the_day_of_the_run_that_failed(shop: Project) -> None:
    assert _followers(shop) == [("e1",)]
    checks = ("unique_events_event_id", "events_are_those_of_staging")
    shop.execute("create table main.kept as from master.events")
    shop.execute("insert into master.events from main.kept")
    failed = shop.test(*checks, variables=days(THIRD, THIRD))
    assert all(check in failed for check in checks)
    shop.execute("delete from master.events; insert into master.events from main.kept")
    assert shop.test(*checks, variables=days(THIRD, THIRD)) == ""

    shop.run({**days(THIRD, THIRD), "run_at": "2026-02-03"})

    assert _followers(shop) == [("e1",), ("e2",), ("pos:R9:1",)]
    # Nothing is left over for the next.
    assert shop.rows("select kind from master.pending_changes where kind <> 'day'") == []


def test_what_follows_from_a_rebuild_that_failed_is_rebuilt(shop: Project) -> None:
    shop.execute('update raw.webshop__order_lines set "Quantity" = 7')
    shop.run({"run_at": "2026-02-04"}, "--full-refresh", "--select", *FACTS)
    shop.run({**days(THIRD, THIRD), "run_at": "2026-02-05"})
    assert shop.rows("select item_count from master.golden_records") == [(7,)]


def test_records_that_move_in_a_full_rebuild_are_in_the_ledger(shop: Project) -> None:
    shop.execute("update identity.customer_id_map set customer_id = 'c_2'")
    shop.run({"run_at": "2026-02-06"}, "--full-refresh")
    shop.run({"run_at": "2026-02-07"}, "--full-refresh")
    assert shop.rows(
        "select relation, previous_customer_id, customer_id, row_count, gross_revenue "
        "from master.restatements where restated_at >= '2026-02-06'"
    ) == [("transactions", "c_1", "c_2", 1, 70)]
    assert shop.test("restated_transactions_reconcile", "restated_events_reconcile") == ""


def test_two_restatements_of_one_moment_reconcile(shop: Project) -> None:
    for customer in ("c_1", "c_2"):
        shop.execute(f"update identity.customer_id_map set customer_id = '{customer}'")
        shop.run({**days(THIRD, THIRD), "run_at": "2026-02-08"})
    assert shop.test("restated_transactions_reconcile", "restated_events_reconcile") == ""
