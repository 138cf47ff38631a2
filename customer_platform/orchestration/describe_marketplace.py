"""What the pages of a marketplace's assets show besides row counts and columns."""

from functools import partial
from typing import TYPE_CHECKING

import dagster as dg

from customer_platform.orchestration import describe
from customer_platform.orchestration.describe import Metadata
from customer_platform.presentation.plots import bar_plot, revenue_plot
from customer_platform.warehouse.duckdb import read_frame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

describe_buyer_lookup, describe_seller_lookup, describe_party_lookup = (
    partial(describe.describe_source_lookup, table=f"identity.{entity}_source_lookup")
    for entity in ("buyer", "seller", "party")
)

describe_events = partial(
    describe.describe_events,
    by="role",
    shares={"share_identified": "coalesce(buyer_id, seller_id)"},
)


def describe_marketplace_days(connection: "DuckDBPyConnection") -> Metadata:
    """GMV and returns per day of the last year, in the currency of most orders; the take rate."""
    days = read_frame(
        connection,
        "with main as (select currency from master.marketplace_days group by currency "
        "order by sum(order_count) desc, currency limit 1) "
        "select currency, occurred_on as day, gmv::double as gross, "
        "returned::double as returned, commission::double as commission, net_amount::double as net "
        "from master.marketplace_days inner join main using (currency) where occurred_on > "
        "(select max(occurred_on) - 365 from master.marketplace_days) order by day",
    )
    if days.empty:
        return {}
    plot = revenue_plot(
        f"GMV per day, {days['currency'].iloc[0]}", days[["day", "gross", "returned"]]
    )
    described: dict[str, dg.MetadataValue] = {"gmv_per_day": dg.MetadataValue.md(plot)}
    known = days[days["commission"].notna()]
    if known["net"].sum():
        rate = float(known["commission"].sum() / known["net"].sum())
        described["take_rate"] = dg.MetadataValue.float(rate)
    return described


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
