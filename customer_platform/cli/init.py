"""The command that makes a project."""

from pathlib import Path

import click

from customer_platform.environment import business_models


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
