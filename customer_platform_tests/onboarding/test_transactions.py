# ruff: noqa: E501 - rows of files as tools write them
"""Exports of orders, in the columns that tools document, become transaction lines."""

import json
from datetime import datetime

import pytest

from customer_platform.errors import OnboardingError
from customer_platform.onboarding import describe_proposal
from customer_platform_tests.onboarding.delivered_facts import delivered
from customer_platform_tests.support.onboarding import (
    B2B,
    MARKETPLACE,
    Deliver,
    proposed,
)

_SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,"
    "Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing City,"
    "Cancelled at,Refunded Amount,Outstanding Balance,Id\n"
)


def _shopify(*lines: str) -> str:
    """Lines of `name,email,status,currency,discount,created,quantity,item,price,sku,cancelled,refunded`."""
    rows = []
    for line in lines:
        name, email, status, currency, off, at, many, item, price, sku, gone, back = line.split(",")
        rows.append(
            f"{name},{email},{status},,,,,{currency},,,,,,{off},,{at},{many},{item},{price},{sku},,"
            f"{gone},{back},,"
        )
    return _SHOPIFY + "\n".join(rows) + "\n"


_ORDERS = (
    "#1,Anna@Example.com,paid,eur,5.00,2024-06-01 10:00:00 +0200,2,Shirt,10.00,SH-1,,0.00",
    "#1,Anna@Example.com,,,,,1,Socks,4.50,SO-1,,",
    "#2,piet@example.com,partially_refunded,EUR,0.00,2024-06-01 12:00:00 +0200,2,Hat,20.00,HA-1,,15.00",
    "#3,,pending,EUR,0.00,2024-06-01 13:00:00 +0200,1,Hat,20.00,HA-1,,0.00",
    "#4,zoe@example.com,voided,EUR,0.00,2024-06-01 14:00:00 +0200,1,Hat,20.00,HA-1,,0.00",
)


def test_shopify_orders_are_lines_whose_order_says_once_whose_and_when_they_are(
    deliver: Deliver,
) -> None:
    found = delivered(deliver(_shopify(*_ORDERS), "orders.csv"))
    assert "\n  recognised: Shopify orders\n" in describe_proposal(found.proposal)
    bought = datetime(2024, 6, 1, 8)
    columns = ("transaction_id", "transaction_type", "quantity", "amount", "currency")
    assert found.values(*columns) == [
        ("shop:orders:#1:1", "sale", 2, 20.0, "EUR"),
        ("shop:orders:#1:2", "sale", 1, 4.5, "EUR"),
        ("shop:orders:#1:discount", "adjustment", -1, -5.0, "EUR"),
        ("shop:orders:#2:1", "sale", 2, 40.0, "EUR"),
        ("shop:orders:#2:refund:20240603", "return", -1, -15.0, "EUR"),
    ]
    assert [(row["source_record_id"], row["occurred_at"]) for row in found.facts[:3]] == [
        ("anna@example.com", bought)
    ] * 3
    assert [row["product_code"] for row in found.facts] == ["SH-1", "SO-1", None, "HA-1", None]
    assert found.facts[4]["original_order_id"] == "#2"
    assert {row["source_record_id"] for row in found.records} == {
        "anna@example.com", "piet@example.com", "zoe@example.com",
    }  # fmt: skip


def test_what_is_delivered_again_counts_once_and_what_changes_counts_when_it_does(
    deliver: Deliver,
) -> None:
    first = [
        "#1,a@example.com,paid,EUR,0.00,2024-06-01 10:00:00 +0200,1,Hat,20.00,HA-1,,0.00",
        "#2,b@example.com,pending,EUR,0.00,2024-06-01 10:00:00 +0200,1,Hat,20.00,HA-1,,0.00",
        "#3,c@example.com,paid,EUR,2.00,2024-06-01 10:00:00 +0200,1,Hat,20.00,HA-1,,0.00",
    ]
    second = [
        "#1,a@example.com,partially_refunded,EUR,0.00,2024-06-01 10:00:00 +0200,1,Hat,20.00,HA-1,,5.00",
        "#2,b@example.com,paid,EUR,0.00,2024-06-01 10:00:00 +0200,1,Hat,20.00,HA-1,,0.00",
        "#3,c@example.com,paid,EUR,2.00,2024-06-01 10:00:00 +0200,1,Hat,20.00,HA-1,2024-06-02,0.00",
    ]
    third = [second[0].replace(",5.00", ",99.00"), *second[1:]]
    files = [
        deliver(_shopify(*rows), f"orders_2024-06-0{day}.csv")
        for day, rows in enumerate((first, second, third), 1)
    ]
    found = delivered(*files, kind="transactions", load_mode="snapshot")
    assert sorted(
        (str(day), kind, order, amount)
        for day, kind, order, amount in found.values(
            "partition_date", "transaction_type", "order_id", "amount"
        )
    ) == [
        ("2024-06-01", "adjustment", "#3", -2.0),
        ("2024-06-01", "sale", "#1", 20.0),
        ("2024-06-01", "sale", "#3", 20.0),
        ("2024-06-02", "adjustment", "#3", 2.0),
        ("2024-06-02", "return", "#1", -5.0),
        ("2024-06-02", "return", "#3", -20.0),
        ("2024-06-02", "sale", "#2", 20.0),
        # No more comes back than the goods have cost.
        ("2024-06-03", "return", "#1", -15.0),
    ]


def test_woocommerce_orders_belong_to_the_account_or_the_email_address_of_a_guest(
    deliver: Deliver,
) -> None:
    path = deliver(
        "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),"
        "Email (Billing),Payment Method Title,Cart Discount Amount,Order Subtotal Amount,"
        "Order Shipping Amount,Order Refund Amount,Order Total Amount,Order Total Tax Amount,SKU,"
        "Item #,Item Name,Quantity (- Refund),Item Cost,Customer User ID\n"
        "71,Completed,2024-06-01 10:00,,Anna,anna@example.com,Card,0,30,0,0,30,0,S-1,1,Shirt,1,10,12\n"
        "71,Completed,2024-06-01 10:00,,Anna,anna@example.com,Card,0,30,0,0,30,0,S-1,2,Shirt,2,10,12\n"
        "72,Processing,2024-06-01 11:00,,Guest,guest@example.com,Card,0,10,5,0,15,0,S-2,1,Hat,1,10,0\n"
        "73,Failed,2024-06-01 11:00,,Guest,guest@example.com,Card,0,10,5,0,15,0,S-2,1,Hat,1,10,0\n"
        "74,Refunded,2024-06-01 12:00,,Guest,guest@example.com,Card,0,10,5,15,15,0,S-2,1,Hat,1,10,0\n",
        "woo.csv",
    )
    found = delivered(path, currency="usd")
    assert "recognised: WooCommerce orders" in describe_proposal(found.proposal)
    assert found.values(
        "order_id", "transaction_type", "amount", "source_record_id", "currency"
    ) == [
        ("71", "sale", 10.0, "12", "USD"),
        ("71", "sale", 20.0, "12", "USD"),
        ("72", "sale", 10.0, "guest@example.com", "USD"),
        ("74", "sale", 10.0, "guest@example.com", "USD"),
        ("74", "return", -10.0, "guest@example.com", "USD"),
    ]
    assert [row["source_record_id"] for row in found.records] == ["12", "guest@example.com"]


def test_squarespace_orders_are_told_from_shopifys(deliver: Deliver) -> None:
    path = deliver(
        "Order ID,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,"
        "Shipping,Taxes,Amount Refunded,Total,Discount Code,Discount Amount,Shipping Method,"
        "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem variant,"
        "Billing Name,Cancelled at,Channel Type,Channel Name\n"
        "00042,a@example.com,PAID,2024-06-01 10:00:00 +0000,PENDING,,USD,20.00,0.00,0.00,0.00,20.00,"
        ",0.00,Post,2024-06-01 10:00:00 +0000,2,Mug,10.00,SQ1,Blue,Anna Bakker,,web,Shop\n",
        "orders.csv",
    )
    found = delivered(path)
    assert "recognised: Squarespace orders" in describe_proposal(found.proposal)
    assert found.values("order_id", "transaction_type", "amount", "currency", "product_code") == [
        ("00042", "sale", 20.0, "USD", "SQ1")
    ]


def test_magento_orders_are_worth_what_was_paid(deliver: Deliver) -> None:
    path = deliver(
        "ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),"
        "Grand Total (Purchased),Status,Customer Email,Customer Group,Subtotal,Total Refunded\n"
        "000000001,Main,2024-06-01 10:00:00,Anna Bakker,Anna Bakker,50.00,50.00,complete,a@example.com,General,45.00,0.00\n"
        "000000002,Main,2024-06-01 11:00:00,Piet Smit,Piet Smit,30.00,30.00,closed,b@example.com,General,25.00,30.00\n"
        "000000003,Main,2024-06-01 12:00:00,Piet Smit,Piet Smit,30.00,30.00,canceled,b@example.com,General,25.00,0.00\n",
        "grid.csv",
    )
    found = delivered(path)
    assert "recognised: Magento orders" in describe_proposal(found.proposal)
    assert found.values("order_id", "transaction_type", "quantity", "amount") == [
        ("000000001", "sale", 1, 50.0),
        ("000000002", "sale", 1, 30.0),
        ("000000002", "return", -1, -30.0),
    ]


def test_stripe_payments_are_sold_unless_they_fail_and_returned_when_they_are_refunded(
    deliver: Deliver,
) -> None:
    path = deliver(
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,"
        "Converted Amount Refunded,Converted Currency,Description,Fee,Refunded date (UTC),"
        "Statement Descriptor,Status,Seller Message,Card ID,Customer ID,Customer Email\n"
        "ch_1,2024-06-01 10:00:00,20.00,0.00,usd,true,20.00,0.00,usd,Mug,0.88,,SHOP,Paid,,c1,cus_1,a@example.com\n"
        "ch_2,2024-06-01 11:00:00,30.00,30.00,usd,true,30.00,30.00,usd,Mug,0.88,2024-06-05 09:00:00,SHOP,Refunded,,c2,,b@example.com\n"
        "ch_3,2024-06-01 12:00:00,30.00,0.00,usd,false,30.00,0.00,usd,Mug,0.88,,SHOP,Failed,,c3,,c@example.com\n",
        "payments.csv",
    )
    found = delivered(path)
    assert "recognised: Stripe payments" in describe_proposal(found.proposal)
    columns = (
        "order_id",
        "transaction_type",
        "amount",
        "currency",
        "source_record_id",
        "occurred_at",
    )
    assert found.values(*columns) == [
        ("ch_1", "sale", 20.0, "USD", "cus_1", datetime(2024, 6, 1, 10)),
        ("ch_2", "sale", 30.0, "USD", "b@example.com", datetime(2024, 6, 1, 11)),
        ("ch_2", "return", -30.0, "USD", "b@example.com", datetime(2024, 6, 5, 9)),
    ]


def test_the_type_of_a_row_says_what_it_is(deliver: Deliver) -> None:
    path = deliver(
        "balance_transaction_id,created_utc,reporting_category,gross,fee,net,currency,source_id,"
        "automatic_payout_id,customer_facing_amount,customer_facing_currency,customer_id,charge_id\n"
        "txn_1,2024-06-01 10:00:00,charge,20.00,0.88,19.12,eur,ch_1,po_1,20.00,eur,cus_1,ch_1\n"
        "txn_2,2024-06-02 10:00:00,refund,-5.00,0.00,-5.00,eur,re_1,po_1,-5.00,eur,cus_1,ch_1\n"
        "txn_3,2024-06-03 10:00:00,payout,-14.12,0.00,-14.12,eur,po_1,po_1,,,,\n",
        "balance.csv",
    )
    found = delivered(path)
    columns = ("transaction_id", "transaction_type", "amount", "original_order_id")
    assert found.values(*columns) == [
        ("shop:balance:txn_1", "sale", 20.0, None),
        ("shop:balance:txn_2", "return", -5.0, "ch_1"),
        ("shop:balance:txn_3", "adjustment", -14.12, None),
    ]


def test_lines_of_any_shop_are_told_from_what_their_columns_are_called(deliver: Deliver) -> None:
    path = deliver(
        "Bestelnummer;Besteldatum;Klantnummer;Artikelnummer;Omschrijving;Aantal;Stukprijs;Regelkorting\n"
        "B1;01-06-2024;K-7;A1;Mok;2;€ 12,50;0,00\n"
        "B1;01-06-2024;K-7;A2;Kortingsbon;1;€ -5,00;0,00\n"
        "B2;15-06-2024;K-8;A1;Mok;-1;€ 12,50;0,00\n",
        "regels.csv",
    )
    found = delivered(path)
    columns = ("order_id", "transaction_type", "quantity", "unit_price", "amount", "currency")
    assert found.values(*columns, "source_record_id", "product_code") == [
        ("B1", "sale", 2, 12.5, 25.0, "EUR", "K-7", "A1"),
        ("B1", "adjustment", -1, 5.0, -5.0, "EUR", "K-7", "A2"),
        ("B2", "return", -1, 12.5, -12.5, "EUR", "K-8", "A1"),
    ]
    assert "no column has the currency" in describe_proposal(found.proposal)


def test_a_prefix_that_only_returns_have_tells_them_from_write_offs(deliver: Deliver) -> None:
    path = deliver(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        "536365,A,Mug,6,2010-12-01 08:26:00,2.55,17850\n"
        "536365,A,Mug,6,2010-12-01 08:26:00,2.55,17850\n"
        "c536379,D,Bag,-1,2010-12-01 09:41:00,27.50,14527\n"
        "536589,M,,-10,2010-12-01 16:50:00,0.00,\n"
        "A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,\n",
        "lines.csv",
    )
    found = delivered(path)
    assert sorted(found.values("transaction_type", "quantity", "amount", "source_record_id")) == [
        ("adjustment", -10, 0.0, None),
        ("adjustment", -1, -11062.06, None),
        ("return", -1, -27.5, "14527"),
        ("sale", 6, 15.3, "17850"),
        ("sale", 6, 15.3, "17850"),
    ]


def test_purchases_without_an_order_are_told_apart_by_what_they_say(deliver: Deliver) -> None:
    header, row = "customer_id,purchase_date,volume,amount\n", "7,2024-06-01,3,10.00\n"
    files = [
        deliver(header + row * 2 + row.replace("06-01", "06-02"), "sales_2024-06-01.csv"),
        deliver(header + row * 2, "sales_2024-06-02.csv"),
    ]
    found = delivered(*files, kind="transactions", load_mode="snapshot")
    assert found.values("quantity", "amount", "source_record_id") == [(3, 10.0, "7")] * 3
    assert len({row["transaction_id"] for row in found.facts}) == 3
    assert {str(row["partition_date"]) for row in found.facts} == {"2024-06-01"}


def test_lines_of_one_order_that_come_on_two_days_both_count(deliver: Deliver) -> None:
    header = "order_id,order_date,customer_id,sku,quantity,price\n"
    files = [
        deliver(f"{header}1,2024-06-01,7,A,1,9.50\n", "lines_2024-06-01.csv"),
        deliver(f"{header}1,2024-06-02,7,A,-1,9.50\n", "lines_2024-06-02.csv"),
    ]
    found = delivered(*files)
    assert found.proposal.load_mode.load_mode == "append"
    assert found.proposal.primary_key.columns == ()
    assert found.values("transaction_type", "amount", "original_order_id") == [
        ("sale", 9.5, None),
        ("return", -9.5, "1"),
    ]


def test_rows_that_repeat_the_total_of_their_order_count_it_once(deliver: Deliver) -> None:
    path = deliver(
        "order_id,order_date,customer_id,product,total,currency\n"
        "1,2024-06-01,7,Mug,30.00,EUR\n1,2024-06-01,7,Hat,30.00,EUR\n2,2024-06-01,8,Hat,20.00,EUR\n",
        "orders.csv",
    )
    found = delivered(path)
    assert found.values("order_id", "amount") == [("1", 30.0), ("2", 20.0)]
    assert "the first counts" in describe_proposal(found.proposal)


def test_several_currencies_are_noted_with_what_is_needed(deliver: Deliver) -> None:
    path = deliver(
        "order_id,order_date,customer_id,amount,Currency\n"
        "1,2024-06-01,7,30.00,eur\n2,2024-06-01,8,20.00, USD \n",
        "orders.csv",
    )
    found = delivered(path)
    assert [row["currency"] for row in found.facts] == ["EUR", "USD"]
    assert "EUR, USD: convert unit_price and amount" in describe_proposal(found.proposal)


@pytest.mark.parametrize(
    ("name", "rows", "says"),
    [("orders", "order_id,customer_id,status,order_date\n1,7,paid,2024-06-01\n2,8,paid,2024-06-02\n",
      "of each order_id the rows say who ordered and when, and not what was bought"),
     ("bestellingen", "Bestelnummer,Klantnummer,Besteldatum\nB1,7,01-06-2024\nB2,7,02-06-2024\n",
      "of each Bestelnummer the rows say who ordered and when"),
     ("items", "order_id,line,product_id,price\n1,1,A,9.50\n1,2,B,9.50\n2,1,A,9.50\n",
      "of each order_id the rows say what was bought, and not when and by whom"),
     ("payments", "order_id,seq,payment_value\n1,1,9.50\n1,2,9.50\n2,1,9.50\n",
      "of each order_id the rows say an amount, and not when and by whom"),
     ("items", "order_id,sku,price,created_at\n1,A,9.50,2024-06-01\n1,B,9.50,2024-06-01\n",
      "of each order_id the rows say what was bought, and not by whom")],
)  # fmt: skip
def test_a_table_that_says_a_part_of_orders_says_what_it_has_to_be_joined_with(
    deliver: Deliver, name: str, rows: str, says: str
) -> None:
    proposal = proposed(deliver(rows, f"{name}.csv"))
    assert proposal.facts is None
    [said] = [note for note in proposal.notes if "of each" in note]
    assert said.startswith(says)
    assert "join them by" in said
    assert said not in proposed(deliver(rows, f"{name}.csv"), kind="other").notes
    assert ("with --kind transactions they are read" in said) == says.endswith("not by whom")
    if not says.endswith("not by whom"):
        with pytest.raises(OnboardingError, match=r"no column says the .* As they are, of each"):
            proposed(deliver(rows, f"{name}.csv"), kind="transactions")


@pytest.mark.parametrize(
    "rows",
    ["product_id,price\nA,9.50\nB,9.50\n", "review_id,order_id,score\n1,1,5\n2,1,4\n",
     "zip,lat,lng,city\n1,1.5,2.5,Ede\n1,1.6,2.5,Ede\n", "order_id,shipped_at\n1,2024-06-01\n"],
)  # fmt: skip
def test_a_table_of_something_else_is_no_part_of_orders(deliver: Deliver, rows: str) -> None:
    proposal = proposed(deliver(rows, "export.csv"))
    assert not [note for note in proposal.notes if "of each" in note]


def test_lines_with_a_day_and_no_buyer_are_transactions_when_asked(deliver: Deliver) -> None:
    rows = "order_id,sku,price,created_at\n1,A,9.50,2024-06-01\n1,B,9.50,2024-06-01\n"
    proposal = proposed(deliver(rows, "items.csv"), kind="transactions")
    assert proposal.facts is not None
    assert "no column says who bought: no transaction gets a customer" in proposal.notes


def test_a_column_that_transactions_need_is_named_when_it_is_missing(deliver: Deliver) -> None:
    path = deliver("order_id,line,price\n1,1,9.50\n1,2,9.50\n", "lines.csv")
    with pytest.raises(OnboardingError, match="no column says the time of its transactions"):
        proposed(path, kind="transactions")
    assert proposed(path).facts is None


def test_the_user_says_which_column_says_what(deliver: Deliver) -> None:
    path = deliver("nr,moment,wie,prijs\n1,2024-06-01 10:00:00,7,9.50\n", "x.csv")
    said = {"order_id": "nr", "occurred_at": "moment", "customer_id": "wie", "total": "prijs"}
    found = delivered(path, kind="transactions", attributes=said)
    assert found.values("order_id", "amount", "source_record_id") == [("1", 9.5, "7")]


def test_customers_with_totals_are_no_transactions(deliver: Deliver) -> None:
    path = deliver(
        "Customer ID,First Name,Email,Total Spent,Total Orders,Created At\n"
        "7,Anna,anna@example.com,30.00,2,2024-06-01\n8,Piet,piet@example.com,20.00,1,2024-06-01\n",
        "customers.csv",
    )
    assert proposed(path).facts is None


def test_guests_alone_are_records_where_the_source_has_the_others(deliver: Deliver) -> None:
    path = deliver(
        "order_id,order_date,customer_id,email,amount,currency\n"
        "1,2024-06-01,7,anna@example.com,30.00,EUR\n2,2024-06-01,,guest@example.com,20.00,EUR\n",
        "orders.csv",
    )
    found = delivered(path, others="numbered")
    guest = "orders:guest@example.com"
    assert [row["source_record_id"] for row in found.facts] == ["7", guest]
    assert [row["source_record_id"] for row in found.records] == [guest]
    found = delivered(path, others="apart")
    assert [row["source_record_id"] for row in found.facts] == ["orders:7", guest]
    assert sorted(row["source_record_id"] for row in found.records) == ["orders:7", guest]


def test_transactions_have_the_columns_of_their_business_model(deliver: Deliver) -> None:
    path = deliver(
        "order_id,order_date,customer_id,seller_id,sku,quantity,price,commission,currency\n"
        "1,2024-06-01,7,S1,A,2,9.50,1.90,EUR\n",
        "orders.csv",
    )
    found = delivered(path, model="marketplace", entities=MARKETPLACE)
    [line] = found.facts
    assert (line["buyer_source"], line["buyer_record_id"]) == ("shop", "7")
    assert (line["seller_source"], line["seller_record_id"]) == ("shop", "S1")
    assert (float(line["amount"]), float(line["commission"])) == (19.0, 1.9)
    [line] = delivered(path, model="b2b", entities=B2B).facts
    assert (line["source_record_id"], line["contact_record_id"]) == ("7", None)


def test_a_credit_note_is_a_return_with_a_number_of_its_own(deliver: Deliver) -> None:
    path = deliver(
        "Invoice Number,Invoice Date,Customer Number,Document Type,Amount,Currency\n"
        "I1,2024-06-01,K1,Invoice,100.00,EUR\nI2,2024-06-02,K1,Credit Note,40.00,EUR\n",
        "documents.csv",
    )
    found = delivered(path)
    assert found.values("order_id", "transaction_type", "amount", "original_order_id") == [
        ("I1", "sale", 100.0, None),
        ("I2", "return", -40.0, None),
    ]


def test_the_id_of_a_table_of_orders_is_the_orders(deliver: Deliver) -> None:
    order = {
        "id": 727, "status": "processing", "currency": "EUR", "total": "29.35", "customer_id": 12,
        "date_created_gmt": "2024-06-01T08:00:00", "line_items": [{"name": "Mug", "quantity": 2}],
    }  # fmt: skip
    rows = [order, order | {"id": 728, "customer_id": 0, "status": "wc-failed"}]
    path = deliver("".join(f"{json.dumps(row)}\n" for row in rows), "orders.jsonl")
    found = delivered(path)
    assert found.values("order_id", "amount", "source_record_id") == [("727", 29.35, "12")]
    assert "line_items: a list inside a row" in describe_proposal(found.proposal)


_ORDERS_OF_TOOLS = {
    "BigCommerce orders": (
        "Order ID,Customer ID,Customer Name,Customer Email,Order Date,Order Status,"
        "Subtotal (inc tax),Subtotal (ex tax),Tax Total,Shipping Cost (inc tax),Ship Method,"
        "Order Total (inc tax),Order Total (ex tax),Order Currency Code,Total Shipped,Refund Amount\n"
        "1,7,Anna,anna@example.com,06/13/2024,Completed,20.00,16.53,3.47,4.95,Post,24.95,21.48,EUR,1,0.00\n"
        "2,0,Bram,bram@example.com,06/14/2024,Refunded,10.00,8.26,1.74,0,Post,10.00,8.26,EUR,1,10.00\n"
        "3,0,Cas,cas@example.com,06/14/2024,Awaiting Payment,10.00,8.26,1.74,0,Post,10.00,8.26,EUR,0,0.00\n",
        [("1", "sale", 24.95, "7"), ("2", "sale", 10.0, "bram@example.com"),
         ("2", "return", -10.0, "bram@example.com")],
    ),
    "Amazon orders": (
        "amazon-order-id,merchant-order-id,purchase-date,order-status,fulfillment-channel,"
        "sales-channel,ship-service-level,product-name,sku,asin,item-status,quantity,currency,"
        "item-price,item-tax,item-promotion-discount\n"
        "111-1,M1,2024-06-01T10:00:00+00:00,Shipped,AFN,Amazon.nl,Std,Mug,M-1,B01,Shipped,2,EUR,20.00,3.00,1.00\n"
        "111-2,M2,2024-06-01T11:00:00+00:00,Cancelled,AFN,Amazon.nl,Std,Mug,M-1,B01,Cancelled,0,EUR,,,\n"
        "111-3,M3,2024-06-01T12:00:00+00:00,Shipped,AFN,Amazon.nl,Std,Hat,H-1,B02,Shipped,1,EUR,9.00,1.00,\n",
        [("111-1", "sale", 19.0, None), ("111-3", "sale", 9.0, None)],
    ),
    "Etsy order items": (
        "Sale Date,Item Name,Buyer,Quantity,Price,Discount Amount,Order Shipping,Order Sales Tax,"
        "Item Total,Currency,Transaction ID,Listing ID,Order ID,Variations,Order Type,Listings Type,SKU\n"
        "08/14/25,Fox,anna42,2,3.50,1.00,2.90,0,7.00,EUR,111,901,5001,,online,x,FX\n"
        "08/14/25,Owl,anna42,1,2.00,0.00,2.90,0,2.00,EUR,112,902,5001,,online,x,OW\n",
        [("5001", "sale", 6.0, "anna42"), ("5001", "sale", 2.0, "anna42")],
    ),
    "Etsy orders": (
        "Sale Date,Order ID,Buyer User ID,Full Name,Number of Items,Currency,Order Value,"
        "Discount Amount,Shipping,Order Total,Status,Card Processing Fees,Order Net,"
        "Adjusted Order Total,Adjusted Net Order Amount,Buyer,SKU\n"
        "08/14/25,5001,anna42,Anna B,3,EUR,9.00,1.00,2.90,10.90,,0.50,10.40,0,0,Anna B (anna42),FX\n",
        [("5001", "sale", 10.9, "anna42")],
    ),
    "Square items": (
        "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,"
        "Discounts,Net Sales,Tax,Transaction ID,Payment ID,Event Type,Dining Option,Customer ID\n"
        "2024-06-01,10:00:00,UTC,Mugs,Mug,2.0,Regular,M-1,,$20.00,-$1.00,$19.00,$3.00,T1,P1,Payment,,C1\n"
        "2024-06-02,11:00:00,UTC,Hats,Hat,-1.0,Regular,H-1,,-$9.00,$0.00,-$9.00,-$1.00,T2,P2,Refund,,\n",
        [("T1", "sale", 19.0, "C1"), ("T2", "return", -9.0, None)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("export", _ORDERS_OF_TOOLS)
def test_sales_of_other_tools_are_worth_what_was_paid(deliver: Deliver, export: str) -> None:
    text, lines = _ORDERS_OF_TOOLS[export]
    found = delivered(deliver(text, "sales.csv"))
    assert f"\n  recognised: {export}\n" in describe_proposal(found.proposal)
    assert found.values("order_id", "transaction_type", "amount", "source_record_id") == lines


@pytest.mark.parametrize(("no", "yes"), [("0", "1"), ("no", "yes"), ("false", "true")])
def test_a_flag_of_what_was_refunded_is_no_amount(deliver: Deliver, no: str, yes: str) -> None:
    path = deliver(
        "order_id,order_date,customer_id,amount,currency,Refunded?,Fully Refunded?\n"
        f"1,2024-06-01,7,10.00,EUR,{no},{no}\n2,2024-06-02,8,12.00,EUR,{yes},{yes}\n",
        "orders.csv",
    )
    found = delivered(path)
    assert found.values("order_id", "transaction_type", "amount") == [
        ("1", "sale", 10.0), ("2", "sale", 12.0), ("2", "return", -12.0),
    ]  # fmt: skip


def test_money_that_goes_to_the_bank_is_no_return(deliver: Deliver) -> None:
    path = deliver(
        "Date,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Invoice Number,Balance Impact\n"
        "2024-06-13,Anna,Website Payment,Completed,EUR,20.00,-0.88,19.12,X1,I1,Credit\n"
        "2024-06-14,Anna,Payment Refund,Completed,EUR,-5.00,0.20,-4.80,X2,I1,Debit\n"
        "2024-06-15,,General Withdrawal,Completed,EUR,-50.00,0.00,-50.00,X3,,Debit\n",
        "activity.csv",
    )
    found = delivered(path, kind="transactions")
    assert found.values("transaction_type", "amount") == [
        ("sale", 20.0), ("return", -5.0), ("adjustment", -50.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("time", "moment"),
    [("14:05:33", "2024-06-01 14:05:33"), ("9:05", "2024-06-01 09:05:00"),
     ("2:05:33 PM", "2024-06-01 14:05:33"), ("12:05 a.m.", "2024-06-01 00:05:00"),
     ("12:05 PM", "2024-06-01 12:05:00"), ("14:05:33.250", "2024-06-01 14:05:33.250000"),
     ("14:05:33 +02:00", "2024-06-01 12:05:33"), ("", "2024-06-01 00:00:00"),
     ("25:99", "2024-06-01 00:00:00")],
)  # fmt: skip
@pytest.mark.parametrize(
    ("names", "day"), [("Date,Time", "2024-06-01"), ("Datum,Uhrzeit", "01.06.2024")]
)
def test_a_day_and_a_time_in_columns_of_their_own_are_one_moment(
    deliver: Deliver, names: str, day: str, time: str, moment: str
) -> None:
    path = deliver(
        f"{names},Time Zone,Transaction ID,Customer ID,Item,Qty,Price\n"
        f"{day},{time},EST,T1,C1,Mug,2,9.50\n{day},10:00:00,EST,T2,C1,Mug,2,9.50\n",
        "sales.csv",
    )
    found = delivered(path, kind="transactions")
    assert str(found.facts[0]["occurred_at"]) == moment
    first, second = names.split(",")
    assert (
        f"{first}, {second}: one moment together, UTC; Time Zone is not read: turn other zones "
        "into UTC in the view" in found.proposal.notes
    )


def test_a_moment_needs_no_time_of_day_beside_it(deliver: Deliver) -> None:
    path = deliver(
        "order_id,order_date,time,customer_id,total\n1,2024-06-01 10:00:00,11:00:00,7,9.50\n",
        "orders.csv",
    )
    [row] = delivered(path, kind="transactions").facts
    assert str(row["occurred_at"]) == "2024-06-01 10:00:00"
