"""The command that draws the asset graph."""

from pathlib import Path

import click

from customer_platform.environment import load_environment


@click.command()
@click.argument("output", type=click.Path(path_type=Path, dir_okay=False))
def graph(output: Path) -> None:
    """Draw the assets of the business model into OUTPUT, an SVG file."""
    from customer_platform import deployment
    from customer_platform.cli.platform import ignore_warnings_of_dagster
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
    }
    output.write_text(asset_graph_svg(assets))
    click.echo(f"Drew {len(assets)} assets of {environment.business_model} into {output}")
