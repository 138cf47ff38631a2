"""Commands on identities, with or without a deployment."""

import sys
from pathlib import Path

import click

from customer_platform.cli.entity import entity_option

# A rule of a key that isn't a person's, as a city, has thousands of such values.
_MOST_PROPOSED = 20


@click.command()
@click.argument("records")
@click.option(
    "--rules",
    "rules_path",
    required=True,
    type=click.Path(path_type=Path),
    help="YAML file of match keys and match rules.",
)
@click.option(
    "--output",
    required=True,
    metavar="FILE",
    help="Parquet file to write the map to; with --spark a folder of them.",
)
@click.option(
    "--previous",
    metavar="PATH",
    help="Map of an earlier call, whose customer IDs are carried over.",
)
@click.option(
    "--overrides",
    type=click.Path(path_type=Path),
    help="CSV file of overrides: pairs of records that are, or are not, the same customer.",
)
@click.option(
    "--models",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to keep the models of similar rules in.  [default: OUTPUT.models.json]",
)
@click.option("--retrain", is_flag=True, help="Retrain the models of similar rules.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for a quality report: tables as CSV and a page with plots.",
)
@click.option(
    "--spark",
    metavar="sc://HOST:PORT",
    help="Spark Connect server to resolve on. RECORDS, --output and --previous are Parquet that "
    "the cluster can read, as paths or URLs.",
)
@click.option(
    "--largest-component",
    type=click.IntRange(min=2),
    help="With --spark, the most records that may hang together.  [default: 2000000]",
)
def resolve(
    records: str,
    rules_path: Path,
    output: str,
    previous: str | None,
    overrides: Path | None,
    models: Path | None,
    retrain: bool,
    report: Path | None,
    spark: str | None,
    largest_component: int | None,
) -> None:
    """Find which RECORDS, in a Parquet or CSV file, are the same customer."""
    from customer_platform.identity import load_rules, resolve_file

    if spark and (models or retrain or report):
        raise click.UsageError("--models, --retrain and --report don't go with --spark.")
    if largest_component and not spark:
        raise click.UsageError("--largest-component goes with --spark.")
    if not spark and Path(output).is_dir():
        raise click.BadParameter(f"File {output!r} is a directory.", param_hint="'--output'")
    rules = load_rules(rules_path)
    write_report = None
    if report:
        from customer_platform.presentation.identity_report import report_writer

        write_report = report_writer(report)
    with click.progressbar(
        length=1000, label="Resolving", file=sys.stderr, item_show_func=lambda phase: phase
    ) as bar:

        def progress(share: float, phase: str) -> None:
            bar.update(round(share * 1000) - bar.pos, phase)

        if spark:
            from customer_platform.identity.distributed.files import resolve_parquet
            from customer_platform.identity.distributed.model import Sizes

            summary = resolve_parquet(
                spark,
                records,
                rules,
                output,
                previous=previous,
                overrides=overrides,
                sizes=Sizes(component_records=largest_component) if largest_component else None,
                progress=progress,
            )
        else:
            summary = resolve_file(
                Path(records),
                rules,
                Path(output),
                previous=Path(previous) if previous else None,
                overrides=overrides,
                models=models,
                retrain=retrain,
                report=write_report,
                progress=progress,
            )
    click.echo(
        f"{summary.records:,} records are {summary.customers:,} customers; "
        f"the largest has {summary.largest_customer:,} records."
    )
    if summary.skipped:
        click.echo(f"  {summary.skipped:>12,} rows without any value or of totals were skipped")
    for rule, links in summary.links.items():
        click.echo(f"  {links:>12,} links by {rule}")
    for rule, said in summary.expected.items():
        click.echo(f"  {rule}: {said}")
    if summary.refused_links:
        click.echo(
            f"  {summary.refused_links:>12,} links refused by limits, overrides and cohesion"
        )
    if summary.over_shared:
        click.echo(f"  {summary.over_shared:>12,} values shared by too many link no one")
    if summary.proposed:
        click.echo("Probably placeholders; add those that are to ignored_values of the rules:")
        for value in summary.proposed[:_MOST_PROPOSED]:
            click.echo(f"  {value.line}")
    if previous:
        click.echo(
            f"{summary.kept_customers:,} customers kept their ID, "
            f"{summary.customers - summary.kept_customers:,} are new, "
            f"{summary.retired_customers:,} IDs were retired."
        )
    click.echo(f"Wrote {output}")


@click.command()
@entity_option
@click.option(
    "--customer",
    "--id",
    "customer_id",
    help="ID of a customer, buyer, ...; a retired ID is followed to its successor.",
)
@click.option(
    "--record",
    "names",
    multiple=True,
    metavar="SOURCE:ID",
    help="A record. Give two to see why they are, or aren't, one customer.",
)
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to draw the graph in.",
)
@click.option("--masked", is_flag=True, help="Mask personal data.")
def explain(
    entity: str | None,
    customer_id: str | None,
    names: tuple[str, ...],
    page: Path | None,
    masked: bool,
) -> None:
    """Explain why records are one customer: the links, their values, and their strength."""
    if (customer_id is None) == (not names) or len(names) > 2:
        raise click.UsageError("Give --customer ID, or --record SOURCE:ID once or twice.")
    from customer_platform.deployed_identity import open_identity
    from customer_platform.privacy.declared import read_declared
    from customer_platform.stewardship.explain import (
        RecordName,
        explain_customer,
        explain_pair,
        explain_record,
        html,
        mask_names,
        mask_values,
        text,
    )

    records = [RecordName.parse(name) for name in names]
    with open_identity(entity=entity) as kept:
        if customer_id:
            explanation = explain_customer(kept.store, customer_id)
        elif len(records) == 1:
            explanation = explain_record(kept.store, records[0].source, records[0].record_id)
        else:
            explanation = explain_pair(kept.store, records[0], records[1])
        mask = read_declared().record_mask(kept.rules, kept.records) if masked else None
    if mask is not None:
        explanation = mask_values(mask_names(explanation, mask.name), mask)
    click.echo(text.render(explanation))
    if page:
        page.write_text(html.render(explanation), encoding="utf-8")
        click.echo(f"Wrote {page}")
