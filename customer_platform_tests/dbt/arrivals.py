"""Random days of a small shop: what arrives, is corrected or deleted, and who becomes whom."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from customer_platform_tests.dbt.project import Project

FIRST_DAY = date(2026, 1, 1)
DAYS = 5
ACCOUNTS = range(1, 7)
CARDS = ("LC1", "LC2", "LC3")
CRM = ("CRM-1", "CRM-2", "CRM-3")
PRODUCTS = ("P", "Q")
VISITORS = ("v1", "v2", "v3", "v4", "undefined")
# A visitor who logs in to all of them is nobody's.
MOST_ACCOUNTS = 2
# The models of the masters that a run builds one after another, without the last, which settles it.
MODELS = (
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
)


@dataclass(frozen=True)
class Step:
    """One run of the masters, and what happens before it.

    Attributes:
        first: The first day asked for, counted from 0.
        last: The last day, included.
        deleted: Days of them whose files are gone.
        seed: Of what the files hold and who moves to which customer.
        moves: How many records get another customer.
        stops_after: The model after which the run fails; None if it doesn't.
        rebuilds: Whether the run builds everything anew.
    """

    first: int
    last: int
    deleted: frozenset[int]
    seed: int
    moves: int
    stops_after: str | None = None
    rebuilds: bool = False

    @property
    def is_built(self) -> bool:
        """Whether its days are built; those that aren't are asked for again."""
        return self.stops_after is None or MODELS.index(self.stops_after) >= MODELS.index("events")

    @property
    def arguments(self) -> list[str]:
        """The arguments of its dbt run."""
        arguments = ["--full-refresh"] if self.rebuilds else []
        if self.stops_after is None:
            return arguments
        built = MODELS[: MODELS.index(self.stops_after) + 1]
        return [*arguments, "--select", "staging", "identity", *built]


def schedule(seed: int) -> list[Step]:
    """Four to six runs, each of a day or a range of days in any order, some files of them gone.

    One or more of the runs fail halfway, never the last, and some of those rebuild everything.
    """
    rng = random.Random(seed)
    steps: list[Step] = []
    runs = rng.randint(4, 6)
    failing = {rng.randrange(1, runs - 1), *(n for n in range(runs - 1) if rng.random() < 0.2)}
    for number in range(runs):
        first = rng.randrange(DAYS)
        last = min(DAYS - 1, first + rng.choice([0, 0, 1, DAYS]))
        if steps and not steps[-1].is_built:
            first, last = min(first, steps[-1].first), max(last, steps[-1].last)
        deleted = [rng.randint(first, last)] if rng.random() < 0.3 else []
        steps.append(
            Step(
                first,
                last,
                frozenset(deleted),
                rng.randrange(10**6),
                moves=rng.randrange(5),
                stops_after=rng.choice(MODELS) if number in failing else None,
                rebuilds=number in failing and rng.random() < 0.25,
            )
        )
    return steps


def day(number: int) -> str:
    """The ISO day of a number."""
    return (FIRST_DAY + timedelta(days=number)).isoformat()


def open_shop(project: Project) -> None:
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


def arrive(project: Project, step: Step) -> dict[str, object]:
    """Lets the files of a step arrive, and records change hands.

    Returns:
        The dbt variables that ask for its days.
    """
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
    return {"partition_from": day(step.first), "partition_to": day(step.last)}


def _records() -> Iterator[tuple[str, str]]:
    yield from (("webshop", str(account)) for account in ACCOUNTS)
    yield from (("pos", card) for card in CARDS)
    yield from (("crm", number) for number in CRM)


def _moment(rng: random.Random, number: int) -> str:
    """A moment of the day, now and then just before or after midnight, or late by a day."""
    start = datetime.combine(FIRST_DAY + timedelta(days=number), datetime.min.time())
    minute = rng.choice([rng.randrange(0, 40), rng.randrange(1400, 1440), rng.randrange(600, 700)])
    if rng.random() < 0.1:
        minute -= 24 * 60
    return (start + timedelta(minutes=minute)).isoformat(sep=" ")


def _text(value: object) -> str:
    return "null" if value is None else f"'{value}'"


def _day_inserts(rng: random.Random, number: int) -> Iterator[str]:
    for row in range(rng.randrange(2, 8)):
        account = rng.choice([None, *ACCOUNTS])
        quantity = rng.choice([1, 2, 3, 5, -1, -2, -4])
        invoice = f"{'C' if quantity < 0 else ''}{number}{rng.randrange(3)}"
        yield (
            'insert into raw.webshop__order_lines ("InvoiceNo", "StockCode", "Quantity", '
            '"InvoiceDate", "UnitPrice", "CustomerID", "Country", _partition, _source_file, '
            f"_row_number) values ('{invoice}', '{rng.choice(PRODUCTS)}', {quantity}, "
            f"'{_moment(rng, number)}', {rng.choice([2, 5])}, {account or 'null'}, 'NL', "
            f"'{day(number)}', 'webshop/order_lines/order_lines_{day(number)}.csv', {row})"
        )
    for row in range(rng.randrange(2, 7)):
        quantity = rng.choice([1, 2, 4, -1, -3])
        original = f"R{rng.randrange(DAYS)}{rng.randrange(2)}" if quantity < 0 else None
        yield (
            "insert into raw.pos__receipt_lines (receipt_id, line_number, sold_at, loyalty_card, "
            "product_code, quantity, unit_price, currency, original_receipt_id, _partition) values "
            f"('R{number}{rng.randrange(2)}', {row}, '{_moment(rng, number)}', "
            f"{_text(rng.choice([None, *CARDS]))}, '{rng.choice(PRODUCTS)}', {quantity}, 3, 'EUR', "
            f"{_text(rng.choice([original, None]))}, '{day(number)}')"
        )
    for row in range(rng.randrange(4, 12)):
        kind = rng.choice(["page_view", "page_view", "login", "purchase"])
        account = rng.choice(ACCOUNTS[:3]) if kind == "login" else None
        order = f'{{"invoice_no": "{rng.randrange(DAYS)}{rng.randrange(3)}"}}'
        yield (
            "insert into raw.web__events (event_id, anonymous_id, account_id, event_type, "
            "occurred_at, utm_source, utm_campaign, properties, _partition) values "
            f"('e{number}-{row:02}', {_text(rng.choice([None, *VISITORS]))}, {account or 'null'}, "
            f"'{kind}', '{_moment(rng, number)}', {_text(rng.choice([None, 'ads', 'mail']))}, 'x', "
            f"{_text(order if kind == 'purchase' else None)}, '{day(number)}')"
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
