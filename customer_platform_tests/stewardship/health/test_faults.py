"""Faults as sources and rules have them: a healthy shop trips no check, each fault its own."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from customer_platform.declarations.health import Health
from customer_platform.stewardship.health.check import applicable
from customer_platform_tests.stewardship.health.shop import (
    RULES,
    Record,
    examine,
    failed,
    of_source,
    shop,
    with_rules,
)

Connection = duckdb.DuckDBPyConnection
Spoil = Callable[[list[Record]], None]


def _set(source: str, some: int, **values: Any) -> Spoil:
    """Gives the first of a source's records these values."""

    def spoil(records: list[Record]) -> None:
        for record in of_source(records, source)[:some]:
            record.update(values)

    return spoil


def _swap(source: str, one: str, other: str) -> Spoil:
    """Swaps two columns of a source."""

    def spoil(records: list[Record]) -> None:
        for record in of_source(records, source):
            record[one], record[other] = record[other], record[one]

    return spoil


def _placeholder(some: int) -> Spoil:
    return _set("webshop", some, email="info@shop.nl", email_key="info@shop.nl")


def _unborn(records: list[Record]) -> None:
    for number, record in enumerate(of_source(records, "crm")[:30]):
        record["birth_date_key"] = f"20{60 + number}-03-04"


def _cards_cut(records: list[Record]) -> None:
    for record in of_source(records, "pos"):
        record["loyalty_card_key"] = f"x{record['loyalty_card_key'][-3:]}"


# Faults that don't hide each other share a shop. By what goes wrong: how, and the check and the
# subject that name it.
SHOPS: dict[str, dict[str, tuple[Spoil, str, str]]] = {
    "placeholders": {
        "an email that links": (_placeholder(12), "values_of_many_people", "email"),
        "a phone": (
            _set("crm", 15, phone="+31111111111", phone_key="+31111111111"),
            "values_of_many_people",
            "phone",
        ),
        "birth dates that default to 1970": (
            _set("crm", 30, birth_date_key="1970-01-01"),
            "frequent_values",
            "crm birth_date",
        ),
        "a first name that says that there is none": (
            _set("crm", 100, first_name_key="unknown"),
            "frequent_values",
            "crm first_name",
        ),
    },
    "one for all": {
        "an email that too many share to link": (
            _placeholder(60),
            "values_of_many_people",
            "email",
        ),
        "a till that sends one card": (
            _set("pos", 80, loyalty_card_key="2699999999999"),
            "frequent_values",
            "pos loyalty_card",
        ),
        "one postcode": (
            _set("webshop", 120, postcode_key="1234AB"),
            "frequent_values",
            "webshop postcode",
        ),
        "birth dates that default to 1900": (
            _set("crm", 30, birth_date_key="1900-01-01"),
            "ages",
            "crm",
        ),
    },
    "swapped": {
        "first and last name": (
            _swap("webshop", "first_name_key", "last_name_key"),
            "swapped_columns",
            "webshop first_name",
        ),
        "phone and postcode": (
            _swap("webshop", "phone_key", "postcode_key"),
            "value_kinds",
            "webshop postcode",
        ),
        "cards cut off, so that they are of another kind": (
            _cards_cut,
            "value_kinds",
            "pos loyalty_card",
        ),
        "birth dates in the future": (_unborn, "ages", "crm"),
    },
    "some": {
        "a till among others that sends one card": (
            _set("pos", 25, loyalty_card_key="2699999999999"),
            "frequent_values",
            "pos loyalty_card",
        ),
        "an email in the column of last names": (
            _set("crm", 60, last_name_key="someone@example.com"),
            "value_kinds",
            "crm last_name",
        ),
        "phones that are no numbers": (
            _set("webshop", 60, phone="see CRM", phone_key=None),
            "usable_values",
            "webshop phone",
        ),
    },
}


def test_a_healthy_shop_trips_no_check(connection: Connection) -> None:
    report = examine(connection, shop())
    assert failed(report) == {}
    looked_at = {check.name for check in report.checks if check.applies}
    assert looked_at == set(applicable(RULES, Health())) - {"frequent_records"}


def test_a_healthy_shop_stays_healthy_when_new_people_come(connection: Connection) -> None:
    examine(connection, shop(240))
    assert failed(examine(connection, [*shop(240), *shop(160, first=1000)])) == {}


@pytest.mark.parametrize("faults", SHOPS)
def test_every_fault_of_a_source_is_named_by_its_check(connection: Connection, faults: str) -> None:
    records = shop()
    for spoil, _, _ in SHOPS[faults].values():
        spoil(records)
    found = failed(examine(connection, records))
    missed = [
        fault
        for fault, (_, check, subject) in SHOPS[faults].items()
        if subject not in found.get(check, [])
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("match", "checks"),
    [
        ("last_name", {"given_names", "birth_dates", "genders", "postcodes"}),
        ("first_name", {"last_names", "birth_dates", "genders", "postcodes"}),
    ],
)
def test_a_rule_that_merges_strangers_is_named(
    connection: Connection, match: str, checks: set[str]
) -> None:
    found = failed(examine(connection, shop(), with_rules({"name": "weak", "match": [match]})))
    assert checks <= set(found)
    assert "weak" in found["customers_at_odds"]


def test_a_rule_that_merges_two_strangers_at_a_time_is_named(connection: Connection) -> None:
    records = shop(300)
    crm = of_source(records, "crm")
    for one, other in zip(crm[::2], crm[1::2], strict=True):
        other["postcode_key"] = one["postcode_key"] = f"{one['source_record_id']}XX"
    rules = with_rules({"name": "neighbours", "match": ["postcode"]})
    found = failed(examine(connection, records, rules))
    assert "neighbours" in found["customers_at_odds"]
    assert "given_names" not in found
