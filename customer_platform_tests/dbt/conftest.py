"""One warehouse, taken through the life of a platform; every test looks at one of its states."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from customer_platform_tests.dbt.project import Project

FIRST, SECOND, THIRD, FOURTH = (f"2026-01-0{day}" for day in (1, 2, 3, 4))


def order_line(
    day: str,
    number: int,
    invoice: str,
    quantity: int,
    customer: int | None,
    product: str = "P",
) -> dict[str, object]:
    """A web shop order line of 10.00 a piece."""
    return {
        "InvoiceNo": invoice,
        "StockCode": product,
        "Quantity": quantity,
        "InvoiceDate": f"{day} 12:00:00",
        "UnitPrice": 10,
        "CustomerID": customer,
        "Country": "Netherlands",
        "_partition": day,
        "_source_file": f"webshop/order_lines/order_lines_{day}.csv",
        "_row_number": number,
    }


def receipt_line(
    day: str, receipt: str, quantity: int, card: str | None, original: str | None = None
) -> dict[str, object]:
    """A till receipt of one line of product T, 5.00 a piece."""
    return {
        "receipt_id": receipt,
        "line_number": 1,
        "sold_at": f"{day} 15:00:00",
        "loyalty_card": card,
        "product_code": "T",
        "quantity": quantity,
        "unit_price": 5,
        "currency": "EUR",
        "original_receipt_id": original,
        "_partition": day,
    }


def event(day: str, event_id: str, visitor: str, account: int | None = None) -> dict[str, object]:
    """A page view at noon."""
    return {
        "event_id": event_id,
        "anonymous_id": visitor,
        "account_id": account,
        "event_type": "page_view",
        "occurred_at": f"{day} 12:00:00",
        "_partition": day,
    }


@dataclass
class State:
    """What the masters hold at one moment, by the identifier of the row."""

    failures: str
    transactions: dict[str, dict[str, Any]] = field(default_factory=dict)
    returns: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    ledger: list[tuple[Any, ...]] = field(default_factory=list)
    totals: list[tuple[Any, ...]] = field(default_factory=list)


@dataclass
class Life:
    """The states of the warehouse, in order."""

    two_days: State
    visitor_known: State
    late_file: State
    merged: State
    rebuilt: State


def days(first: str, last: str) -> dict[str, object]:
    """The variables that ask for the days from first to last."""
    return {"partition_from": first, "partition_to": last}


def read_state(project: Project, failures: str) -> State:
    """Reads the masters."""

    def by_key(table: str, columns: str = "*") -> dict[str, dict[str, Any]]:
        query = f"select {columns} from master.{table}"
        names = [name for (name, *_) in project.rows(f"describe {query}")]
        rows = [dict(zip(names, row, strict=True)) for row in project.rows(query)]
        return {row[names[0]]: row for row in rows}

    return State(
        failures,
        # A row that is written again gets another place.
        by_key("transactions", "*, rowid"),
        by_key("returns"),
        by_key("events"),
        by_key("sessions"),
        by_key("customers"),
        dict(
            project.rows(
                "select customer_id, list((net_revenue, valid_to) order by valid_from) "
                "from master.customers_history group by customer_id"
            )
        ),
        project.rows(
            "select * exclude (run_id, restated_at) from master.restatements "
            "order by relation, restated_at"
        ),
        project.rows(
            "select relation, moved_rows, rows_before = rows_after and "
            "amount_before = amount_after from master.restatement_totals "
            "order by relation, restated_at"
        ),
    )


def mark_fourth_day(project: Project, text: str) -> None:
    """Writes into the rows of the fourth day what only building that day again would undo."""
    project.execute(
        f"update master.transactions set description = '{text}' where partition_date = '{FOURTH}'"
    )


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A warehouse with two days of data and a map of who is who."""
    project = Project(Path(tmp_path_factory.mktemp("dbt")))
    project.insert(
        "raw.crm__customers",
        {"customer_id": "CRM-1", "first_name": "Jan", "_partition": FIRST, "_row_number": 1},
    )
    project.insert(
        "raw.webshop__customers",
        {"customer_id": 12346, "first_name": "J.", "_partition": FIRST, "_row_number": 1},
    )
    project.insert(
        "raw.webshop__order_lines",
        order_line(FIRST, 1, "101", 2, 12346),
        order_line(FIRST, 2, "101", 2, 12346),
        order_line(FIRST, 3, "102", 1, None),
        order_line(SECOND, 1, "103", 3, 12347, "Q"),
        order_line(FOURTH, 1, "104", 1, None, "R"),
    )
    project.insert(
        "raw.pos__receipt_lines",
        receipt_line(FIRST, "R1", 2, "LC1"),
        receipt_line(SECOND, "R2", -1, None, "R1"),
    )
    project.insert(
        "raw.web__events", event(FIRST, "e1", "known later"), event(SECOND, "e2", "never known")
    )
    project.insert(
        "identity.customer_id_map",
        {"source": "crm", "source_record_id": "CRM-1", "customer_id": "c_1"},
        {"source": "webshop", "source_record_id": "12346", "customer_id": "c_1"},
        {"source": "webshop", "source_record_id": "12347", "customer_id": "c_2"},
        {"source": "pos", "source_record_id": "LC1", "customer_id": "c_3"},
    )
    return project


@pytest.fixture(scope="session")
def life(project: Project) -> Life:
    """Builds the states, each by one dbt run."""
    everything = ("build", "--exclude-resource-type", "unit_test")

    two_days = read_state(project, project.dbt(*everything))

    project.insert("raw.web__events", event(THIRD, "e3", "known later", 12346))
    project.insert(
        "raw.webshop__order_lines",
        order_line(THIRD, 1, "C105", -1, 12346),
        order_line(THIRD, 2, "C106", -1, 12346, "Q"),
    )
    visitor_known = read_state(project, project.dbt(*everything, variables=days(THIRD, THIRD)))

    # The file of the first day comes again with another line before the others; the tills had no
    # second day after all.
    mark_fourth_day(project, "not built again")
    project.execute(f"""
        update raw.webshop__order_lines set _row_number = _row_number + 1
        where _partition = '{FIRST}';
        delete from raw.pos__receipt_lines where _partition = '{SECOND}';
        delete from raw.webshop__order_lines where _partition = '{SECOND}';
    """)
    project.insert(
        "raw.webshop__order_lines",
        order_line(FIRST, 1, "100", 1, None, "S"),
        order_line(FIRST, 5, "107", 3, 12347, "Q"),
    )
    late_file = read_state(project, project.dbt(*everything, variables=days(FIRST, SECOND)))

    project.execute(
        "update identity.customer_id_map set customer_id = 'c_1' where customer_id = 'c_2'"
    )
    merged = read_state(project, project.dbt(*everything, variables=days(SECOND, SECOND)))

    rebuilt = read_state(
        project,
        project.dbt("run", "--full-refresh", "--select", "master", variables=days(SECOND, SECOND)),
    )
    return Life(two_days, visitor_known, late_file, merged, rebuilt)
