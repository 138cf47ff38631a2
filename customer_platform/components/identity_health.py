"""The health of a customer ID map as asset checks, and on its page."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from customer_platform.declarations.health import ERROR, Health
from customer_platform.identity import ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.orchestration.metadata import table_metadata
from customer_platform.presentation.identity_report import health_plot
from customer_platform.stewardship.explain.masking import Mask
from customer_platform.stewardship.health.check import applicable, holds
from customer_platform.stewardship.health.findings import (
    HealthCheck,
    HealthReport,
    figures_over_runs,
    say,
)

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


def health_check_results(
    key: dg.AssetKey, report: HealthReport, mask: Mask
) -> Iterator[dg.AssetCheckResult]:
    """What the checks have found, the values in their examples masked."""
    for check in report.checks:
        error = check.severity == ERROR
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=check.name,
            passed=check.passed,
            severity=dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN,
            description=_said(check),
            metadata=_metadata(check, mask),
        )


def health_metadata(store: IdentityStore, report: HealthReport) -> dict[str, dg.MetadataValue]:
    """The table of all checks, and from the second run on their figures over the runs as a plot.

    Args:
        store: The records, the rules, and where the map is kept.
        report: What was found now.
    """
    rows = [
        (check.name, "passed" if check.passed else check.severity, "; ".join(check.lines()))
        for check in report.checks
        if check.applies
    ]
    table = pd.DataFrame(rows, columns=["check", "outcome", "found"])
    metadata: dict[str, dg.MetadataValue] = {"health": table_metadata(table)}
    figures = figures_over_runs(store)
    if figures["resolved_at"].nunique() > 1:
        shown = [check.name for check in report.checks if check.applies]
        metadata["health_over_runs"] = dg.MetadataValue.md(health_plot(figures, shown))
    return metadata


def _said(check: HealthCheck) -> str:
    found = "; ".join(check.lines())
    return f"{found}." if check.passed else f"{found}. Likely {check.cause}. {check.advice}"


def _metadata(check: HealthCheck, mask: Mask) -> dict[str, dg.MetadataValue]:
    figures = sorted(check.figures, key=lambda figure: (not figure.beyond, -figure.share))
    rows = [
        (figure.subject, figure.found, figure.of, figure.share, figure.beyond)
        for figure in figures[:_SHOWN]
    ]
    table = pd.DataFrame(rows, columns=["subject", "found", "of", "share", "beyond"]).round(4)
    if not rows:
        return {}
    # Dagster plots numbers over the evaluations of a check by itself.
    metadata: dict[str, dg.MetadataValue] = {
        "beyond": dg.MetadataValue.int(len(check.beyond)),
        "highest": dg.MetadataValue.float(float(max(each.share for each in check.figures))),
        "figures": table_metadata(table),
    }
    if check.examples:
        lines = "\n".join(say(example, mask) for example in check.examples)
        metadata["examples"] = dg.MetadataValue.md(f"```text\n{lines}\n```")
    return metadata
