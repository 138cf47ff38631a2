"""Random days of a small supplier of companies."""

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

ACCOUNTS = ("A-1", "A-2", "A-3", "A-4")
# The ERP never delivers the last.
DEBTORS = ("1", "2", "3", "4")
CONTACTS = ("C-1", "C-2", "C-3", "C-4")
EMAILS = ("a@x.nl", "b@x.nl", "c@x.nl")
PRODUCTS = ("P", "Q")
RECORDS = {
    "account": [
        *(("crm", account) for account in ACCOUNTS),
        *(("erp", debtor) for debtor in DEBTORS),
    ],
    "contact": [
        *(("crm", contact) for contact in CONTACTS),
        *(("web", email) for email in EMAILS),
    ],
}
TABLES = ("crm__accounts", "crm__contacts", "erp__debtors", "erp__invoice_lines", "web__events")


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
    made = {"created_at": "2025-01-01", "updated_at": f"2026-01-0{rng.randrange(1, 9)}"}
    for account in ACCOUNTS[: rng.randrange(1, len(ACCOUNTS) + 1)]:
        yield insert(
            "raw.crm__accounts",
            {
                **of_day,
                **made,
                "account_id": account,
                "name": f"{rng.choice(['Alpha', 'Beta'])} {account}",
                "website": rng.choice([None, "x.nl", f"{account.lower()}.nl"]),
                "parent_account_id": rng.choice([None, None, *ACCOUNTS]),
            },
        )
    for contact in rng.sample(CONTACTS, rng.randrange(1, len(CONTACTS) + 1)):
        yield insert(
            "raw.crm__contacts",
            {
                **of_day,
                **made,
                "contact_id": contact,
                "account_id": rng.choice([None, *ACCOUNTS]),
                "first_name": rng.choice(["Jan", "Piet"]),
                "email": rng.choice([None, *EMAILS]),
            },
        )
    for debtor in rng.sample(DEBTORS[:3], rng.randrange(3)):
        yield insert(
            "raw.erp__debtors",
            {**of_day, **made, "debtor_number": debtor, "company_name": f"Debtor {debtor}"},
        )
    for row in range(rng.randrange(2, 8)):
        kind = rng.choice(["invoice", "invoice", "invoice", "credit_note", "bad_debt"])
        pieces = rng.choice([1, 2, 3, 5])
        yield insert(
            "raw.erp__invoice_lines",
            {
                **of_day,
                "document_number": f"{kind[0]}{number}{rng.randrange(3)}",
                "line_number": row,
                "document_type": kind,
                "debtor_number": rng.choice(DEBTORS),
                "crm_contact_id": rng.choice([None, *CONTACTS]),
                "document_date": moment(rng, number),
                "product_code": rng.choice(PRODUCTS),
                "quantity": pieces if kind == "invoice" else -pieces,
                "unit_price": rng.choice([2, 5]),
                "currency": rng.choice(["EUR", "EUR", "USD"]),
                "credited_invoice": (
                    rng.choice([None, f"i{rng.randrange(DAYS)}{rng.randrange(3)}"])
                    if kind == "credit_note"
                    else None
                ),
            },
        )
    for row in range(rng.randrange(4, 12)):
        fills_in = rng.random() < 0.3
        yield insert(
            "raw.web__events",
            {
                **of_day,
                "event_id": f"e{number}-{row:02}",
                "anonymous_id": rng.choice([None, *VISITORS]),
                "email": rng.choice(EMAILS) if fills_in else None,
                "event_type": "form_submit" if fills_in else "page_view",
                "occurred_at": moment(rng, number),
            },
        )


B2B = Company(
    models=(
        "account_parents",
        "account_ancestors",
        "account_hierarchy",
        "account_domains",
        "employments",
        "restatements",
        "restatement_totals",
        "transactions",
        "account_revenue",
        "visitor_contacts",
        "events",
        "returns",
        "contacts",
        "contact_changes",
        "accounts",
    ),
    tables=(
        "account_hierarchy",
        "account_domains",
        "employments",
        "transactions",
        "account_revenue",
        "visitor_contacts",
        "events",
        "returns",
        "contacts",
        "accounts",
    ),
    histories={"accounts_history": "accounts", "contacts_history": "contacts"},
    open=_open,
    arrive=_arrive,
)
