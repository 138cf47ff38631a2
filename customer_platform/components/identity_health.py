"""The health of a customer ID map as asset checks, and on its page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg
import pandas as pd

from customer_platform.components.metadata import table_metadata
from customer_platform.identity import OutputTables, ResolutionRules
from customer_platform.identity.health.bounds import ERROR, Health
from customer_platform.identity.health.check import applicable, holds
from customer_platform.identity.health.findings import HealthCheck, HealthReport, say
from customer_platform.identity.health.runs import figures_over_runs
from customer_platform.presentation.health_plots import health_plot
from customer_platform.presentation.masking import mask_value

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SHOWN = 30


def health_check_specs(
    key: dg.AssetKey, rules: ResolutionRules, health: Health, entity: str
) -> list[dg.AssetCheckSpec]:
    """The checks on a map's health, described with their bounds; none blocks what comes after."""
    return [
        dg.AssetCheckSpec(
            name,
            asset=key,
            description=f"{holds(name, health, entity)}. Looked at when the map has been kept.",
            metadata={"severity": health.bound(name).severity},
        )
        for name in applicable(rules, health)
    ]


def health_check_results(key: dg.AssetKey, report: HealthReport) -> Iterator[dg.AssetCheckResult]:
    """What the checks have found, values masked."""
    for check in report.checks:
        error = check.severity == ERROR
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=check.name,
            passed=check.passed,
            severity=dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN,
            description=_said(check),
            metadata=_metadata(check),
        )


def health_metadata(
    connection: "DuckDBPyConnection", tables: OutputTables, report: HealthReport
) -> dict[str, dg.MetadataValue]:
    """The table of all checks, and their figures over the runs as a plot.

    Args:
        connection: A connection to the warehouse.
        tables: Where the figures are kept.
        report: What was found now.
    """
    rows = [
        (check.name, "passed" if check.passed else check.severity, " ".join(check.lines()))
        for check in report.checks
        if check.applies
    ]
    shown = [check.name for check in report.checks if check.applies]
    plot = health_plot(figures_over_runs(connection, tables), shown)
    return {
        "health": table_metadata(pd.DataFrame(rows, columns=["check", "outcome", "found"])),
        "health_over_runs": dg.MetadataValue.md(plot),
    }


def _said(check: HealthCheck) -> str:
    found = "; ".join(check.lines())
    return f"{found}." if check.passed else f"{found}. Likely {check.cause}. {check.advice}"


def _metadata(check: HealthCheck) -> dict[str, dg.MetadataValue]:
    figures = sorted(check.figures, key=lambda figure: (not figure.beyond, -figure.share))
    rows = [
        (figure.subject, figure.found, figure.of, figure.share, figure.beyond)
        for figure in figures[:_SHOWN]
    ]
    table = pd.DataFrame(rows, columns=["subject", "found", "of", "share", "beyond"]).round(4)
    metadata: dict[str, dg.MetadataValue] = {"figures": table_metadata(table)} if rows else {}
    if check.examples:
        lines = "\n".join(say(example, mask_value) for example in check.examples)
        metadata["examples"] = dg.MetadataValue.md(f"```text\n{lines}\n```")
    return metadata
