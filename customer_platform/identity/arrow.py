"""Arrow tables: in one piece, in many, and into DuckDB."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

# DuckDB's row group: as many rows as one thread reads or compresses at a time.
PIECE_ROWS = 122_880


def in_pieces(table: "pa.Table") -> "pa.Table":
    """The same table in pieces that threads can read side by side."""
    import pyarrow as pa

    return pa.Table.from_batches(table.to_batches(max_chunksize=PIECE_ROWS), table.schema)


def one_chunk(table: "pa.Table", column: str) -> "pa.Array":
    """A column of a table as one array."""
    import pyarrow as pa

    chunked = table[column].combine_chunks()
    if not isinstance(chunked, pa.ChunkedArray):
        return chunked
    return chunked.chunk(0) if chunked.num_chunks else pa.array([], type=chunked.type)


def insert_table(connection: "DuckDBPyConnection", target: str, table: "pa.Table") -> None:
    """Adds the rows of an Arrow table to a table with the same columns in the same order.

    A statement per row, as `executemany` runs them, takes a millisecond each.
    """
    connection.register("resolution_inserted", table)
    try:
        connection.execute(f"insert into {target} select * from resolution_inserted")
    finally:
        connection.unregister("resolution_inserted")
