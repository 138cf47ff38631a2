"""Whether two warehouses hold the same: every row of every table that both paths deliver."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

# Of each table the columns that say which row it is.
TABLES = {
    "raw.crm__customers": ("_source_file", "_row_number"),
    "raw.webshop__customers": ("_source_file", "_row_number"),
    "raw.webshop__order_lines": ("_source_file", "_row_number"),
    "raw.pos__receipt_lines": ("_source_file", "_row_number"),
    "raw.newsletter__subscribers": ("_source_file", "_row_number"),
    "raw.support__contacts": ("_source_file", "_row_number"),
    "raw.web__events": ("_source_file", "_row_number"),
    "identity.source_lookup": ("source", "source_record_id"),
    "identity.customer_id_map": ("source", "source_record_id"),
    "master.golden_records": ("customer_id",),
    "master.transactions": ("transaction_id",),
    "master.returns": ("transaction_id", "original_transaction_id"),
    "master.visitor_accounts": ("anonymous_id", "known_from"),
    "master.events": ("event_id",),
    "master.sessions": ("session_id",),
}

# Columns that only the graph fills, or that say when it ran. The floor's links have no rule.
_ONLY_GRAPH = {
    "identity_confidence",
    "_loaded_at",
    "linked_by_rule",
    "linked_to_source",
    "linked_to_record_id",
    "valid_from",
    "reason",
}


class DifferentResultError(RuntimeError):
    """The graph and the floor have not delivered the same."""


def compare(graph: Path, floor: Path) -> dict[str, int]:
    """Compares all rows of all tables, by a checksum per column that doesn't depend on their order.

    Customer IDs are compared as well: where they are equal, so is the partition of the records.

    Args:
        graph: The graph's warehouse.
        floor: The floor's warehouse.

    Returns:
        Rows per table.

    Raises:
        DifferentResultError: A table differs; the message names the columns.
    """
    return compare_tables(graph, floor, TABLES)


def compare_tables(
    graph: Path, floor: Path, tables: Mapping[str, tuple[str, ...]]
) -> dict[str, int]:
    """The same of some tables, given with the columns that say which row it is."""
    rows: dict[str, int] = {}
    differences = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{graph}' as graph (read_only)")
        connection.execute(f"attach '{floor}' as floor (read_only)")
        for table, key in tables.items():
            described = connection.execute(f"describe graph.{table}").fetchall()
            columns = [name for name, *_ in described if name not in _ONLY_GRAPH]
            found = {
                side: _checksums(connection, f"{side}.{table}", key, columns)
                for side in ("graph", "floor")
            }
            rows[table] = found["graph"][0]
            if rows[table] != found["floor"][0]:
                differences.append(f"{table}: {rows[table]:,} rows, {found['floor'][0]:,} in floor")
                continue
            different = [
                column
                for column, mine, theirs in zip(
                    columns, found["graph"][1:], found["floor"][1:], strict=True
                )
                if mine != theirs
            ]
            if different:
                differences.append(f"{table}: {', '.join(different)}")
    if differences:
        raise DifferentResultError(
            "the graph and the floor have not delivered the same: " + "; ".join(differences)
        )
    return rows


def _checksums(
    connection: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...], columns: list[str]
) -> tuple[int, ...]:
    """The number of rows, and per column a checksum of its values beside their keys."""
    name = ", ".join(key)
    sums = "".join(f', sum(hash({name}, "{column}")::hugeint)' for column in columns)
    return connection.execute(f"select count(*){sums} from {table}").fetchall()[0]
