import gzip
import json
import re
from datetime import date, timedelta

import duckdb
import pytest

from customer_platform.demo import DemoSummary
from customer_platform_tests.support.retail_demo import DAYS, value

DAY = r"\d{4}-\d{2}-\d{2}"
CSV_HEADERS = {
    "crm/customers": "customer_id,first_name,last_name,email,phone,birth_date,street,postcode,city,"
    "country,loyalty_card,email_consent,created_at,updated_at",
    "webshop/customers": "customer_id,first_name,last_name,email,phone,street,postcode,city,"
    "country,registered_at,updated_at",
    "webshop/order_lines": "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,"
    "CustomerID,Country",
    "support/contacts": "contact_id,first_name,last_name,email,phone,postcode,topic,created_at,"
    "updated_at",
}


@pytest.mark.parametrize("folder", CSV_HEADERS)
def test_every_csv_file_has_the_agreed_columns_in_order(demo: DemoSummary, folder: str) -> None:
    table = folder.rpartition("/")[2]
    files = sorted((demo.landing / folder).iterdir())
    assert len(files) == demo.files[folder.replace("/", "__")]
    for file in files:
        assert re.fullmatch(rf"{table}_{DAY}\.csv", file.name)
        assert file.read_text(encoding="utf-8").splitlines()[0] == CSV_HEADERS[folder]


def test_receipt_lines_have_the_agreed_columns_and_types(demo: DemoSummary) -> None:
    files = sorted((demo.landing / "pos/receipt_lines").iterdir())
    assert len(files) == DAYS
    assert re.fullmatch(rf"receipt_lines_{DAY}\.parquet", files[0].name)
    for file in files:
        columns = duckdb.execute(f"describe from '{file}'").fetchall()
        assert [tuple(column[:2]) for column in columns] == [
            ("receipt_id", "VARCHAR"),
            ("line_number", "INTEGER"),
            ("store", "VARCHAR"),
            ("sold_at", "TIMESTAMP"),
            ("loyalty_card", "VARCHAR"),
            ("email", "VARCHAR"),
            ("product_code", "VARCHAR"),
            ("description", "VARCHAR"),
            ("quantity", "BIGINT"),
            ("unit_price", "DECIMAL(18,2)"),
            ("currency", "VARCHAR"),
            ("original_receipt_id", "VARCHAR"),
        ]


def test_subscribers_are_json_lines_with_the_agreed_keys(demo: DemoSummary) -> None:
    files = sorted((demo.landing / "newsletter/subscribers").iterdir())
    assert len(files) == DAYS
    for file in files:
        assert re.fullmatch(rf"subscribers_{DAY}\.jsonl", file.name)
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            assert list(row) == [
                "subscriber_id", "email", "first_name", "last_name", "postcode", "status",
                "subscribed_at", "updated_at",
            ]  # fmt: skip
            assert row["status"] in ("subscribed", "unsubscribed")
            assert re.fullmatch(rf"{DAY}T\d\d:\d\d:\d\d", row["updated_at"])


def test_events_are_gzipped_json_lines_with_the_agreed_keys(demo: DemoSummary) -> None:
    files = sorted((demo.landing / "web/events").iterdir())
    assert len(files) == DAYS
    for file in files:
        assert re.fullmatch(rf"events_{DAY}\.jsonl\.gz", file.name)
        for line in gzip.decompress(file.read_bytes()).decode().splitlines():
            row = json.loads(line)
            assert list(row) == [
                "event_id", "anonymous_id", "account_id", "event_type", "occurred_at", "url",
                "utm_source", "utm_campaign", "properties",
            ]  # fmt: skip
            assert isinstance(row["properties"], dict)


def test_no_half_written_file_stays_behind(demo: DemoSummary) -> None:
    assert not [f for f in demo.landing.parent.rglob("*") if f.name.startswith(".")]


def test_the_rows_of_a_daily_file_are_of_its_day(landed: duckdb.DuckDBPyConnection) -> None:
    for table, column in {
        "webshop__order_lines": "InvoiceDate",
        "pos__receipt_lines": "sold_at",
        "web__events": "occurred_at",
    }.items():
        wrong = f"{column}::date <> regexp_extract(filename, '{DAY}')::date"
        assert value(landed, f"select count(*) from {table} where {wrong}") == 0


def test_primary_keys_are_unique_in_every_file(landed: duckdb.DuckDBPyConnection) -> None:
    for table, key in {
        "crm__customers": "customer_id",
        "webshop__customers": "customer_id",
        "newsletter__subscribers": "subscriber_id",
        "support__contacts": "contact_id",
        "pos__receipt_lines": "(receipt_id, line_number)",
        "web__events": "event_id",
    }.items():
        repeated = f"select 1 from {table} group by filename, {key} having count(*) > 1"
        assert value(landed, f"select count(*) from ({repeated})") == 0


def test_crm_snapshots_grow_and_change(landed: duckdb.DuckDBPyConnection) -> None:
    sizes = landed.execute(
        "select count(*) from crm__customers group by filename order by filename"
    ).fetchall()
    assert sizes == sorted(sizes)
    assert sizes[-1][0] > sizes[0][0]
    changed = """
        select count(*) from (
            select customer_id from crm__customers
            group by customer_id having count(distinct updated_at) > 1
        )
    """
    assert value(landed, changed) > 20


def test_a_delta_starts_with_everything_and_goes_on_with_what_is_new_or_changed(
    demo: DemoSummary, landed: duckdb.DuckDBPyConnection
) -> None:
    first = demo.first
    for table, created in {
        "webshop__customers": "registered_at",
        "newsletter__subscribers": "subscribed_at",
        "support__contacts": "created_at",
    }.items():
        day = f"regexp_extract(filename, '{DAY}')::date"
        base = f"{created}::timestamp < date '{first + timedelta(days=1)}'"
        on_first_day = value(
            landed, f"select count(*) from {table} where {day} = date '{first}' and {base}"
        )
        key = landed.execute(f"select * from {table} limit 0").description[0][0]
        assert on_first_day == value(
            landed, f"select count(distinct {key}) from {table} where {base}"
        )
        later = f"from {table} where {day} > date '{first}'"
        assert value(landed, f"select count(*) {later} and {created}::date = {day}") > 0
        assert value(landed, f"select count(*) {later} and {created}::date < {day}") > 0
        if table != "newsletter__subscribers":
            assert value(landed, f"select count(*) {later} and updated_at::date <> {day}") == 0


def test_the_webshop_has_no_file_of_order_lines_at_christmas(demo: DemoSummary) -> None:
    christmas = date(2025, 12, 25)
    assert demo.first <= christmas <= demo.last
    folder = demo.landing / "webshop/order_lines"
    assert not (folder / f"order_lines_{christmas}.csv").exists()
    # Christmas, and one day of thirty.
    assert DAYS - 2 <= len(list(folder.iterdir())) <= DAYS - 1
