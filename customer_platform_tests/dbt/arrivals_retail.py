"""Random days of a small shop."""

import random
from collections.abc import Iterator

from customer_platform_tests.dbt.arrivals import (
    DAYS,
    VISITORS,
    Company,
    Step,
    day,
    moment,
    value,
)
from customer_platform_tests.dbt.project import Project

ACCOUNTS = range(1, 7)
CARDS = ("LC1", "LC2", "LC3")
CRM = ("CRM-1", "CRM-2", "CRM-3")
PRODUCTS = ("P", "Q")


def _open(project: Project) -> None:
    """Makes every record that the lookup will hold a customer of its own."""
    project.dbt(
        "build",
        "--select",
        "+source_lookup",
        "resource_type:seed",
        "--resource-type",
        "seed",
        "model",
    )
    project.execute("""
        drop table identity.customer_id_map;
        create table identity.assigned (
            source varchar, source_record_id varchar, customer_id varchar, linked_by_rule varchar
        );
        create view identity.customer_id_map as
        from identity.assigned semi join identity.source_lookup using (source, source_record_id);
    """)
    for source, record in _records():
        project.insert(
            "identity.assigned",
            {"source": source, "source_record_id": record, "customer_id": f"c_{source}_{record}"},
        )


def _arrive(project: Project, step: Step) -> None:
    rng = random.Random(step.seed)
    statements = []
    for number in range(step.first, step.last + 1):
        on_day = f"where _partition = '{day(number)}'"
        statements += [
            f"delete from raw.{table} {on_day}"
            for table in ("webshop__order_lines", "pos__receipt_lines", "web__events")
        ]
        if number not in step.deleted:
            statements += list(_day_inserts(rng, number))
    statements.append("delete from raw.crm__customers")
    statements += list(_crm_inserts(rng))
    for source, record in rng.sample(list(_records()), step.moves):
        customer = rng.choice(["c_crm_CRM-1", "c_webshop_1", "c_pos_LC1", f"c_new_{step.seed}"])
        statements.append(
            f"update identity.assigned set customer_id = '{customer}', "
            f"linked_by_rule = 'email' where source = '{source}' and source_record_id = '{record}'"
        )
    project.execute(";".join(statements))


def _records() -> Iterator[tuple[str, str]]:
    yield from (("webshop", str(account)) for account in ACCOUNTS)
    yield from (("pos", card) for card in CARDS)
    yield from (("crm", number) for number in CRM)


def _day_inserts(rng: random.Random, number: int) -> Iterator[str]:
    for row in range(rng.randrange(2, 8)):
        account = rng.choice([None, *ACCOUNTS])
        quantity = rng.choice([1, 2, 3, 5, -1, -2, -4])
        invoice = f"{'C' if quantity < 0 else ''}{number}{rng.randrange(3)}"
        yield (
            'insert into raw.webshop__order_lines ("InvoiceNo", "StockCode", "Quantity", '
            '"InvoiceDate", "UnitPrice", "CustomerID", "Country", _partition, _source_file, '
            f"_row_number) values ('{invoice}', '{rng.choice(PRODUCTS)}', {quantity}, "
            f"'{moment(rng, number)}', {rng.choice([2, 5])}, {account or 'null'}, 'NL', "
            f"'{day(number)}', 'webshop/order_lines/order_lines_{day(number)}.csv', {row})"
        )
    for row in range(rng.randrange(2, 7)):
        quantity = rng.choice([1, 2, 4, -1, -3])
        original = f"R{rng.randrange(DAYS)}{rng.randrange(2)}" if quantity < 0 else None
        yield (
            "insert into raw.pos__receipt_lines (receipt_id, line_number, sold_at, loyalty_card, "
            "product_code, quantity, unit_price, currency, original_receipt_id, _partition) values "
            f"('R{number}{rng.randrange(2)}', {row}, '{moment(rng, number)}', "
            f"{value(rng.choice([None, *CARDS]))}, '{rng.choice(PRODUCTS)}', {quantity}, 3, 'EUR', "
            f"{value(rng.choice([original, None]))}, '{day(number)}')"
        )
    for row in range(rng.randrange(4, 12)):
        kind = rng.choice(["page_view", "page_view", "login", "purchase"])
        account = rng.choice(ACCOUNTS[:3]) if kind == "login" else None
        order = f'{{"invoice_no": "{rng.randrange(DAYS)}{rng.randrange(3)}"}}'
        yield (
            "insert into raw.web__events (event_id, anonymous_id, account_id, event_type, "
            "occurred_at, utm_source, utm_campaign, properties, _partition) values "
            f"('e{number}-{row:02}', {value(rng.choice([None, *VISITORS]))}, {account or 'null'}, "
            f"'{kind}', '{moment(rng, number)}', {value(rng.choice([None, 'ads', 'mail']))}, 'x', "
            f"{value(order if kind == 'purchase' else None)}, '{day(number)}')"
        )


def _crm_inserts(rng: random.Random) -> Iterator[str]:
    for number in rng.sample(CRM, rng.randrange(1, len(CRM) + 1)):
        yield (
            "insert into raw.crm__customers (customer_id, first_name, email, email_consent, "
            "created_at, updated_at, _partition, _row_number) values "
            f"('{number}', '{rng.choice(['Jan', 'Piet'])}', '{rng.choice(['a', 'b'])}@x.nl', "
            f"{rng.choice(['true', 'false', 'null'])}, '2025-01-01', "
            f"'2026-01-0{rng.randrange(1, 9)}', '2026-01-01', 1)"
        )


RETAIL = Company(
    models=(
        "restated_records",
        "restatements",
        "restatement_totals",
        "transactions",
        "visitor_log_ins",
        "visitor_accounts",
        "events",
        "returns",
        "sessions",
        "golden_records",
        "customer_changes",
    ),
    tables=(
        "transactions",
        "returns",
        "visitor_log_ins",
        "visitor_accounts",
        "events",
        "sessions",
        "golden_records",
        "customer_records",
    ),
    histories={"customers_history": "golden_records"},
    open=_open,
    arrive=_arrive,
)
