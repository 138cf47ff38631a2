"""The command that says how healthy the map is, without knowing the truth."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from customer_platform.cli.entity import entity_option
from customer_platform.environment import load_environment

if TYPE_CHECKING:
    from customer_platform.stewardship.explain.masking import Mask
    from customer_platform.stewardship.health.findings import HealthCheck, HealthReport


@click.command()
@entity_option
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@click.option("--unmasked", is_flag=True, help="Show the personal data in examples unmasked.")
def health(entity: str | None, as_json: bool, unmasked: bool) -> None:
    """Check the ID map without labels: report figures, their bounds, and what to do beyond them.

    Looks at every entity of the business model, or at one. Bounds and severities are in the
    `health` block of the entity's defs.yaml. Ends with exit code 1 when a check fails whose
    severity is error; a warning leaves it at 0.
    """
    from customer_platform.deployed_identity import declared_entities, open_identity
    from customer_platform.privacy.declared import read_declared
    from customer_platform.stewardship.explain.masking import unmasked as as_it_is
    from customer_platform.stewardship.health.check import check_health

    environment = load_environment()
    declared = read_declared(environment)
    reports: list[tuple[HealthReport, Mask]] = []
    for name in [entity] if entity else declared_entities(environment):
        with open_identity(environment, name) as kept:
            report = check_health(kept.store, kept.declared.health)
            mask = as_it_is if unmasked else declared.record_mask(kept.rules, kept.records)
            reports.append((report, mask))
    if as_json:
        click.echo(json.dumps([_as_json(*each) for each in reports], indent=2))
    else:
        click.echo("\n\n".join("\n".join(_lines(*each)) for each in reports))
    if any(report.has_errors for report, _ in reports):
        sys.exit(1)


def _lines(report: "HealthReport", mask: "Mask") -> list[str]:
    from customer_platform.identity.entities import nouns

    lines = [
        f"{report.records:,} records are {report.customers:,} {nouns(report.entity)}, by the run "
        f"of {report.resolved_at} (UTC)"
    ]
    for check in report.checks:
        if check.applies:
            lines += _check_lines(check, mask)
    idle = ", ".join(check.name for check in report.checks if not check.applies)
    if idle:
        lines.append(f"  Nothing to look at for: {idle}")
    failed = len(report.failed)
    lines.append(f"{len(report.checks) - failed} checks passed, {failed} failed.")
    return lines


def _check_lines(check: "HealthCheck", mask: "Mask") -> list[str]:
    from customer_platform.stewardship.health.findings import say

    outcome = "ok" if check.passed else check.severity.upper()
    first, *more = check.lines()
    lines = [f"  {outcome:<6}{check.name:<23}{first}"]
    lines += [f"{'':31}{line}" for line in more]
    if check.passed:
        return lines
    lines += [f"{'':8}such as  {say(example, mask)}" for example in check.examples]
    lines += [
        f"{'':8}bound    {check.holds}",
        f"{'':8}likely   {check.cause}",
        f"{'':8}do       {check.advice}",
    ]
    return lines


def _as_json(report: "HealthReport", mask: "Mask") -> dict[str, Any]:
    from customer_platform.stewardship.health.findings import say

    checks = [
        {
            **asdict(check),
            "passed": check.passed,
            "figures": [{**asdict(each), "share": each.share} for each in check.figures],
            "examples": [say(example, mask) for example in check.examples],
        }
        for check in report.checks
    ]
    return {**asdict(report), "checks": checks}
