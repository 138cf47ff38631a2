"""The command that deletes what is older than is declared."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from customer_platform.cli.project import ignore_warnings_of_dagster
from customer_platform.environment import Environment, load_environment
from customer_platform.errors import RetentionError

if TYPE_CHECKING:
    from customer_platform.declarations import RetentionSpec
    from customer_platform.privacy.outdated import Outdated


@click.command()
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
def retain(dry_run: bool) -> None:
    """Delete or anonymise what is older than `keep_days` and the YAML of Retention allow."""
    from customer_platform.declarations import declarations_of
    from customer_platform.privacy.retention import retain as retain_
    from customer_platform.warehouse.duckdb import opened

    environment, today = load_environment(), datetime.now(UTC).date()
    environment.activate()
    declared = declarations_of(environment)
    with opened(environment.warehouse, RetentionError, read_only=dry_run) as connection:
        found = retain_(connection, environment, declared, today, dry_run=dry_run)
    found += _in_event_log(environment, declared.retention, today, dry_run=dry_run)
    for line in described(found, dry_run=dry_run):
        click.echo(line)


def _in_event_log(
    environment: Environment, retention: "RetentionSpec | None", today: date, *, dry_run: bool
) -> "list[Outdated]":
    """What of Dagster's event log is older; of a home that no run has been in, nothing."""
    # Importing Dagster takes two seconds.
    declares = retention is not None and retention.event_log_days is not None
    if not declares or not (environment.dagster_home / "dagster.yaml").exists():
        return []
    ignore_warnings_of_dagster()
    import dagster as dg

    from customer_platform.orchestration.event_log_retention import retain_event_log

    with dg.DagsterInstance.get() as instance:
        return retain_event_log(instance, retention, today, dry_run=dry_run)


def described(found: Sequence["Outdated"], *, dry_run: bool) -> list[str]:
    """What was done, or would be, a line each.

    Args:
        found: What is kept no longer.
        dry_run: Whether nothing was done.
    """
    if not found:
        return ["Nothing is older than declared."]
    would = "would be " if dry_run else ""
    lines = []
    for each in found:
        amount = f"{each.files:,} file(s)" if each.files else f"{each.rows:,} row(s)"
        span = f", {each.days[0]} to {each.days[-1]}" if each.days else ""
        lines.append(f"{each.what}: {amount} {would}{each.done}{span}")
    days = sorted({day for each in found for day in each.days})
    if days and not dry_run:
        lines.append(
            "The masters follow once these days are built again: "
            f"customer-platform run --from {days[0]} --to {days[-1]}"
        )
    return lines
