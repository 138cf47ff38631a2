"""What `customer-platform run` prints: what was built, and how right it is."""

import duckdb
import pandas as pd

from customer_platform.deployment import MainRun
from customer_platform.environment import Environment
from customer_platform.identity import OutputTables

_IDENTITY = OutputTables("identity")
_KEPT_INSIDE = [
    _IDENTITY.resolution_state,
    _IDENTITY.ended_memberships,
    _IDENTITY.applied_overrides,
    _IDENTITY.customer_sizes,
]


def describe_run(run: MainRun) -> str:
    """One paragraph on the run and its checks."""
    lines = [
        f"Built {run.assets} assets for {run.first} to {run.last} in {run.seconds:.0f} s.",
        f"Checks: {run.checks.passed} passed, {len(run.checks.warned)} warned, "
        f"{len(run.checks.failed)} failed.",
    ]
    lines += [f"  warned: {name}" for name in run.checks.warned]
    lines += [f"  failed: {name}" for name in run.checks.failed]
    return "\n".join(lines)


def describe_warehouse(environment: Environment) -> str:
    """Rows per table, accuracy against the truth where there is one, and how to look further."""
    from customer_platform.identity.accuracy import pairwise_accuracy

    lines = []
    with duckdb.connect(str(environment.warehouse), read_only=True) as connection:
        rows = table_rows(connection)
        width = max(rows["table"].str.len(), default=0)
        lines += [
            f"  {name:<{width}}  {count:>12,}" for name, count in rows.itertuples(index=False)
        ]
        truth = environment.home / "truth.parquet"
        if truth.exists():
            accuracy = pairwise_accuracy(
                connection, "identity.customer_id_map", f"read_parquet('{truth}')"
            )
            people = connection.sql(
                f"select count(distinct person_id) from read_parquet('{truth}')"
            ).fetchall()[0][0]
            customers = connection.sql("select count(*) from master.customers").fetchall()[0][0]
            lines += [
                f"Customers: {customers:,} found, {people:,} people in truth; "
                f"pairwise precision {accuracy.precision:.4f}, recall {accuracy.recall:.4f}.",
            ]
    lines += ["Open the Dagster UI with `make ui`, then http://localhost:3000"]
    return "\n".join(["Rows:", *lines])


def table_rows(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Counts the rows of every table of three schemas, rejects included.

    Of the tables in which the customer ID map is kept, those that nobody reads are left out.

    Returns:
        One row per table in the order of the data's way: table, rows.
    """
    tables = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_schema in ('raw', 'identity', 'master') "
        "and not (table_schema = 'identity' and table_name in (select unnest(?::varchar[]))) "
        "order by list_position(['raw', 'identity', 'master'], table_schema), table_name",
        [_KEPT_INSIDE],
    ).fetchall()
    counts = [
        (name, connection.sql(f"select count(*) from {name}").fetchall()[0][0])
        for (name,) in tables
    ]
    return pd.DataFrame(counts, columns=["table", "rows"])
