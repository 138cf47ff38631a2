"""The command line: every command is a call into a library function."""

import os
import sys
import warnings
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from customer_platform.environment import EnvironmentVariableError, load_environment


class _Commands(click.Group):
    """Shows the platform's own errors as one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        from dagster import BetaWarning, PreviewWarning

        from customer_platform.demo import DemoError
        from customer_platform.deployment import DaysError, NothingLandedError, RunFailedError

        # Dagster warns of its own unfinished features, which a person at a terminal can't change.
        for category in (BetaWarning, PreviewWarning):
            warnings.filterwarnings("ignore", category=category)
        try:
            return super().invoke(ctx)
        except (
            DaysError,
            DemoError,
            EnvironmentVariableError,
            NothingLandedError,
            RunFailedError,
        ) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands)
@click.version_option(package_name="customer-platform")
def main() -> None:
    """One customer model from scattered sources."""


@main.command()
def prepare() -> None:
    """Make the folders, the Dagster configuration and the dbt manifest."""
    from customer_platform import deployment

    environment = load_environment()
    deployment.prepare(environment)
    click.echo(f"Prepared {environment.home}")


@main.command()
@click.option("--customers", default=5000, show_default=True, help="People to make up.")
@click.option("--days", default=60, show_default=True, help="Days of history.")
@click.option("--seed", default=42, show_default=True, help="The same seed makes the same data.")
@click.option(
    "--end",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day of history.  [default: yesterday]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for landing/ and truth.parquet.  [default: CUSTOMER_PLATFORM_HOME]",
)
def demo(customers: int, days: int, seed: int, end: datetime | None, out: Path | None) -> None:
    """Generate the demo retailer: files in landing/, the truth beside it."""
    from customer_platform.demo import generate

    last = end.date() if end else datetime.now(UTC).date() - timedelta(days=1)
    summary = generate(
        out or load_environment().home, customers=customers, days=days, seed=seed, end=last
    )
    click.echo(
        f"Wrote {sum(summary.files.values()):,} files of {summary.people:,} people, "
        f"{summary.first} to {summary.last}, to {summary.landing}"
    )


@main.command()
@click.option("--from", "first", help="First day.  [default: the first that has landed]")
@click.option("--to", "last", help="Last day.  [default: the last that has landed]")
def run(first: str | None, last: str | None) -> None:
    """Run the main job in this process: from the landing zone to the masters."""
    from customer_platform import deployment, report

    environment = load_environment()
    deployment.prepare(environment)
    first_landed, last_landed = deployment.landed_days(environment)
    first, last = _day(first or first_landed), _day(last or last_landed)
    click.echo(f"Building everything for {first} to {last} ...")
    outcome = deployment.run_main_job(environment, first, last)
    click.echo(report.describe_run(outcome))
    click.echo(report.describe_warehouse(environment))


@main.command()
@click.option("--port", default=3000, show_default=True, help="Port of the web server.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def ui(port: int, host: str) -> None:
    """Serve the Dagster UI: web server and daemon, so that sensors and schedules run."""
    from customer_platform import deployment

    deployment.prepare(load_environment())
    # dg warns when the virtual environment it runs in is not the active one.
    os.environ["VIRTUAL_ENV"] = sys.prefix
    dg = Path(sys.executable).with_name("dg")
    os.execv(dg, [str(dg), "dev", "--port", str(port), "--host", host])


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no day: write YYYY-MM-DD") from error
