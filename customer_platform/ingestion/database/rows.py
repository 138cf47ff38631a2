"""Rows of a driver that knows no Arrow, as batches of text columns.

Everything is text, because such drivers guess types from the rows that come first; the declaration
says the types, and one place casts to them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

BATCH_ROWS = 50_000


def text_batches(
    fetch: Callable[[], Sequence[Sequence[Any]]],
    names: Sequence[str],
    text: Callable[[Any], str | None],
) -> Iterator[pa.RecordBatch]:
    """Batches of a cursor.

    Args:
        fetch: Delivers the next rows, none at the end.
        names: Names of the columns.
        text: The text of a value.
    """
    schema = pa.schema([(name, pa.string()) for name in names])
    while rows := fetch():
        columns = [pa.array(map(text, column), pa.string()) for column in zip(*rows, strict=True)]
        yield pa.record_batch(columns, schema=schema)
