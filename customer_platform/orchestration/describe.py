"""What the pages of the dbt assets show besides row counts and columns: numbers and plots."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import dagster as dg

from customer_platform.presentation.plots import bar_plot, revenue_plot
from customer_platform.warehouse.duckdb import read_frame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Metadata = Mapping[str, dg.MetadataValue]


def describe_source_lookup(
    connection: "DuckDBPyConnection", table: str = "identity.source_lookup"
) -> Metadata:
    """Records per source.

    Args:
        connection: The warehouse.
        table: A source lookup.
    """
    records = read_frame(
        connection,
        f"select source, count(*) as records from {table} group by source order by records desc",
    ).set_index("source")["records"]
    plot = bar_plot("Records per source", records, "records")
    return {"records_per_source": dg.MetadataValue.md(plot)}


def describe_customers(connection: "DuckDBPyConnection") -> Metadata:
    """Customers by the number of sources that know them."""
    customers = read_frame(
        connection,
        "select source_count, count(*) as customers from master.customers group by source_count "
        "order by source_count",
    ).set_index("source_count")["customers"]
    plot = bar_plot("Customers by number of sources that know them", customers, "customers")
    return {"customers_by_sources": dg.MetadataValue.md(plot)}


def describe_transactions(connection: "DuckDBPyConnection") -> Metadata:
    """Gross and returned revenue per day of the last year."""
    days = read_frame(
        connection,
        "select partition_date as day, "
        "coalesce(sum(amount) filter (where transaction_type = 'sale'), 0)::double as gross, "
        "coalesce(-sum(amount) filter (where transaction_type = 'return'), 0)::double as returned "
        "from master.transactions where partition_date > "
        "(select max(partition_date) - 365 from master.transactions) group by day order by day",
    )
    return {"revenue_per_day": dg.MetadataValue.md(revenue_plot("Revenue per day", days))}


def describe_events(
    connection: "DuckDBPyConnection",
    *,
    by: str = "event_type",
    shares: Mapping[str, str] = MappingProxyType({"share_with_customer": "customer_id"}),
) -> Metadata:
    """Events of the last 30 days by type, and the shares that belong to somebody.

    Args:
        connection: The warehouse.
        by: The column to count by.
        shares: By the name of the share, SQL that is null where an event belongs to no one.
    """
    counted = ", ".join(f"count({known}) as {name}" for name, known in shares.items())
    events = read_frame(
        connection,
        f"select {by}, count(*) as events, {counted} from master.events where partition_date > "
        f"(select max(partition_date) - 30 from master.events) group by {by} order by events desc",
    ).set_index(by)
    title = by.removeprefix("event_")
    total = max(events["events"].sum(), 1)
    return {
        f"events_by_{title}": dg.MetadataValue.md(
            bar_plot(f"Events by {title}", events["events"], "events")
        ),
        **{name: dg.MetadataValue.float(float(events[name].sum() / total)) for name in shares},
    }


def describe_returns(connection: "DuckDBPyConnection") -> Metadata:
    """Pieces that came back, by how their sale was found, and the share that was matched."""
    pieces = read_frame(
        connection,
        "select return_match, sum(quantity)::bigint as pieces from master.returns "
        "group by return_match order by pieces desc",
    ).set_index("return_match")["pieces"]
    matched = float(pieces.drop("unmatched", errors="ignore").sum() / max(pieces.sum(), 1))
    return {
        "pieces_by_match": dg.MetadataValue.md(
            bar_plot("Pieces returned, by how their sale was found", pieces, "pieces")
        ),
        "share_matched": dg.MetadataValue.float(matched),
    }
