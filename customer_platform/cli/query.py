"""The command that reads what is published."""

import click

from customer_platform.environment import load_environment

_FORMATS = ("table", "csv", "json")


@click.command()
@click.argument("query")
@click.option("--format", "output", type=click.Choice(_FORMATS), default="table", show_default=True)
@click.option("--rows", default=40, show_default=True, help="Most rows that a table shows.")
def query(query: str, output: str, rows: int) -> None:
    r"""Run SQL on the published masters, also while the pipeline runs.

    \b
    customer-platform query "select count(*), sum(net_revenue) from customers"
    customer-platform query "select * from returns" --format csv > returns.csv
    """
    from customer_platform.publishing import run_query

    frame = run_query(load_environment().published, query)
    if output == "csv":
        click.echo(frame.to_csv(index=False), nl=False)
    elif output == "json":
        for line in frame.to_json(orient="records", lines=True, date_format="iso").splitlines():
            click.echo(line)
    else:
        click.echo(frame.head(rows).to_string(index=False, na_rep=""))
        if len(frame) > rows:
            click.echo(f"... {len(frame):,} rows in all; --rows or --format csv shows more")
