"""Commands that make a project, and build, show and serve its platform."""

import os
import sys
import warnings
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from customer_platform.environment import load_environment
from customer_platform.errors import SourcesFailedError
from customer_platform.project import business_models
from customer_platform.run_lock import in_turn

if TYPE_CHECKING:
    from customer_platform.deployment import Job

# Per layer: the job, what is said before it, and after one in which sources have failed.
_LAYERS: dict[str | None, tuple["Job", str, str]] = {
    "land": ("land", "Landing the sources", "The other sources have landed."),
    "refresh": ("refresh", "Building what follows the sources", ""),
    None: ("main", "Building everything", "Everything else was built from what had landed."),
}


@click.command()
def prepare() -> None:
    """Create the folders, the Dagster configuration and the dbt manifest."""
    ignore_warnings_of_dagster()
    from customer_platform import deployment

    environment = deployment.begin(load_environment())
    click.echo(f"Prepared {environment.home}")


@click.command()
@click.option(
    "--customers", default=5000, show_default=True, help="Number of customers to generate."
)
@click.option("--days", default=60, show_default=True, help="Days of history.")
@click.option(
    "--seed",
    default=42,
    show_default=True,
    help="Random seed; the same seed generates the same data.",
)
@click.option(
    "--end",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day of history.  [default: yesterday]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for landing/ and truth.parquet.  [default: CUSTOMER_PLATFORM_HOME]",
)
def demo(customers: int, days: int, seed: int, end: datetime | None, out: Path | None) -> None:
    """Generate the demo company of the business model: files in landing/, and the truth."""
    from customer_platform.demo import generator

    last = end.date() if end else datetime.now(UTC).date() - timedelta(days=1)
    environment = load_environment()
    # What a demo holds looks like what a company has.
    os.umask(environment.umask)
    summary = generator(environment.business_model)(
        out or environment.home, customers=customers, days=days, seed=seed, end=last
    )
    click.echo(
        f"Wrote {sum(summary.files.values()):,} files of {summary.people:,} people, "
        f"{summary.first} to {summary.last}, to {summary.landing}"
    )


@click.command()
@click.option("--from", "first", help="First day to build.  [default: the first with data]")
@click.option("--to", "last", help="Last day to build.  [default: the last with data]")
@click.option(
    "--accept-map",
    is_flag=True,
    help="Accept the customer ID map even if it exceeds its bounds.",
)
@click.option("--retrain", is_flag=True, help="Retrain the models of similar rules.")
@click.option(
    "--layer",
    type=click.Choice(["land", "refresh"]),
    help="Build one half only: land loads the sources, refresh builds the rest from what has "
    "landed.  [default: both]",
)
def run(
    first: str | None, last: str | None, accept_map: bool, retrain: bool, layer: str | None
) -> None:
    """Build everything in this process, from the landing zone and databases to the masters."""
    if layer == "land" and (accept_map or retrain):
        raise click.UsageError(
            "--accept-map and --retrain are about identities, which --layer refresh builds."
        )
    ignore_warnings_of_dagster()
    from customer_platform import deployment, report

    # Only then is it known which version is in force.
    with in_turn(load_environment().home, click.echo):
        environment = deployment.begin(load_environment())
        for message in deployment.files_outside(environment):
            click.echo(message)
        if first is None or last is None:
            first_there, last_there = deployment.days_of_sources(environment)
            first, last = first or first_there, last or last_there
        first, last = _day(first), _day(last)
        job, doing, left = _LAYERS[layer]
        click.echo(f"{doing} for {first} to {last} ...")
        outcome = deployment.run_main_job(
            environment, first, last, accept_map=accept_map, retrain=retrain, job=job
        )
    click.echo(report.describe_run(outcome))
    click.echo(report.describe_warehouse(environment))
    if outcome.failed:
        raise SourcesFailedError("\n".join([*outcome.failed, left]))


@click.command()
@click.option("--port", default=3000, show_default=True, help="Port of the web server.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def ui(port: int, host: str) -> None:
    """Serve the Dagster UI, with the daemon that runs sensors and schedules."""
    ignore_warnings_of_dagster()
    from customer_platform import deployment

    deployment.begin(load_environment())
    # dg warns when the virtual environment it runs in is not the active one.
    os.environ["VIRTUAL_ENV"] = sys.prefix
    dg = Path(sys.executable).with_name("dg")
    os.execv(dg, [str(dg), "dev", "--port", str(port), "--host", host])


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED)
def dbt(arguments: tuple[str, ...]) -> None:
    """Run dbt on the deployment, as in `customer-platform dbt build --select tag:staging`.

    dbt gets the project, the warehouse and what the YAML in defs/ declares. ARGUMENTS are dbt's.
    """
    ignore_warnings_of_dagster()
    from customer_platform import deployment
    from customer_platform.project import DBT_PROJECT

    environment = load_environment()
    deployment.prepare(environment)
    os.environ["DBT_PROJECT_DIR"] = str(environment.project.dbt)
    os.environ["DBT_PROFILES_DIR"] = str(DBT_PROJECT)
    program = Path(sys.executable).with_name("dbt")
    os.execv(program, [str(program), *arguments])


def ignore_warnings_of_dagster() -> None:
    """Dagster warns of its own unfinished features, which a person at a terminal can't change."""
    from dagster import BetaWarning, PreviewWarning

    for category in (BetaWarning, PreviewWarning):
        warnings.filterwarnings("ignore", category=category)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a valid date; use YYYY-MM-DD") from error


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--model", type=click.Choice(business_models()), default="retail", show_default=True,
    help="The business model to start from.",
)  # fmt: skip
def init(folder: Path, model: str) -> None:
    """Make a project in FOLDER: sources, entities and dbt models, which are yours to change."""
    from customer_platform.new_project import create_project

    files = create_project(folder, model)
    click.echo(f"Wrote {len(files)} files of the business model {model} to {folder}:")
    for top in sorted({Path(*path.parts[: 1 if len(path.parts) == 1 else 2]) for path in files}):
        within = [path for path in files if path.is_relative_to(top)]
        click.echo(f"  {top}" + (f"  ({len(within)} files)" if within != [top] else ""))
    click.echo(
        f"Next: `cd {folder}`, then `customer-platform demo` and `customer-platform run` to see it "
        "work, or `customer-platform add-source` to bring in your own files; README.md says more."
    )


@click.command()
@click.argument("output", type=click.Path(path_type=Path, dir_okay=False))
def graph(output: Path) -> None:
    """Draw the assets of the business model into OUTPUT, an SVG file."""
    from customer_platform import deployment
    from customer_platform.presentation.asset_graph import DrawnAsset, asset_graph_svg

    ignore_warnings_of_dagster()
    environment = load_environment()
    deployment.prepare(environment)

    from customer_platform.definitions import load_definitions

    assets = {
        spec.key.to_user_string(): DrawnAsset(
            name=spec.key.path[-1],
            group=spec.group_name or "",
            parents=frozenset(dep.asset_key.to_user_string() for dep in spec.deps),
        )
        for spec in load_definitions().resolve_all_asset_specs()
        # They follow everything, and nothing comes of them: lines all over the picture.
        if spec.group_name != "privacy"
    }
    output.write_text(asset_graph_svg(assets))
    click.echo(f"Drew {len(assets)} assets of {environment.business_model} into {output}")
