"""What the pages of the assets of a company that sells to companies show beside row counts."""

from functools import partial
from typing import TYPE_CHECKING

import dagster as dg

from customer_platform.presentation.plots import bar_plot
from customer_platform.transformation.describe import Metadata, describe_source_lookup
from customer_platform.warehouse import read_frame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

describe_account_lookup, describe_contact_lookup = (
    partial(describe_source_lookup, table=f"identity.{entity}_source_lookup")
    for entity in ("account", "contact")
)


def describe_hierarchy(connection: "DuckDBPyConnection") -> Metadata:
    """Accounts by their depth, and those that are in a cycle."""
    depths = read_frame(
        connection,
        "select depth, count(*) as accounts from master.account_hierarchy group by depth "
        "order by depth",
    ).set_index("depth")["accounts"]
    cycles = connection.execute("select count(*) from master.account_hierarchy where is_in_cycle")
    return {
        "accounts_by_depth": dg.MetadataValue.md(
            bar_plot("Accounts by depth in their group", depths, "accounts")
        ),
        "accounts_in_cycles": dg.MetadataValue.int(int(cycles.fetchall()[0][0])),
    }


def describe_employments(connection: "DuckDBPyConnection") -> Metadata:
    """Employments by what tells them."""
    evidence = read_frame(
        connection,
        "select evidence, count(*) as employments from master.employments group by evidence "
        "order by employments desc",
    ).set_index("evidence")["employments"]
    plot = bar_plot("Employments by evidence", evidence, "employments")
    return {"employments_by_evidence": dg.MetadataValue.md(plot)}


def describe_events(connection: "DuckDBPyConnection") -> Metadata:
    """Events of the last 30 days by type, and the shares that have a contact and an account."""
    events = read_frame(
        connection,
        "select event_type, count(*) as events, count(contact_id) as of_contacts, "
        "count(account_id) as of_accounts from master.events where partition_date > "
        "(select max(partition_date) - 30 from master.events) "
        "group by event_type order by events desc",
    ).set_index("event_type")
    total = max(events["events"].sum(), 1)
    return {
        "events_by_type": dg.MetadataValue.md(
            bar_plot("Events by type", events["events"], "events")
        ),
        "share_with_contact": dg.MetadataValue.float(float(events["of_contacts"].sum() / total)),
        "share_with_account": dg.MetadataValue.float(float(events["of_accounts"].sum() / total)),
    }
