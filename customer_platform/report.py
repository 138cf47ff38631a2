"""What `customer-platform run` prints: what was built, and how right it is."""

from pathlib import Path

import duckdb
import pandas as pd

from customer_platform.check_counts import describe_checks
from customer_platform.deployment import MainRun
from customer_platform.environment import Environment
from customer_platform.identity import entity_tables
from customer_platform.identity.entities import CUSTOMER, nouns
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import table_kind


def describe_run(run: MainRun) -> str:
    """One paragraph on the run and its checks."""
    lines = [
        f"Built {run.assets} assets for {run.first} to {run.last} in {run.seconds:.0f} s.",
        f"Checks: {run.checks.passed} passed, {len(run.checks.warned)} warned, "
        f"{len(run.checks.failed)} failed.",
    ]
    return "\n".join([*lines, *describe_checks(run.checks)])


def describe_warehouse(environment: Environment) -> str:
    """Rows per table, accuracy against the truth where there is one, and how to look further."""
    lines = []
    with duckdb.connect(str(environment.warehouse), read_only=True) as connection:
        rows = table_rows(connection)
        width = max(rows["table"].str.len(), default=0)
        lines += [
            f"  {name:<{width}}  {count:>12,}" for name, count in rows.itertuples(index=False)
        ]
        truth = environment.home / "truth.parquet"
        if truth.exists():
            lines += accuracy_lines(connection, truth)
    lines += [
        "Open the Dagster UI with `customer-platform ui` (`make ui` in a checkout), "
        "then http://localhost:3000"
    ]
    return "\n".join(["Rows:", *lines])


def accuracy_lines(connection: duckdb.DuckDBPyConnection, truth: Path) -> list[str]:
    """How right the map of every entity of a demo is, a line each.

    Args:
        connection: A connection to the warehouse.
        truth: Parquet file with entity, source, source_record_id and person_id, one row per entity
            and record; without the column entity, all records are those of customers.
    """
    from customer_platform.identity.accuracy import pairwise_accuracy

    file = f"read_parquet({sql.literal(str(truth))})"
    columns = [row[0] for row in connection.execute(f"describe from {file}").fetchall()]
    if "entity" not in columns:
        file = f"(select {sql.literal(CUSTOMER)} as entity, * from {file})"
    people = connection.execute(
        f"select entity, count(distinct person_id) from {file} group by entity order by entity"
    ).fetchall()
    lines = []
    for entity, known in people:
        tables = entity_tables(entity)
        if table_kind(connection, tables.schema, tables.customer_id_map) is None:
            lines.append(f"{nouns(entity).capitalize()}: not resolved yet, {known:,} in truth.")
            continue
        id_map = tables.qualified(tables.customer_id_map)
        accuracy = pairwise_accuracy(
            connection, id_map, f"select * from {file} where entity = {sql.literal(entity)}"
        )
        found = connection.execute(f"select count(distinct customer_id) from {id_map}").fetchall()
        lines.append(
            f"{nouns(entity).capitalize()}: {found[0][0]:,} found, {known:,} in truth; "
            f"pairwise precision {accuracy.precision:.4f}, recall {accuracy.recall:.4f}."
        )
    return lines


def table_rows(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Counts the rows of every table of three schemas, rejects included.

    Of the tables in which ID maps are kept, those that no one reads are left out: some of the
    schema `identity`, and all of the schemas on which the views of other entities are.

    Returns:
        One row per table in the order of the data's way: table, rows.
    """
    tables = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_schema in ('raw', 'identity', 'master') "
        "and not (table_schema = 'identity' and table_name in (select unnest(?::varchar[]))) "
        "order by list_position(['raw', 'identity', 'master'], table_schema), table_name",
        [entity_tables(CUSTOMER).kept_inside],
    ).fetchall()
    counts = [
        (name, connection.sql(f"select count(*) from {name}").fetchall()[0][0])
        for (name,) in tables
    ]
    return pd.DataFrame(counts, columns=["table", "rows"])
