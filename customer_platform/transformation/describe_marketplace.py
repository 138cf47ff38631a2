"""What the pages of a marketplace's assets show beside row counts and columns."""

from functools import partial
from typing import TYPE_CHECKING

import dagster as dg

from customer_platform.presentation.plots import bar_plot, revenue_plot
from customer_platform.transformation.describe import Metadata, describe_source_lookup
from customer_platform.warehouse import read_frame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

describe_buyer_lookup, describe_seller_lookup, describe_party_lookup = (
    partial(describe_source_lookup, table=f"identity.{entity}_source_lookup")
    for entity in ("buyer", "seller", "party")
)


def describe_marketplace_days(connection: "DuckDBPyConnection") -> Metadata:
    """GMV and returns per day of the last year in the currency of most orders, and its take rate."""
    days = read_frame(
        connection,
        "with main as (select currency from master.marketplace_days group by currency "
        "order by sum(order_count) desc, currency limit 1) "
        "select currency, partition_date as day, gmv::double as gross, returned::double as returned, "
        "commission::double as commission, net_amount::double as net "
        "from master.marketplace_days inner join main using (currency) where partition_date > "
        "(select max(partition_date) - 365 from master.marketplace_days) order by day",
    )
    if days.empty:
        return {}
    plot = revenue_plot(f"GMV per day, {days['currency'].iloc[0]}", days[["day", "gross", "returned"]])
    net = float(days["net"].sum())
    rate = float(days["commission"].sum()) / net if net else 0.0
    return {
        "gmv_per_day": dg.MetadataValue.md(plot),
        "take_rate": dg.MetadataValue.float(rate),
    }


def describe_parties(connection: "DuckDBPyConnection") -> Metadata:
    """Parties by their roles, and those that buy of themselves."""
    roles = read_frame(
        connection,
        "select case when is_buyer and is_seller then 'both' when is_buyer then 'buyer' "
        "else 'seller' end as role, count(*) as parties from master.parties "
        "group by role order by parties desc",
    ).set_index("role")["parties"]
    dealing = connection.execute("select count(*) from master.parties where is_self_dealing")
    return {
        "parties_by_role": dg.MetadataValue.md(bar_plot("Parties by role", roles, "parties")),
        "self_dealing_parties": dg.MetadataValue.int(int(dealing.fetchall()[0][0])),
    }


def describe_events(connection: "DuckDBPyConnection") -> Metadata:
    """Events of the last 30 days by role, and the share that has a buyer or seller."""
    events = read_frame(
        connection,
        "select role, count(*) as events, count(coalesce(buyer_id, seller_id)) as identified "
        "from master.events where partition_date > "
        "(select max(partition_date) - 30 from master.events) group by role order by events desc",
    ).set_index("role")
    identified = events["identified"].sum() / max(events["events"].sum(), 1)
    return {
        "events_by_role": dg.MetadataValue.md(bar_plot("Events by role", events["events"], "events")),
        "share_identified": dg.MetadataValue.float(float(identified)),
    }
