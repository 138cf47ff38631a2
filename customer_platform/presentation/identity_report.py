"""Writes the quality report on a customer ID map as files: tables as CSV, and a page."""

import html
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from customer_platform.identity.store import IdentityStore
from customer_platform.presentation.identity_plots import report_plots
from customer_platform.presentation.plots import picture_source
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
