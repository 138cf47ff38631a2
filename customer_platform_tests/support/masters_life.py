"""The life of a warehouse of masters: what arrives, and its states."""

from dataclasses import dataclass, field
from typing import Any

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
