"""What `add-source` proposes for every real file: its key, and the type of every column."""

from functools import cache

import pytest

from customer_platform.onboarding import Entity, Proposal, Wishes, find_deliveries, propose
from customer_platform.onboarding.text import columns_table
from customer_platform_tests.support.onboarding import B2B, CUSTOMER, MARKETPLACE
from customer_platform_tests.support.real_data import DATA, needs

# File -> primary key (none where the file has none), and the type of every column.
RIGHT = {
    "cdnow_master.csv": ("", "ID bigint, Date date %Y%m%d, Volume bigint, Amount decimal(18,2)"),
    # Two days in a hundred are blank, which the loader reads as none.
    "febrl4a.csv": (
        "rec_id",
        "rec_id varchar, given_name varchar, surname varchar, street_number varchar, "
        "address_1 varchar, address_2 varchar, suburb varchar, postcode varchar, state varchar, "
        "date_of_birth date %Y%m%d, soc_sec_id bigint",
    ),
    # Some days are mistyped: as dates, their rows would be rejected.
    "febrl4b.csv": (
        "rec_id",
        "rec_id varchar, given_name varchar, surname varchar, street_number varchar, "
        "address_1 varchar, address_2 varchar, suburb varchar, postcode varchar, state varchar, "
        "date_of_birth varchar, soc_sec_id bigint",
    ),
    "historical_50k.parquet": (
        "unique_id",
        "unique_id varchar, cluster varchar, full_name varchar, first_and_surname varchar, "
        "first_name varchar, surname varchar, dob varchar, birth_place varchar, "
        "postcode_fake varchar, gender varchar, occupation varchar",
    ),
    "maven_accounts.csv": (
        "account",
        "account varchar, sector varchar, year_established bigint, revenue decimal(18,2), "
        "employees bigint, office_location varchar, subsidiary_of varchar",
    ),
    "maven_sales_pipeline.csv": (
        "opportunity_id",
        "opportunity_id varchar, sales_agent varchar, product varchar, account varchar, "
        "deal_stage varchar, engage_date date, close_date date, close_value bigint",
    ),
    "olist_customers.csv": (
        "customer_id",
        "customer_id varchar, customer_unique_id varchar, customer_zip_code_prefix varchar, "
        "customer_city varchar, customer_state varchar",
    ),
    "olist_order_items.csv": (
        "order_id, order_item_id",
        "order_id varchar, order_item_id bigint, product_id varchar, seller_id varchar, "
        "shipping_limit_date timestamp, price decimal(18,2), freight_value decimal(18,2)",
    ),
    "olist_order_payments.csv": (
        "order_id, payment_sequential",
        "order_id varchar, payment_sequential bigint, payment_type varchar, "
        "payment_installments bigint, payment_value decimal(18,2)",
    ),
    "olist_orders.csv": (
        "order_id",
        "order_id varchar, customer_id varchar, order_status varchar, "
        "order_purchase_timestamp timestamp, order_approved_at timestamp, "
        "order_delivered_carrier_date timestamp, order_delivered_customer_date timestamp, "
        "order_estimated_delivery_date timestamp",
    ),
    "olist_products.csv": (
        "product_id",
        "product_id varchar, product_category_name varchar, product_name_lenght bigint, "
        "product_description_lenght bigint, product_photos_qty bigint, product_weight_g bigint, "
        "product_length_cm bigint, product_height_cm bigint, product_width_cm bigint",
    ),
    "olist_sellers.csv": (
        "seller_id",
        "seller_id varchar, seller_zip_code_prefix varchar, seller_city varchar, "
        "seller_state varchar",
    ),
    # 5,268 rows repeat another in every column. Customer numbers are floats in the file.
    "online_retail.parquet": (
        "",
        "InvoiceNo varchar, StockCode varchar, Description varchar, Quantity bigint, "
        "InvoiceDate timestamp, UnitPrice double, CustomerID bigint, Country varchar",
    ),
}

pytestmark = needs(*RIGHT)


@cache
def _proposal(file: str, entities: tuple[Entity, ...] = (CUSTOMER,)) -> Proposal:
    [delivery] = find_deliveries([DATA / file], "2024-01-01")
    return propose(delivery, Wishes(), entities)


def _proposed(file: str) -> list[tuple[str, str, str, str]]:
    """Rows of file, column, proposed and right; the key first."""
    proposal = _proposal(file)
    key, types = RIGHT[file]
    right = dict(each.split(" ", 1) for each in types.split(", "))
    found = {
        column.name: " ".join(filter(None, (column.type.type, column.type.format)))
        for column in proposal.columns
    }
    found_key = ", ".join(proposal.primary_key.columns)
    rows = [(file, "(primary key)", found_key or "none", key or "none")]
    for column in dict.fromkeys([*right, *found]):
        proposed = found.get(column, "absent").replace(", ", ",")
        rows.append((file, column, proposed, right.get(column, "unknown")))
    return rows


def test_every_key_and_type_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(RIGHT) == {path.name for path in DATA.iterdir() if path.suffix != ".md"}
    rows = [row for file in RIGHT for row in _proposed(file)]
    judged = [(*row[:3], "right" if row[2] == row[3] else f"wrong: {row[3]}") for row in rows]
    header = ["file", "column", "proposed", "right or wrong"]
    with capsys.disabled():
        print("", *columns_table(header, judged), sep="\n")
    assert [row for row in judged if row[3] != "right"] == []


def test_files_of_customers_are_told_from_others() -> None:
    assert {file for file in RIGHT if _proposal(file).entity is not None} == {
        "febrl4a.csv", "febrl4b.csv", "historical_50k.parquet", "olist_customers.csv",
    }  # fmt: skip


# File -> the business model it is of, whose records its rows are, and the attributes they have.
RECORDS = {
    "olist_customers.csv": (
        MARKETPLACE, "buyer",
        "account_number customer_unique_id, postcode customer_zip_code_prefix, city customer_city",
    ),
    "olist_sellers.csv": (
        MARKETPLACE, "seller",
        "postcode seller_zip_code_prefix, city seller_city",
    ),
    "maven_accounts.csv": (
        B2B, "account",
        "company_name account, country office_location, parent_name subsidiary_of",
    ),
    "febrl4a.csv": (
        [CUSTOMER], "customer",
        "first_name given_name, last_name surname, street address_1, house_number street_number, "
        "city suburb, postcode postcode, birth_date date_of_birth",
    ),
    "historical_50k.parquet": (
        [CUSTOMER], "customer",
        "first_name first_name, last_name surname, birth_date dob, postcode postcode_fake",
    ),
}  # fmt: skip
FACTS = {
    "olist_orders.csv": MARKETPLACE, "olist_order_items.csv": MARKETPLACE,
    "olist_order_payments.csv": MARKETPLACE, "olist_products.csv": MARKETPLACE,
    "maven_sales_pipeline.csv": B2B,
}  # fmt: skip


def test_every_attribute_of_a_record_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    judged = []
    for file, (entities, entity, expected) in RECORDS.items():
        proposal = _proposal(file, tuple(entities))
        right = dict(each.split(" ")[::-1] for each in expected.split(", "))
        whose = proposal.entity.name if proposal.entity else "nobody's"
        rows = [("(records)", f"of {whose}", f"of {entity}")]
        rows += [
            (
                column.name,
                column.attribute.name if column.attribute else "",
                right.get(column.name, ""),
            )
            for column in proposal.columns
        ]
        judged += [
            (file, name, told, "right" if told == wanted else f"wrong: {wanted or 'none'}")
            for name, told, wanted in rows
        ]
    with capsys.disabled():
        print(
            "", *columns_table(["file", "column", "attribute", "right or wrong"], judged), sep="\n"
        )
    assert [row for row in judged if row[3] != "right"] == []


@pytest.mark.parametrize("file", FACTS)
def test_facts_of_a_business_model_are_no_records(file: str) -> None:
    assert _proposal(file, tuple(FACTS[file])).entity is None
