"""Turns order lines, refunds, corrections and visits into the values of their files."""

import duckdb
import numpy as np

from customer_platform.demo.marketplace import rates
from customer_platform.demo.marketplace.orders import Trade
from customer_platform.demo.randomness import Window, moments, some, stream
from customer_platform.demo.retail.orders import Catalogue
from customer_platform.demo.retail.rates import MAX_DEVICES
from customer_platform.demo.writing import register, words

_ORDER_LINES = """
create table order_lines as
with named as (
    select
        happened_at::date as day,
        'sale' as kind,
        order_number, line, account, shop, product_code, description, quantity, cents, commission,
        shipping, pounds, happened_at
    from sale_choices
    union all
    select
        c.happened_at::date, 'correction', s.order_number, s.line, s.account, s.shop,
        s.product_code, s.description, 0, 0, c.commission, 0, s.pounds, c.happened_at
    from correction_choices as c
    inner join sale_choices as s on s.position = c.sale
)
select
    day,
    kind,
    order_number::varchar as order_id,
    -- A correction is a line of its own after those of the order.
    (line + case kind when 'correction' then 100 else 0 end)::integer as line_number,
    happened_at as ordered_at,
    case when account >= 0 then account end as account_id,
    format('S-{:05d}', shop) as seller_id,
    product_code::varchar as product_code,
    description::varchar as description,
    quantity,
    (cents / 100)::decimal(18, 2) as unit_price,
    (commission / 100)::decimal(18, 2) as commission,
    (shipping / 100)::decimal(18, 2) as shipping,
    case when pounds then 'GBP' else 'EUR' end as currency
from named
order by happened_at, order_id, line_number
"""

_REFUNDS = """
create table refunds as
select
    r.happened_at::date as day,
    format('RF-{:06d}', r.position + 1) as refund_id,
    r.happened_at as refunded_at,
    case when r.names_line then s.order_number::varchar end as order_id,
    case when r.names_line then s.line::integer end as line_number,
    case when r.account >= 0 then r.account end as account_id,
    format('S-{:05d}', r.shop) as seller_id,
    r.product_code::varchar as product_code,
    r.quantity,
    (r.cents / 100)::decimal(18, 2) as unit_price,
    (r.commission / 100)::decimal(18, 2) as commission,
    (r.shipping / 100)::decimal(18, 2) as shipping,
    case when r.pounds then 'GBP' else 'EUR' end as currency
from refund_choices as r
inner join sale_choices as s on s.position = r.sale
order by r.position
"""

# A visit begins at the log-in page of the portal, on the device that the owner also shops with.
_SITE_EVENTS = """
create table site_events as
with visits as (
    select v.*, c.owner from visit_choices as v
    inner join companies as c on c.company = v.company
),
portal as (
    select visit, 0 as step, 'page_view' as event_type, owner, null as shop, begun_at from visits
    union all
    select visit, 1, 'login', owner, shop, begun_at + interval 1 minute from visits where logs_in
    union all
    select
        visit, 2, case visit % 3 when 0 then 'listing_changed' else 'payout_viewed' end,
        owner, shop, begun_at + interval 3 minutes
    from visits where logs_in
)
select
    day, event_id, 'shop' as site, anonymous_id, account_id, null as seller_id, event_type,
    occurred_at, url, utm_source, utm_campaign, properties
from events
union all
select
    begun_at::date, format('PV-{:07d}-{}', visit, step), 'portal',
    'v-' || left(md5('visitor ' || owner * $devices), 16), null,
    case when shop is not null then format('S-{:05d}', shop) end, event_type, begun_at,
    'https://sellers.example/' || case step when 0 then 'login' else event_type end,
    null, null, '{}'::json
from portal
order by occurred_at, event_id
"""


def render_trade(
    connection: duckdb.DuckDBPyConnection,
    trade: Trade,
    accounts: dict[str, np.ndarray],
    shops: np.ndarray,
    catalogue: Catalogue,
) -> None:
    """Make the tables `order_lines` and `refunds`, plus `day`, in file order.

    Args:
        connection: Where to make them.
        trade: What is bought and returned.
        accounts: `number` of every buyer's account.
        shops: By company, its two numbers at the portal; most have one, twice.
        catalogue: The products.
    """

    def choices(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        known = columns["account"] >= 0
        number = np.full(len(known), -1)
        number[known] = accounts["number"][columns["account"][known]]
        return {
            **columns,
            "position": np.arange(len(known)),
            "account": number,
            "shop": shops[columns["company"], columns["order_number"] % 2],
            "product_code": words(columns["product"], catalogue.codes),
            "description": words(columns["product"], catalogue.descriptions),
        }

    register(connection, "sale_choices", choices(trade.lines))
    register(connection, "refund_choices", choices(trade.refunds))
    register(connection, "correction_choices", trade.corrections)
    connection.execute(_ORDER_LINES)
    connection.execute(_REFUNDS)


def render_site_events(
    connection: duckdb.DuckDBPyConnection,
    seed: int,
    companies: dict[str, np.ndarray],
    shops: np.ndarray,
    window: Window,
) -> None:
    """Make the table `site_events`: those of the shop, and sellers' visits to their portal."""
    rng = stream(seed, "portal visits")
    count = max(1, round(len(shops) * window.days * rates.PORTAL_VISITS))
    company = rng.integers(0, len(shops), count)
    begun = moments(rng, rng.integers(window.first, window.last + 1, count))
    there = companies["created_at"][company] < begun
    register(
        connection,
        "visit_choices",
        {
            "visit": np.arange(count)[there],
            "company": company[there],
            "shop": shops[company[there], 0],
            "begun_at": begun[there],
            "logs_in": some(rng, count, rates.PORTAL_LOG_IN)[there],
        },
    )
    connection.execute(_SITE_EVENTS, {"devices": MAX_DEVICES})
