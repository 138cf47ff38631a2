"""Who decided that records are one customer: the seed and the store's decisions say it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from customer_platform.identity.overrides import COLUMNS, EXPLANATORY_COLUMNS, SAME
from customer_platform.identity.store import OutputTables
from customer_platform.stewardship.explain.model import Override, RecordName
from customer_platform.stewardship.explain.reading import columns, ordered
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import table_kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


# The seed in which stewards write; the map keeps no author and no reason.
LINK_OVERRIDES = "link_overrides"


def read_overrides(
    connection: "DuckDBPyConnection", tables: OutputTables, names: Sequence[RecordName]
) -> dict[tuple[RecordName, RecordName], Override]:
    """The `same` overrides between some records, by the two names in their order.

    Where the seed and the store of decisions say the same, the seed is quoted.
    """
    wanted = set(names)
    found: dict[tuple[RecordName, RecordName], Override] = {}
    # Overrides are written by people: there are few, so all of them are read.
    for kind, source, record_id, other_source, other_record_id, *explanation in [
        *_seeded_overrides(connection, tables),
        *_stored_overrides(connection, tables),
    ]:
        pair = ordered(RecordName(source, record_id), RecordName(other_source, other_record_id))
        if kind == SAME and wanted.issuperset(pair):
            found.setdefault(pair, Override(*explanation))
    return found


def _seeded_overrides(
    connection: "DuckDBPyConnection", tables: OutputTables
) -> list[tuple[Any, ...]]:
    schema, name = tables.schema, LINK_OVERRIDES
    if tables.link_overrides:
        schema, _, name = tables.link_overrides.rpartition(".")
    if not table_kind(connection, schema, name):
        return []
    table = f"{sql.identifier(schema)}.{sql.identifier(name)}"
    there = columns(connection, table)
    said = ", ".join(
        sql.identifier(column) if column in there else "null" for column in EXPLANATORY_COLUMNS
    )
    named = ", ".join(f"coalesce(trim(cast({column} as varchar)), '')" for column in COLUMNS)
    return connection.execute(f"select {named}, {said} from {table} order by all").fetchall()


def _stored_overrides(
    connection: "DuckDBPyConnection", tables: OutputTables
) -> list[tuple[Any, ...]]:
    if not table_kind(connection, tables.schema, tables.link_decisions):
        return []
    return connection.execute(
        f"select {', '.join(COLUMNS)}, author, cast(decided_at as date), "
        f"decided_because from {tables.qualified(tables.link_decisions)} order by number"
    ).fetchall()
