"""The plots of a quality report on a customer ID map."""

from collections.abc import Mapping

import pandas as pd

from customer_platform.presentation.plots import bar_plot, histogram_plot, overlap_plot

_LARGEST_SIZE_SHOWN = 15


def report_plots(report: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """The plots of a quality report.

    Args:
        report: As `quality_report` returns it.

    Returns:
        By name, Markdown with the picture embedded: fill_rate_per_match_key,
        match_share_per_rule, links_per_rule, records_per_customer, source_overlap
        (when records have a source), refused_links_by_reason (when links are refused) and
        records_changed_by_reason (when the last run has changed any).
    """
    keys = report["match_keys"].set_index("match_key")
    rules = report["match_rules"].set_index("rule")
    sizes = report["customer_sizes"].set_index("records_per_customer")["customers"]
    plots = {
        "fill_rate_per_match_key": bar_plot(
            "Records that have a value of a match key", keys["fill_rate"] * 100, "% of records"
        ),
        "match_share_per_rule": bar_plot(
            "Records that a rule matches", rules["matched_share"] * 100, "% of records"
        ),
        "links_per_rule": bar_plot(
            "Links by the first rule that makes them", rules["links"], "links"
        ),
        "records_per_customer": histogram_plot(
            "Records per customer", sizes.head(_LARGEST_SIZE_SHOWN), "records", "customers"
        ),
    }
    if "source_overlap" in report:
        plots["source_overlap"] = overlap_plot(
            "Customers that two sources share",
            report["source_overlap"].pivot(
                index="source", columns="other_source", values="customers"
            ),
        )
    if len(report["refused_links_per_rule"]):
        refused = report["refused_links_per_rule"].groupby("refused_by")["links"].sum()
        plots["refused_links_by_reason"] = bar_plot("Links that are refused", refused, "links")
    if len(report.get("changes", ())):
        changes = report["changes"].set_index("reason").sum(axis="columns")
        plots["records_changed_by_reason"] = bar_plot(
            "Records that are new, moved or deleted, by the reason", changes, "records"
        )
    return plots
