"""DuckDB tables made of numpy arrays."""

import duckdb
import numpy as np
import pyarrow as pa

from customer_platform.demo.randomness import as_timestamps


def register(connection: duckdb.DuckDBPyConnection, name: str, columns: dict) -> None:
    """Make a DuckDB table of numpy columns; columns named `*_at` hold seconds since 1970."""
    arrays = {}
    for column, values in columns.items():
        if column.endswith("_at") and values.dtype == np.int64:
            values = as_timestamps(values)
        arrays[column] = values if isinstance(values, pa.Array) else pa.array(values)
    connection.register("arrow_columns", pa.table(arrays))
    casts = ", ".join(
        f"{column}::timestamp as {column}" if column.endswith("_at") else column
        for column in columns
    )
    connection.execute(f"create or replace table {name} as select {casts} from arrow_columns")
    connection.unregister("arrow_columns")


def words(positions: np.ndarray, pool: np.ndarray) -> pa.Array:
    """The words at these positions, stored once per distinct word; -1 becomes null."""
    index = pa.array(positions.astype(np.int32), mask=positions < 0)
    return pa.DictionaryArray.from_arrays(index, pa.array(pool, type=pa.string()))
