"""The command that reads what is published."""

from typing import TYPE_CHECKING

import click

from customer_platform.environment import load_environment

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

_FORMATS = ("table", "csv", "json")


@click.command()
@click.argument("query")
@click.option("--format", "output", type=click.Choice(_FORMATS), default="table", show_default=True)
@click.option(
    "--rows", default=40, show_default=True, help="Maximum number of rows to show in a table."
)
@click.option(
    "--masked",
    is_flag=True,
    help="Read the masked publication: pseudonyms and years instead of personal data.",
)
def query(query: str, output: str, rows: int, masked: bool) -> None:
    r"""Run a query on the published masters, even while the pipeline runs.

    \b
    customer-platform query "select count(*), sum(net_revenue) from customers"
    customer-platform query "select * from returns" --format csv > returns.csv
    """
    from customer_platform.publishing import run_query

    environment = load_environment()
    folder = environment.published_masked if masked else environment.published
    found = run_query(folder, query)
    if output == "json":
        for line in _json_lines(found):
            click.echo(line)
        return
    frame = _frame(found)
    if output == "csv":
        click.echo(frame.to_csv(index=False), nl=False)
    else:
        shown = frame.head(rows)
        if shown.isna().any(axis=None):
            # Else they are None and <NA>.
            shown = shown.astype(object).where(shown.notna(), "")
        # Of no rows pandas would show what a frame is called in Python.
        click.echo(shown.to_string(index=False) if len(shown) else " ".join(shown.columns))
        if not len(frame):
            click.echo("(no rows)")
        if len(frame) > rows:
            click.echo(f"... {len(frame):,} rows in all; --rows or --format csv shows more")


def _frame(found: "pyarrow.Table") -> "pd.DataFrame":
    """As a frame that shows numbers as they are: by default pandas makes floats of many."""
    import pandas as pd
    import pyarrow as pa

    integers = {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.uint8(): pd.UInt8Dtype(),
        pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
    }
    frame: pd.DataFrame = found.to_pandas(types_mapper=integers.get)
    return frame


def _json_lines(found: "pyarrow.Table") -> list[str]:
    """Every row as a JSON object, by DuckDB, as Python's json has no exact decimals."""
    import duckdb

    with duckdb.connect() as connection:
        connection.register("found", found)
        rows = connection.execute("select to_json(found) from found").fetchall()
    return [line for (line,) in rows]
