"""What the pages of the assets of a company that sells to companies show besides row counts."""

from functools import partial
from typing import TYPE_CHECKING

import dagster as dg

from customer_platform.orchestration import describe
from customer_platform.orchestration.describe import Metadata
from customer_platform.presentation.plots import bar_plot
from customer_platform.warehouse.duckdb import read_frame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

describe_account_lookup, describe_contact_lookup = (
    partial(describe.describe_source_lookup, table=f"identity.{entity}_source_lookup")
    for entity in ("account", "contact")
)

describe_events = partial(
    describe.describe_events,
    shares={"share_with_contact": "contact_id", "share_with_account": "account_id"},
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
    """Employments by their evidence."""
    evidence = read_frame(
        connection,
        "select evidence, count(*) as employments from master.employments group by evidence "
        "order by employments desc",
    ).set_index("evidence")["employments"]
    plot = bar_plot("Employments by evidence", evidence, "employments")
    return {"employments_by_evidence": dg.MetadataValue.md(plot)}
