# ruff: noqa: E501 - rows of files as tools write them
"""Orders and events by `customer-platform add-source`, and the masters that a run makes of them."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from customer_platform_tests.docs.guide import cloned_project, reader_variables

ORDERS = """order_id,order_date,customer_id,email,sku,quantity,price,currency,status
1,2024-06-01 10:00:00,7,anna@example.com,A,2,10.00,EUR,paid
1,2024-06-01 10:00:00,7,anna@example.com,B,1,5.00,EUR,paid
2,2024-06-01 11:00:00,7,anna@example.com,A,-1,10.00,EUR,paid
3,2024-06-01 12:00:00,,guest@example.com,A,1,10.00,eur,paid
4,2024-06-01 12:00:00,,guest@example.com,A,1,10.00,EUR,pending
"""
EVENTS = """{"event_id":"e1","anonymous_id":"v1","user_id":null,"event":"view","timestamp":"2024-06-01T09:00:00Z"}
{"event_id":"e2","anonymous_id":"v1","user_id":"7","event":"login","timestamp":"2024-06-01T09:05:00Z"}
{"event_id":"e3","anonymous_id":"undefined","user_id":null,"event":"view","timestamp":"2024-06-01T09:06:00Z"}
"""


def _run(project: Path, *arguments: str) -> str:
    home = {"CUSTOMER_PLATFORM_HOME": str(project.parent / "home"), "COLUMNS": "200"}
    first = {"CUSTOMER_PLATFORM_START_DATE": "2024-06-01"}
    result = subprocess.run(
        [str(Path(sys.executable).with_name(arguments[0])), *arguments[1:]],
        cwd=project, env=os.environ | reader_variables(project) | home | first,
        capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.slow
def test_orders_and_events_of_a_company_reach_their_customers(tmp_path: Path) -> None:
    project = cloned_project(tmp_path)
    orders, events = tmp_path / "orders_2024-06-01.csv", tmp_path / "events_2024-06-01.jsonl"
    orders.write_text(ORDERS)
    events.write_text(EVENTS)
    command = ("customer-platform", "add-source")
    _run(project, "customer-platform", "remove-source", "crm", "webshop", "pos", "--yes")
    said = _run(project, *command, "shop", str(orders), "--kind", "transactions", "--land", "--yes")
    assert "orders: transactions, 5 rows" in said
    said = _run(
        project, *command, "tracker", str(events), "--kind", "events", "--accounts-of", "shop",
        "--land", "--yes",
    )  # fmt: skip
    assert "events: events, 3 rows" in said
    _run(project, "sqlfluff", "lint", "dbt/models/retail/staging/shop")
    _run(project, "sqlfluff", "lint", "dbt/models/retail/staging/tracker")
    _run(project, "customer-platform", "run")
    with duckdb.connect(str(tmp_path / "home" / "warehouse.duckdb"), read_only=True) as warehouse:
        customers = dict(
            warehouse.execute("select email, customer_id from master.customers").fetchall()
        )
        anna, guest = customers["anna@example.com"], customers["guest@example.com"]
        lines = warehouse.execute(
            "select order_id, product_code, transaction_type, amount::double, currency, "
            "customer_id from master.transactions order by all"
        ).fetchall()
        visits = warehouse.execute(
            "select event_id, customer_id, identified_by from master.events order by all"
        ).fetchall()
        returns = warehouse.execute(
            "select original_transaction_id, return_match from master.returns"
        ).fetchall()
        sessions = warehouse.execute(
            "select anonymous_id, customer_id, event_count from master.sessions"
        ).fetchall()
    assert lines == [
        ("1", "A", "sale", 20.0, "EUR", anna),
        ("1", "B", "sale", 5.0, "EUR", anna),
        ("2", "A", "return", -10.0, "EUR", anna),
        ("3", "A", "sale", 10.0, "EUR", guest),
    ]
    assert returns == [("shop:orders:1:20240601-1", "customer")]
    assert visits == [("e1", anna, "visitor"), ("e2", anna, "account"), ("e3", None, None)]
    assert sessions == [("v1", anna, 2)]
