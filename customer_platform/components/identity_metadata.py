"""What the page of the customer ID map shows: counts, tables and plots."""

from typing import TYPE_CHECKING

import dagster as dg

from customer_platform.components.metadata import preview_metadata, table_metadata
from customer_platform.identity import OutputTables, ResolutionRules, ResolutionSummary, quality
from customer_platform.presentation.plots import bar_plot, histogram_plot, overlap_plot
from customer_platform.warehouse import read_frame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LARGEST_SIZE_SHOWN = 15


def map_metadata(
    connection: "DuckDBPyConnection",
    output: OutputTables,
    rules: ResolutionRules,
    summary: ResolutionSummary,
) -> dict[str, dg.MetadataValue]:
    """Numbers, tables and plots about a map that was just written.

    Args:
        connection: A connection to the warehouse.
        output: Where the map was written.
        rules: The rules it was made by.
        summary: What the resolution found.
    """
    customer_id_map = output.qualified(output.customer_id_map)
    per_rule = quality.rule_statistics(connection, output)
    sizes = quality.customer_sizes(connection, customer_id_map).set_index("records_per_customer")
    overlap = quality.source_overlap(connection, customer_id_map).pivot(
        index="source", columns="other_source", values="customers"
    )
    share = per_rule.set_index("rule")["matched_share"] * 100
    return {
        "dagster/row_count": dg.MetadataValue.int(summary.records),
        "customers": dg.MetadataValue.int(summary.customers),
        "new_customers": dg.MetadataValue.int(summary.new_customers),
        "retired_customers": dg.MetadataValue.int(summary.retired_customers),
        "largest_customer": dg.MetadataValue.int(summary.largest_customer),
        "match_rules": table_metadata(per_rule),
        "match_share_per_rule": dg.MetadataValue.md(
            bar_plot("Records that a rule matches", share, "% of records")
        ),
        "customer_sizes": dg.MetadataValue.md(
            histogram_plot(
                "Records per customer",
                sizes["customers"].head(_LARGEST_SIZE_SHOWN),
                "records",
                "customers",
            )
        ),
        "source_overlap": dg.MetadataValue.md(
            overlap_plot("Customers that two sources share", overlap)
        ),
        "over_shared_values": preview_metadata(quality.over_shared_values(connection, output)),
        "largest_customers": table_metadata(quality.largest_customers(connection, customer_id_map)),
        "preview": preview_metadata(
            read_frame(connection, f"select * from {customer_id_map} limit 5")
        ),
        "seconds": dg.MetadataValue.json(
            {phase: round(seconds, 3) for phase, seconds in summary.seconds.items()}
        ),
    }
