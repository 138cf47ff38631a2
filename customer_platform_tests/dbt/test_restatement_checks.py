"""The checks on restatements, returns and versions: each passes, and fails on its fault."""

import re

import pytest

from customer_platform_tests.dbt.conftest import Life
from customer_platform_tests.dbt.project import Project

# By test, what makes it fail; undone afterwards.
FAULTS = {
    "restated_transactions_reconcile": "update master.restatement_totals set rows_after = 0 "
    "where relation = 'transactions'",
    "restated_events_reconcile": "update master.restatements set row_count = 7 "
    "where relation = 'events'",
    "facts_of_restated_records_have_their_customer": "insert into master.restated_records "
    "select source, source_record_id, customer_id, 'c_9', 0, true from master.transactions "
    "where customer_id is not null limit 1",
    "no_sale_takes_back_more_than_was_sold": "update master.returns set quantity = 99 "
    "where original_transaction_id is not null",
    "every_piece_returned_is_matched_or_labelled_once": "delete from master.returns",
    "a_return_found_by_customer_undoes_an_earlier_sale_to_the_same_customer": "update "
    "master.returns set customer_id = 'c_9' where return_match = 'customer'",
    "customers_add_up_to_transactions": "update master.golden_records set gross_revenue = 1",
    "net_revenue_is_gross_less_returned": "update master.golden_records set net_revenue = -1",
}


@pytest.mark.parametrize("test", FAULTS)
def test_a_check_fails_on_its_fault_and_passes_without(
    project: Project, life: Life, test: str
) -> None:
    assert life.rebuilt.failures == ""
    assert project.dbt("test", "--select", test) == ""
    [table] = re.findall(r"master\.\w+", FAULTS[test])[:1]
    project.execute(f"create or replace table main.kept as from {table}")
    try:
        project.execute(FAULTS[test])
        assert test in project.dbt("test", "--select", test)
    finally:
        project.execute(f"delete from {table}; insert into {table} from main.kept")


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
