"""The checks on the masters: each passes, and fails on its fault."""

import re

import pytest

from customer_platform_tests.dbt.project import Project
from customer_platform_tests.support.masters_life import Life

# A full rebuild settles what was restated before it.
NOT_REBUILT = "update master.restatement_totals set is_rebuild = false"

# By test, what makes it fail; undone afterwards. Of some tests several.
FAULTS = [
    (
        "restated_transactions_reconcile",
        f"{NOT_REBUILT}; update master.restatement_totals set rows_after = 0",
    ),
    (
        "restated_transactions_reconcile",
        f"{NOT_REBUILT}; update master.restatements set gross_revenue = 999",
    ),
    (
        "restated_transactions_reconcile",
        f"{NOT_REBUILT}; update master.restatements set returned_revenue = 1",
    ),
    (
        "restated_transactions_reconcile",
        f"{NOT_REBUILT}; update master.restatements set run_id = 'another'",
    ),
    (
        "restated_events_reconcile",
        f"{NOT_REBUILT}; update master.restatements set row_count = 7",
    ),
    (
        "transactions_have_the_customer_of_their_record",
        "update master.transactions set customer_id = 'c_9' where customer_id = 'c_1'",
    ),
    (
        "events_have_the_customer_of_their_account",
        "update master.events set customer_id = 'c_9' where customer_id = 'c_1'",
    ),
    (
        "transactions_are_in_the_reporting_currency",
        "update master.transactions set currency = 'GBP' where source = 'pos'",
    ),
    ("events_are_those_of_staging", "delete from master.events where event_id = 'e2'"),
    ("sessions_hold_every_event_once", "delete from master.sessions where session_id = 'e2'"),
    (
        "sessions_hold_every_event_once",
        "insert into master.sessions from master.sessions where session_id = 'e2'",
    ),
    (
        "periods_of_visitors_follow_each_other",
        "insert into master.visitor_accounts select anonymous_id, 'webshop', '99', "
        "timestamp '2020-01-01', known_until from master.visitor_accounts",
    ),
    (
        "periods_of_visitors_follow_each_other",
        "update master.visitor_accounts set known_until = timestamp '2026-02-01'",
    ),
    (
        "no_sale_takes_back_more_than_was_sold",
        "update master.returns set quantity = 99 where original_transaction_id is not null",
    ),
    ("every_piece_returned_is_matched_or_labelled_once", "delete from master.returns"),
    (
        "a_return_found_by_customer_undoes_an_earlier_sale_to_the_same_customer",
        "update master.returns set customer_id = 'c_9' where return_match = 'customer'",
    ),
    (
        "customers_add_up_to_transactions",
        "update master.golden_records set gross_revenue = 1",
    ),
    (
        "golden_records_have_the_orders_of_their_transactions",
        "update master.golden_records set order_count = 77",
    ),
    (
        "golden_records_have_the_orders_of_their_transactions",
        "update master.golden_records set item_count = 77",
    ),
    (
        "no_customer_consents_to_more_than_every_record",
        "update master.golden_records set email_consent = true where customer_id = 'c_1'",
    ),
    (
        "net_revenue_is_gross_less_returned",
        "update master.golden_records set net_revenue = -1",
    ),
    (
        "every_customer_has_one_current_version_its_golden_record",
        "update master.customer_changes set email = 'x'",
    ),
    (
        "every_customer_has_one_current_version_its_golden_record",
        "insert into master.customer_changes from master.customer_changes",
    ),
    (
        "every_customer_has_one_current_version_its_golden_record",
        "delete from master.customer_changes where customer_id = 'c_1'",
    ),
    (
        "rfm_scores_are_1_to_5",
        "update master.golden_records set last_purchase_at = null where order_count > 0",
    ),
]
CHECKS = sorted({test for test, _ in FAULTS})


def test_the_checks_pass_on_masters_as_they_are_built(project: Project, life: Life) -> None:
    assert life.rebuilt.failures == ""
    assert project.test(*CHECKS) == ""


@pytest.mark.parametrize(("test", "fault"), FAULTS)
def test_a_check_fails_on_its_fault(project: Project, life: Life, test: str, fault: str) -> None:
    assert life.rebuilt.failures == ""
    tables = set(re.findall(r"(?:update|delete from|insert into) master\.(\w+)", fault))
    for table in tables:
        project.execute(f"create or replace table main.kept_{table} as from master.{table}")
    try:
        project.execute(fault)
        assert test in project.test(test)
    finally:
        for table in tables:
            project.execute(
                f"delete from master.{table}; insert into master.{table} from main.kept_{table}"
            )


def test_a_full_rebuild_settles_restatements_that_did_not_reconcile(
    project: Project, life: Life
) -> None:
    assert life.rebuilt.failures == ""
    project.execute("create or replace table main.kept as from master.restatement_totals")
    try:
        project.execute("update master.restatement_totals set rows_after = 0 where not is_rebuild")
        assert project.test("restated_transactions_reconcile", "restated_events_reconcile") == ""
    finally:
        project.execute(
            "delete from master.restatement_totals; "
            "insert into master.restatement_totals from main.kept"
        )


def test_customers_as_of_a_day_are_those_known_at_its_end(project: Project, life: Life) -> None:
    assert life.rebuilt.failures == ""
    today = project.rows("select max(valid_from)::date::varchar from master.customers_history")
    query = (
        "select customer_id, net_revenue, days_since_last_order, rfm_monetary "
        "from {{{{ customers_as_of('{day}') }}}} as customers order by customer_id"
    )
    assert project.query(query.format(day="2020-01-01")) == []
    known = project.query(query.format(day=today[0][0]))
    current = project.rows(
        "select customer_id, net_revenue, days_since_last_order, rfm_monetary "
        "from master.customers order by customer_id"
    )
    assert [row[:2] + row[3:] for row in known] == [row[:2] + row[3:] for row in current]
    # Both days are whole ones of UTC; the test may run over midnight.
    assert all(abs(one[2] - other[2]) <= 1 for one, other in zip(known, current, strict=True))
