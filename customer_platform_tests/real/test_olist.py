"""Olist, a real marketplace, brought in by the very steps of docs/marketplace.md."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from customer_platform.project import REPOSITORY
from customer_platform_tests.docs.guide import (
    cloned_project,
    follow,
    reader_variables,
    sections,
)
from customer_platform_tests.support.looked_at import AS_WANTED, look_at_workbench
from customer_platform_tests.support.real_data import DATA, needs

FILES = (
    "olist_customers.csv", "olist_sellers.csv", "olist_orders.csv", "olist_order_items.csv",
    "olist_order_payments.csv", "olist_products.csv",
)  # fmt: skip

pytestmark = needs(*FILES)

STEPS = sections((REPOSITORY / "docs" / "marketplace.md").read_text())["Bring in your own sources"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which Olist is brought in."""
    return cloned_project(tmp_path_factory.mktemp("olist"))


@pytest.fixture(scope="module")
def printed(project: Path) -> Iterator[tuple[str, Any]]:
    """What the steps print, and the warehouse they leave."""
    output = follow(STEPS, project, reader_variables(project) | {"OLIST": str(DATA)})
    warehouse = project / ".customer_platform" / "marketplace" / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        yield output, connection


def _row(connection: Any, query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = connection.execute(query).fetchall()[0]
    return row


def test_every_check_passes(printed: tuple[str, Any]) -> None:
    output, _ = printed
    assert "customer_unique_id        varchar    100%    19,831  account_number (by name)" in output
    assert re.search(r"Checks: \d+ passed, \d+ warned, 0 failed\.", output)


def test_orders_items_buyers_and_sellers_are_those_of_the_files(printed: tuple[str, Any]) -> None:
    _, connection = printed
    assert _row(
        connection,
        "select (select count(*) from staging.stg_olist__olist_orders), "
        "(select count(*) from master.transactions), (select count(*) from master.buyers), "
        "(select count(*) from master.sellers)",
    ) == (20_000, 22_618, 19_831, 2_096)
    customers = f"read_csv('{DATA / 'olist_customers.csv'}', all_varchar = true)"
    # One buyer per customer_unique_id, in both directions.
    assert _row(
        connection,
        f"select count(distinct customer_unique_id), count(distinct buyer_id), "
        f"count(distinct (customer_unique_id, buyer_id)) from {customers} "
        f"inner join identity.buyer_id_map on customer_id = source_record_id",
    ) == (19_831, 19_831, 19_831)
    nobody = "select count(*) from master.transactions where buyer_id is null or seller_id is null"
    assert _row(connection, nobody) == (0,)


def test_prices_and_freight_add_up_to_the_files_to_the_cent(printed: tuple[str, Any]) -> None:
    _, connection = printed
    file = f"read_csv('{DATA / 'olist_order_items.csv'}', all_varchar = true)"
    landed = _row(
        connection,
        f"select sum(price::decimal(18, 2)), sum(freight_value::decimal(18, 2)) from {file}",
    )
    for master in (
        "select sum(gmv), sum(shipping) from master.marketplace_days",
        "select sum(amount), sum(shipping) from master.transactions",
        "select sum(gmv), sum(shipping) from master.buyer_totals",
        "select sum(gmv), sum(shipping) from master.seller_totals",
    ):
        assert _row(connection, master) == landed
    sellers = (
        f"select count(*) from (select seller_id, sum(price::decimal(18, 2)) as gmv from {file} "
        f"group by seller_id) as files inner join identity.seller_id_map as ids "
        f"on files.seller_id = ids.source_record_id inner join master.sellers as sellers "
        f"on ids.seller_id = sellers.seller_id and files.gmv = sellers.gmv"
    )
    assert _row(connection, sellers) == (2_096,)


def test_there_is_a_row_for_every_day_on_which_there_were_orders(
    printed: tuple[str, Any],
) -> None:
    _, connection = printed
    orders = f"read_csv('{DATA / 'olist_orders.csv'}', all_varchar = true)"
    items = f"read_csv('{DATA / 'olist_order_items.csv'}', all_varchar = true)"
    of_files = (
        f"select count(distinct order_purchase_timestamp::date) from {orders} "
        f"where order_id in (select order_id from {items})"
    )
    days = _row(connection, "select count(*) from master.marketplace_days")
    assert days == _row(connection, of_files) == (609,)


def test_a_commission_that_nobody_says_is_unknown(printed: tuple[str, Any]) -> None:
    _, connection = printed
    assert _row(
        connection, "select count(commission), count(seller_payout) from master.transactions"
    ) == (0, 0)


def test_the_workbench_finds_and_shows_buyers_and_sellers(
    printed: tuple[str, Any], project: Path
) -> None:
    variables = reader_variables(project) | {"CUSTOMER_PLATFORM_BUSINESS_MODEL": "marketplace"}
    found = look_at_workbench(variables, project)
    assert found["buyers"] == AS_WANTED
    # Of sellers and parties no record has anything but a place and a number of its own.
    nothing_matches = AS_WANTED | {"matches": False}
    assert (found["sellers"], found["parties"]) == (nothing_matches, nothing_matches)
