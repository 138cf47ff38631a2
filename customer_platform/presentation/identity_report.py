"""Plots of identities, and the quality report on a map as files: tables as CSV, and a page."""

import html
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from customer_platform.identity.store import IdentityStore
from customer_platform.presentation.plots import (
    COLOUR,
    SECOND_COLOUR,
    bar_plot,
    histogram_plot,
    markdown_picture,
    markdown_pictures,
    overlap_plot,
    picture_source,
)
from customer_platform.stewardship.quality import quality_report

PAGE = "report.html"

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;font-size:13px}td,th{border:1px solid #ddd;padding:3px 8px;"
    "text-align:left}img{max-width:100%}div{overflow-x:auto}"
)


def report_writer(folder: Path) -> Callable[[IdentityStore], None]:
    """What writes the report on a map into a folder.

    Args:
        folder: Is made when it isn't there; files of an earlier report in it are replaced.
    """

    def write(store: IdentityStore) -> None:
        write_report(quality_report(store), folder)

    return write


def write_report(report: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Writes every table of a report as `<name>.csv`, and all with their plots as `report.html`.

    The page loads nothing from elsewhere. The tables hold match keys' values, which are personal
    data.

    Args:
        report: As `quality_report` returns it.
        folder: Is made when it isn't there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in report.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / PAGE).write_text(_page(report), encoding="utf-8")


def _page(report: Mapping[str, pd.DataFrame]) -> str:
    plots = "\n".join(
        f'<img alt="{_title(name)}" src="{picture_source(plot)}">'
        for name, plot in report_plots(report).items()
    )
    tables = "\n".join(
        f"<h2>{_title(name)}</h2>\n<div>{_table(table)}</div>" for name, table in report.items()
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f"<title>Identity resolution: quality report</title><style>{_STYLE}</style></head>\n"
        f"<body>\n<h1>Identity resolution: quality report</h1>\n{plots}\n{tables}\n"
        "</body>\n</html>\n"
    )


def _title(name: str) -> str:
    return html.escape(name.replace("_", " ").capitalize())


def _table(table: pd.DataFrame) -> str:
    if table.empty:
        return "<p>None.</p>"
    # na_rep leaves the missing values of a nullable column as they are.
    shown = table.astype(object).where(table.notna(), "")
    return shown.to_html(index=False, border=0, escape=True)


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


_COLUMNS = 3
# More lines can't be distinguished: those that have changed most, and then the highest.
_LINES = 5


def health_plot(figures: pd.DataFrame, checks: Sequence[str]) -> str:
    """One small plot per check: its figures run by run, those beyond its bound marked.

    Checks whose figures were zero in every run are left out.

    Args:
        figures: resolved_at, check_name, subject, share, beyond; as `figures_over_runs` gives them.
        checks: The checks to show, in their order.

    Returns:
        Markdown with one picture embedded.
    """
    groups = {name: figures[figures["check_name"] == name] for name in checks}
    drawn = [(name, group) for name, group in groups.items() if (group["share"] != 0).any()]

    def draw(axes: Axes, number: int) -> None:
        name, group = drawn[number]
        axes.set_title(name.replace("_", " "), fontsize=9)
        lines = group.pivot_table(index="resolved_at", columns="subject", values="share")
        spread = (lines.max() - lines.min()).fillna(0) + lines.iloc[-1].fillna(0) / 1e6
        chosen = spread.sort_values(ascending=False, kind="stable").index[:_LINES]
        numbers = {moment: number for number, moment in enumerate(lines.index, start=1)}
        runs = list(numbers.values())
        for subject in chosen:
            axes.plot(runs, lines[subject].tolist(), marker=".", linewidth=1, label=str(subject))
        beyond = group[group["beyond"].astype(bool)]
        positions = [numbers[moment] for moment in beyond["resolved_at"]]
        axes.plot(positions, beyond["share"].tolist(), "x", color=SECOND_COLOUR)
        axes.set_ylim(0, max(0.01, 1.2 * group["share"].max()))
        axes.set_xticks(runs if len(runs) <= _LINES else [1, len(runs)])
        axes.tick_params(labelsize=7)
        axes.set_xlabel("run", fontsize=7)
        if any(chosen):
            axes.legend(frameon=False, fontsize=6)

    rows = max(1, ceil(len(drawn) / _COLUMNS))
    return markdown_pictures("Health over the runs", draw, len(drawn), rows, _COLUMNS)


def weights_plot(title: str, weights: pd.DataFrame) -> str:
    """One bar per attribute and level: to the right it speaks for one customer.

    Args:
        title: Shown above the plot.
        weights: attribute, level, weight (log2), in order from the top.

    Returns:
        Markdown with the picture embedded.
    """
    labels = [f"{row.attribute}: {row.level}" for row in weights.itertuples()]

    def draw(axes: Axes) -> None:
        values = weights["weight"].tolist()
        colours = [COLOUR if value > 0 else SECOND_COLOUR for value in values]
        bars = axes.barh(range(len(values)), values, color=colours)
        axes.bar_label(bars, fmt="{:+.1f}", padding=3, fontsize=7)
        axes.set_yticks(range(len(values)), labels, fontsize=7)
        axes.axvline(0, color="black", linewidth=0.8)
        axes.invert_yaxis()
        axes.set_xlabel("match weight: log2 of how much likelier of one customer than of two")
        axes.margins(x=0.12)

    return markdown_picture(title, draw, height=1.2 + 0.2 * max(len(weights), 1))


def threshold_plot(title: str, accuracy: pd.DataFrame, threshold: float) -> str:
    """Expected precision and recall by threshold.

    Args:
        title: Shown above the plot.
        accuracy: threshold, precision, recall.
        threshold: The one in force, marked.

    Returns:
        Markdown with the picture embedded.
    """

    def draw(axes: Axes) -> None:
        axes.plot(
            accuracy["threshold"], accuracy["precision"], color=COLOUR, label="expected precision"
        )
        axes.plot(
            accuracy["threshold"], accuracy["recall"], color=SECOND_COLOUR, label="expected recall"
        )
        axes.axvline(threshold, color="black", linewidth=0.8, linestyle="--")
        axes.set_xlabel(f"threshold (now {threshold:g})")
        axes.set_ylim(0, 1.05)
        axes.legend(frameon=False)

    return markdown_picture(title, draw)
