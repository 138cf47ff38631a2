"""Arrays of numbers into DuckDB and out of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy.typing as npt

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@contextmanager
def numbers_as_table(
    connection: "DuckDBPyConnection", name: str, **columns: npt.NDArray[Any]
) -> Iterator[None]:
    """Makes arrays of equal length readable as the table `name` inside the with block.

    The table reads the arrays' own memory: they must not change meanwhile.
    """
    # Here, because loading it takes a third of a second, and importing the package shouldn't.
    import pyarrow as pa

    connection.register(name, pa.table({key: pa.array(value) for key, value in columns.items()}))
    try:
        yield
    finally:
        connection.unregister(name)


def fetch_numbers(connection: "DuckDBPyConnection", query: str) -> dict[str, npt.NDArray[Any]]:
    """Runs a query whose columns are numbers without nulls; returns an array per column."""
    return cast("dict[str, npt.NDArray[Any]]", connection.execute(query).fetchnumpy())
