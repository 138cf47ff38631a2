"""The demo marketplace: deterministic, complete, and as full of quirks as its rates say."""

import hashlib
from datetime import date
from pathlib import Path

import duckdb
import pytest

from customer_platform.demo import DemoSummary
from customer_platform.demo.marketplace import generate, rates
from customer_platform.errors import DemoError

END = date(2026, 1, 10)
DAYS = 10


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return generate(tmp_path_factory.mktemp("demo"), customers=800, days=DAYS, seed=42, end=END)


@pytest.fixture(scope="module")
def landed(demo: DemoSummary) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, reader in {
        "accounts": "read_csv('{}/app/accounts/*.csv', all_varchar = true)",
        "order_lines": "read_parquet('{}/app/order_lines/*.parquet')",
        "refunds": "read_csv('{}/app/refunds/*.csv', types = {{'order_id': 'varchar'}})",
        "sellers": "read_csv('{}/seller_portal/sellers/*.csv', all_varchar = true)",
        "leads": "read_json('{}/sales_crm/leads/*.jsonl')",
        "contacts": "read_csv('{}/helpdesk/contacts/*.csv', all_varchar = true)",
        "events": "read_json('{}/web/events/*.jsonl.gz')",
    }.items():
        connection.execute(f"create table {name} as from {reader.format(demo.landing)}")
    connection.execute(f"create table truth as from '{demo.truth}'")
    return connection


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> float:
    return float(connection.execute(query).fetchall()[0][0])


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(tmp_path / name, customers=150, days=3, seed=3, end=END)
    one, two = _digests(tmp_path / "one"), _digests(tmp_path / "two")
    assert one == two
    generate(tmp_path / "two", customers=150, days=3, seed=4, end=END)
    assert _digests(tmp_path / "two") != one


def test_a_smaller_demo_replaces_all_files_of_a_larger_one(tmp_path: Path) -> None:
    generate(tmp_path, customers=150, days=5, end=END)
    summary = generate(tmp_path, customers=150, days=2, end=END)
    files = [file for file in summary.landing.rglob("*") if file.is_file()]
    assert len(files) == sum(summary.files.values())


def test_the_truth_knows_every_record_and_no_other(landed: duckdb.DuckDBPyConnection) -> None:
    landed.execute("""
        create or replace view records as
        select 'buyer' as entity, 'app' as source, account_id as id from accounts
        union select 'buyer', 'helpdesk', contact_id from contacts where role in ('buyer', 'both')
        union select 'seller', 'helpdesk', contact_id from contacts where role in ('seller', 'both')
        union select 'seller', 'seller_portal', seller_id from sellers
        union select 'seller', 'sales_crm', lead_id from leads
    """)
    known = "select entity, source, source_record_id as id from truth where entity <> 'party'"
    for one, other in (("from records", known), (known, "from records")):
        assert _value(landed, f"select count(*) from ({one} except {other})") == 0
    parties = _value(landed, "select count(*) from truth where entity = 'party'")
    assert parties == _value(landed, "select count(*) from records")


def test_some_people_buy_and_sell_and_some_own_two_companies(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    both = """
        select count(*) from (
            select person_id from truth where entity = 'party' group by person_id
            having count(distinct split_part(source, '/', 1)) = 2
        )
    """
    assert _value(landed, both) > 20
    assert _value(landed, "select count(*) from contacts where role = 'both'") > 0
    owners = "select count(distinct email) - count(distinct (email, company_name)) from sellers"
    assert _value(landed, owners) < 0


def test_orders_name_sellers_of_the_portal_and_accounts_that_exist(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    for table in ("order_lines", "refunds"):
        strangers = (
            f"select count(*) from {table} where seller_id not in (select seller_id from sellers) "
            f"or account_id::varchar not in (select account_id from accounts)"
        )
        assert _value(landed, strangers) == 0
    guests = _value(landed, "select avg((account_id is null)::int) from order_lines")
    assert rates.GUEST_ORDERS / 2 < guests < 0.4


def test_nobody_is_refunded_more_of_a_line_than_it_has(landed: duckdb.DuckDBPyConnection) -> None:
    too_much = """
        select count(*) from refunds as r
        left join order_lines as l
            on r.order_id = l.order_id and r.line_number = l.line_number and l.kind = 'sale'
        where r.order_id is not null and (
            l.order_id is null or r.quantity > l.quantity or r.commission > l.commission
            or r.unit_price <> l.unit_price or r.refunded_at <= l.ordered_at
        )
    """
    assert _value(landed, too_much) == 0
    named = _value(landed, "select avg((order_id is not null)::int) from refunds")
    assert abs(named - rates.RETURN_NAMES_LINE) < 0.15


def test_the_commission_is_a_rate_of_the_sellers_and_corrections_give_some_back(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    rates_of_lines = """
        select count(*) from order_lines where kind = 'sale'
        and abs(commission - quantity * unit_price * 0.08) > 0.01
        and abs(commission - quantity * unit_price * 0.10) > 0.01
        and abs(commission - quantity * unit_price * 0.12) > 0.01
        and abs(commission - quantity * unit_price * 0.15) > 0.01
    """
    assert _value(landed, rates_of_lines) == 0
    corrections = "from order_lines where kind = 'correction'"
    assert _value(landed, f"select count(*) {corrections}") > 0
    assert (
        _value(landed, f"select count(*) {corrections} and (quantity <> 0 or commission > 0)") == 0
    )


def test_sellers_visit_their_portal_on_devices_that_their_owners_shop_with(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    devices = """
        select count(distinct anonymous_id) from events where site = 'portal' and anonymous_id in
        (select anonymous_id from events where site = 'shop' and account_id is not null)
    """
    assert _value(landed, devices) > 0
    assert _value(landed, "select count(*) from events where seller_id is not null") > 0


@pytest.mark.parametrize(("name", "value"), [("customers", 9), ("days", 0), ("seed", -1)])
def test_a_size_that_makes_no_demo_is_refused(tmp_path: Path, name: str, value: int) -> None:
    with pytest.raises(DemoError, match=f"{name} is {value}: must be at least"):
        generate(tmp_path, **{name: value}, end=END)
