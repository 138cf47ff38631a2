"""A made-up shop: records of people in a CRM, a web shop and at tills, healthy until spoilt."""

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from customer_platform.declarations.health import Health
from customer_platform.identity import Delta, OutputTables, ResolutionRules, update_map
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.health.check import check_health
from customer_platform.stewardship.health.findings import HealthReport, keep_figures
from customer_platform_tests.identity.helpers import next_day

Record = dict[str, Any]
Spoil = Callable[[list[Record]], None]

COLUMNS = (
    "source",
    "source_record_id",
    "first_name_key",
    "last_name_key",
    "birth_date_key",
    "gender",
    "postcode_key",
    "email",
    "email_key",
    "phone",
    "phone_key",
    "loyalty_card_key",
)
OUTPUT = OutputTables("identity")
RULES = ResolutionRules.model_validate(
    {
        "source": "source",
        "record_id": "source_record_id",
        "match_keys": {
            key: {"column": f"{key}_key"}
            for key in (
                "loyalty_card",
                "email",
                "phone",
                "first_name",
                "last_name",
                "birth_date",
                "postcode",
            )
        },
        "match_rules": [
            {"name": "card", "match": ["loyalty_card"], "max_records_per_value": 20},
            {"name": "email", "match": ["email"], "max_records_per_value": 20},
            {"name": "phone", "match": ["phone", "first_name"], "max_records_per_value": 20},
        ],
    }
)

_FIRST = [
    f"{a}{b}" for a in ("an", "be", "ka", "jo", "mi", "su") for b in ("na", "ter", "lo", "sem")
]
_LAST = [
    f"{a}{b}"
    for a in ("bakk", "smits", "visk", "kuip", "molen", "brouw", "dekk", "schip")
    for b in ("ers", "ma", "stra", "huis", "berg", "inga")
]


def with_rules(*rules: dict[str, Any]) -> ResolutionRules:
    """The shop's match keys under other match rules."""
    return RULES.model_validate({**RULES.model_dump(exclude_none=True), "match_rules": rules})


def shop(people: int = 240, first: int = 0) -> list[Record]:
    """Records of people: everybody in the CRM, half in the web shop, a third at the tills.

    Args:
        people: How many.
        first: Number of the first, so that others can come on another day.
    """
    records = []
    for number in range(first, first + people):
        chance = random.Random(number)
        born = date(1940, 1, 1) + timedelta(days=chance.randrange(25_000))
        person: Record = {
            "first_name_key": chance.choice(_FIRST),
            "last_name_key": chance.choice(_LAST),
            "birth_date_key": born.isoformat(),
            "gender": chance.choice(["m", "f", None]),
            "postcode_key": f"{1000 + chance.randrange(8000)}AB",
            "email": f"p{number}@example.com",
            "phone": f"+316{10_000_000 + number}",
        }
        person |= {"email_key": person["email"], "phone_key": person["phone"]}
        card = f"26{number:011}"
        records.append({**person, "source": "crm", "loyalty_card_key": card})
        if number % 2:
            first_name = person["first_name_key"]
            spelt = first_name[0] if number % 5 == 0 else first_name
            records.append(
                {**person, "source": "webshop", "first_name_key": spelt, "birth_date_key": None}
            )
        if number % 3 == 0:
            records.append({"source": "pos", "loyalty_card_key": card})
    return [
        {**dict.fromkeys(COLUMNS), **record, "source_record_id": f"{first}-{position}"}
        for position, record in enumerate(records)
    ]


def of_source(records: Sequence[Record], source: str) -> list[Record]:
    """The records of a source."""
    return [record for record in records if record["source"] == source]


def load(connection: duckdb.DuckDBPyConnection, records: Sequence[Record]) -> None:
    """Makes the table `lookup` of the records."""
    table = pa.table(
        {name: pa.array([record[name] for record in records], pa.string()) for name in COLUMNS}
    )
    connection.register("made_up", table)
    connection.execute("create or replace table lookup as select * from made_up")
    connection.unregister("made_up")


def examine(
    connection: duckdb.DuckDBPyConnection,
    records: Sequence[Record],
    rules: ResolutionRules = RULES,
    health: Health | None = None,
    at: datetime | None = None,
) -> HealthReport:
    """Resolves the records on the next day, and checks and keeps the health of the map."""
    load(connection, records)
    update_map(connection, Delta("lookup"), rules, OUTPUT, at or next_day(connection))
    store = IdentityStore(connection, "lookup", rules, OUTPUT)
    report = check_health(store, health or Health())
    keep_figures(store, report)
    return report


def failed(report: HealthReport) -> dict[str, list[str]]:
    """By failed check, what its figures beyond the bound are of."""
    return {check.name: [figure.subject for figure in check.beyond] for check in report.failed}
