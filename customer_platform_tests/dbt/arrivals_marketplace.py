"""Random days of a small marketplace."""

import random
from collections.abc import Iterator

from customer_platform_tests.dbt.arrivals import (
    DAYS,
    VISITORS,
    Company,
    Step,
    assign_ids,
    day,
    insert,
    moment,
    moves,
)
from customer_platform_tests.dbt.project import Project

ACCOUNTS = tuple(str(number) for number in range(1, 7))
SELLERS = ("S-1", "S-2", "S-3", "S-4")
PRODUCTS = ("P", "Q")
RECORDS = {
    "buyer": [("app", account) for account in ACCOUNTS],
    "seller": [("seller_portal", seller) for seller in SELLERS],
    "party": [
        *(("buyer/app", account) for account in ACCOUNTS),
        *(("seller/seller_portal", seller) for seller in SELLERS),
    ],
}
TABLES = (
    "app__accounts", "app__order_lines", "app__refunds", "seller_portal__sellers", "web__events",
)  # fmt: skip


def _open(project: Project) -> None:
    project.dbt("seed")
    assign_ids(project, RECORDS)


def _arrive(project: Project, step: Step) -> None:
    rng = random.Random(step.seed)
    statements = []
    for number in range(step.first, step.last + 1):
        statements += [
            f"delete from raw.{table} where _partition = '{day(number)}'" for table in TABLES
        ]
        if number not in step.deleted:
            statements += list(_day_inserts(rng, number))
    project.execute(";".join([*statements, *moves(rng, step, RECORDS)]))


def _day_inserts(rng: random.Random, number: int) -> Iterator[str]:
    of_day = {"_partition": day(number)}
    for account in rng.sample(ACCOUNTS, rng.randrange(4)):
        yield insert(
            "raw.app__accounts",
            {
                **of_day,
                "account_id": account,
                "first_name": rng.choice(["Jan", "Piet"]),
                "email": rng.choice(["a@x.nl", "b@x.nl"]),
                "email_consent": rng.choice([True, False, None]),
                "registered_at": "2025-01-01",
                "updated_at": f"2026-01-0{rng.randrange(1, 9)}",
            },
        )
    for seller in rng.sample(SELLERS, rng.randrange(1, len(SELLERS) + 1)):
        yield insert(
            "raw.seller_portal__sellers",
            {
                **of_day,
                "seller_id": seller,
                "company_name": rng.choice(["Alpha", "Beta"]),
                "registered_at": "2025-01-01",
                "updated_at": f"2026-01-0{rng.randrange(1, 9)}",
            },
        )
    for row in range(rng.randrange(2, 9)):
        kind = rng.choice(["sale", "sale", "sale", "correction"])
        yield insert(
            "raw.app__order_lines",
            {
                **of_day,
                "kind": kind,
                "order_id": f"O{number}{rng.randrange(3)}",
                "line_number": row,
                "ordered_at": moment(rng, number),
                "account_id": rng.choice([None, *ACCOUNTS]),
                "seller_id": rng.choice(SELLERS),
                "product_code": rng.choice(PRODUCTS),
                "quantity": rng.choice([1, 2, 3, 5]) if kind == "sale" else 0,
                "unit_price": rng.choice([2, 5]),
                "commission": rng.choice([None, 0.2, 1]),
                "shipping": rng.choice([None, 4]),
                "currency": rng.choice(["EUR", "EUR", "GBP"]),
            },
        )
    for row in range(rng.randrange(4)):
        order = rng.choice([None, f"O{rng.randrange(DAYS)}{rng.randrange(3)}"])
        yield insert(
            "raw.app__refunds",
            {
                **of_day,
                "refund_id": f"R{number}-{row}",
                "refunded_at": moment(rng, number),
                "order_id": order,
                "line_number": None if order is None else rng.randrange(4),
                "account_id": rng.choice([None, *ACCOUNTS]),
                "seller_id": rng.choice(SELLERS),
                "product_code": rng.choice(PRODUCTS),
                "quantity": rng.choice([1, 2, 4]),
                "unit_price": rng.choice([2, 5]),
                "commission": 0.2,
                "currency": rng.choice(["EUR", "EUR", "GBP"]),
            },
        )
    for row in range(rng.randrange(4, 12)):
        site = rng.choice(["shop", "shop", "portal"])
        logs_in = rng.random() < 0.3
        yield insert(
            "raw.web__events",
            {
                **of_day,
                "event_id": f"e{number}-{row:02}",
                "site": site,
                "anonymous_id": rng.choice([None, *VISITORS]),
                "account_id": rng.choice(ACCOUNTS[:3]) if logs_in and site == "shop" else None,
                "seller_id": rng.choice(SELLERS[:3]) if logs_in and site == "portal" else None,
                "event_type": "login" if logs_in else "page_view",
                "occurred_at": moment(rng, number),
            },
        )


MARKETPLACE = Company(
    models=(
        "restatements",
        "restatement_totals",
        "transactions",
        "visitor_accounts",
        "events",
        "returns",
        "marketplace_days",
        "buyer_totals",
        "buyers",
        "buyer_changes",
        "seller_totals",
        "sellers",
        "seller_changes",
        "parties",
    ),
    tables=(
        "transactions",
        "visitor_accounts",
        "events",
        "returns",
        "marketplace_days",
        "buyer_totals",
        "buyers",
        "seller_totals",
        "sellers",
        "parties",
    ),
    histories={
        "buyers_history": "buyers",
        "sellers_history": "sellers",
        "parties_history": "parties",
    },
    open=_open,
    arrive=_arrive,
)
