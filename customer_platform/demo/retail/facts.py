"""Turns order lines, receipt lines and events from decisions into the values of their files."""

import duckdb
import numpy as np

from customer_platform.demo.places import COUNTRIES, COUNTRY_NAMES
from customer_platform.demo.retail.orders import (
    BAD_DEBT,
    NOBODY,
    RETURN,
    STORES,
    WRITE_OFF,
    Catalogue,
)
from customer_platform.demo.retail.receipts import NO_CARD
from customer_platform.demo.retail.registrations import EMAIL_NOREPLY, EMAIL_TYPO, Cards
from customer_platform.demo.retail.visits import CAMPAIGNS, EVENT_TYPES
from customer_platform.demo.writing import register, words

_ORDER_LINES = f"""
create table order_lines as
select
    happened_at::date as day,
    case kind when {RETURN} then 'C' when {BAD_DEBT} then 'A' else '' end || invoice as "InvoiceNo",
    case when kind = {BAD_DEBT} then 'B' else stock_code end as "StockCode",
    case
        when kind = {BAD_DEBT} then 'Adjust bad debt'
        when kind = {WRITE_OFF} then case quantity % 3 when 0 then 'damages' when -1 then '?' end
        when described then description::varchar
    end as "Description",
    quantity as "Quantity",
    happened_at as "InvoiceDate",
    (cents / 100)::decimal(18, 4) as "UnitPrice",
    case when customer >= 0 then customer end as "CustomerID",
    country as "Country"
from lines
"""

_RECEIPT_LINES = f"""
create table receipt_lines as
select
    l.sold_at::date as day,
    l.person,
    format('S{{:02d}}-{{}}-{{:04d}}', l.store_number + 1, strftime(l.day_at, '%Y%m%d'), l.in_day)
        as receipt_id,
    l.line_number::integer as line_number,
    l.store::varchar as store,
    l.sold_at,
    case when l.card > 0 then l.card::varchar end as loyalty_card,
    case l.email_state
        when -1 then null
        when {EMAIL_TYPO} then
            email_with_typo(
                e.email, (l.card % 4)::int, (l.card // 4 % 97) / 97, (97 + l.card % 26)::int
            )
        when {EMAIL_NOREPLY} then 'noreply@shop.example'
        else e.email
    end as email,
    l.product_code::varchar as product_code,
    l.description::varchar as description,
    l.quantity,
    (l.cents / 100)::decimal(18, 2) as unit_price,
    'EUR' as currency,
    case when l.original_store >= 0 then
        format(
            'S{{:02d}}-{{}}-{{:04d}}',
            l.original_store + 1, strftime(l.original_day_at, '%Y%m%d'), l.original_in_day
        )
    end as original_receipt_id
from lines as l
inner join emails as e on e.person = l.person and e.slot = l.email_slot
order by l.sold_at, l.store_number, l.in_day, l.line_number
"""

_EVENTS = """
create table events as
select
    occurred_at::date as day,
    format('EV-{:09d}', number) as event_id,
    'v-' || left(md5('visitor ' || device), 16) as anonymous_id,
    case when account_id >= 0 then account_id end as account_id,
    event_type::varchar as event_type,
    occurred_at,
    'https://shop.example/' || case event_type
        when 'page_view' then case device % 3 when 0 then '' when 1 then 'sale' else 'new' end
        when 'product_view' then 'product/' || product_code
        when 'add_to_cart' then 'cart'
        when 'purchase' then 'checkout/done'
        else event_type::varchar
    end as url,
    utm_source::varchar as utm_source,
    utm_campaign::varchar as utm_campaign,
    case event_type
        when 'product_view' then '{"product_code":"' || product_code || '"}'
        when 'add_to_cart'
            then '{"product_code":"' || product_code || '","quantity":' || 1 + device % 3 || '}'
        when 'purchase' then '{"invoice_no":"' || invoice || '"}'
        else '{}'
    end::json as properties
from lines
"""


def render_order_lines(
    connection: duckdb.DuckDBPyConnection,
    lines: dict[str, np.ndarray],
    accounts: dict[str, np.ndarray],
    catalogue: Catalogue,
) -> None:
    """Make the table `order_lines`: the columns of the UCI file, plus `day`, in file order."""
    known = lines["account"] != NOBODY
    customer = np.full(len(known), -1)
    customer[known] = accounts["number"][lines["account"][known]]
    countries = np.array([COUNTRY_NAMES[code] for code in COUNTRIES], dtype=object)
    register(
        connection,
        "lines",
        {
            "invoice": lines["invoice"],
            "kind": lines["kind"],
            "happened_at": lines["happened_at"],
            "stock_code": words(lines["product"], catalogue.codes),
            "description": words(lines["product"], catalogue.descriptions),
            "quantity": lines["quantity"],
            "cents": lines["cents"],
            "customer": customer,
            "country": words(lines["country"], countries),
            "described": lines["described"],
        },
    )
    connection.execute(_ORDER_LINES)


def render_receipt_lines(
    connection: duckdb.DuckDBPyConnection,
    lines: dict[str, np.ndarray],
    cards: Cards,
    catalogue: Catalogue,
) -> None:
    """Make the table `receipt_lines`, plus `day` and `person`, in file order."""
    with_card = lines["card"] != NO_CARD
    number = np.full(len(with_card), -1)
    number[with_card] = cards.number[lines["card"][with_card]]
    seconds = 86_400
    register(
        connection,
        "lines",
        {
            "person": lines["person"],
            "store_number": lines["store"],
            "store": words(lines["store"], np.array(STORES, dtype=object)),
            "day_at": lines["day"] * seconds,
            "in_day": lines["in_day"],
            "line_number": lines["line_number"],
            "sold_at": lines["sold_at"],
            "card": number,
            "email_slot": lines["email_slot"],
            "email_state": lines["email_state"],
            "product_code": words(lines["product"], catalogue.codes),
            "description": words(lines["product"], catalogue.descriptions),
            "quantity": lines["quantity"],
            "cents": lines["cents"],
            "original_store": lines["original_store"],
            "original_day_at": np.maximum(lines["original_day"], 0) * seconds,
            "original_in_day": lines["original_in_day"],
        },
    )
    connection.execute(_RECEIPT_LINES)


def render_events(
    connection: duckdb.DuckDBPyConnection, events: dict[str, np.ndarray], catalogue: Catalogue
) -> None:
    """Make the table `events`, plus `day`, in file order."""
    sources = np.array([source for source, _ in CAMPAIGNS], dtype=object)
    campaigns = np.array([campaign for _, campaign in CAMPAIGNS], dtype=object)
    register(
        connection,
        "lines",
        {
            "number": np.arange(1, len(events["device"]) + 1),
            "device": events["device"],
            "account_id": events["account_id"],
            "event_type": words(events["event_type"], np.array(EVENT_TYPES, dtype=object)),
            "occurred_at": events["occurred_at"],
            "product_code": words(events["product"], catalogue.codes),
            "invoice": events["invoice"],
            "utm_source": words(events["campaign"], sources),
            "utm_campaign": words(events["campaign"], campaigns),
        },
    )
    connection.execute(_EVENTS)
