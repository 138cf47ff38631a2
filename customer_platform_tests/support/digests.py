"""What tables hold, in lines that stay the same and tell which table and column has changed."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

# What depends on the moment of the run, on the day on which a view is read, or on how a macro is
# written.
OF_THE_MOMENT = {
    "master.built_choices.fingerprint",
    *(
        f"master.{relation}"
        for entity, masters in (
            ("customer", "customers"),
            ("buyer", "buyers"),
            ("seller", "sellers"),
            ("party", "parties"),
            ("account", "accounts"),
            ("contact", "contacts"),
        )
        for relation in (
            f"{entity}_changes.valid_from",
            f"{masters}_history.valid_from",
            f"{masters}_history.valid_to",
        )
    ),
    "master.customers.days_since_last_order",
    "master.restatement_totals.restated_at",
    "master.restatement_totals.run_id",
    "master.restatements.restated_at",
    "master.restatements.run_id",
}


def table_lines(warehouse: Path, schema: str) -> Iterator[str]:
    """Describes the tables and views of a schema by their rows, in whatever order these are.

    Args:
        warehouse: The warehouse.
        schema: The schema.

    Yields:
        Per table its name, its number of rows and a digest of them, and per column a digest of its
        values; columns of the moment are in neither.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        tables = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema = ? order by all",
            [schema],
        ).fetchall()
        for (table,) in tables:
            columns = [name for name, *_ in connection.execute(f"describe {table}").fetchall()]
            stable = [name for name in columns if f"{table}.{name}" not in OF_THE_MOMENT]
            values = ", ".join(f'"{name}"::varchar' for name in stable) or "null"
            rows = connection.execute(f"select {values} from {table}").fetchall()
            yield f"{table}: {len(rows)} rows, {_digest(map(repr, rows))}"
            digests = {
                name: _digest(repr(row[number]) for row in rows)
                for number, name in enumerate(stable)
            }
            yield from (f"    {name:<40} {digests.get(name, 'of the moment')}" for name in columns)


def _digest(values: Iterable[str]) -> str:
    joined = "\n".join(sorted(values)).encode()
    return hashlib.md5(joined, usedforsecurity=False).hexdigest()[:12]
