"""Tables of a few rows, packed into a column beside the rows of a large one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_PACKED_ROWS = 50_000


def packed(part: str, table: "pa.Table", schema: "pa.Schema") -> "Iterator[pa.RecordBatch]":
    """A table as rows of another schema, of which only `part` and `packed` are filled."""
    import pyarrow as pa

    for batch in table.to_batches(max_chunksize=_PACKED_ROWS):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        yield one(part, sink.getvalue().to_pybytes(), schema)


def one(part: str, content: bytes, schema: "pa.Schema") -> "pa.RecordBatch":
    """A row of which only `part` and `packed` are filled."""
    import pyarrow as pa

    filled = {"part": pa.array([part], pa.string()), "packed": pa.array([content], pa.binary())}
    return pa.RecordBatch.from_arrays(
        [filled.get(each.name, pa.nulls(1, each.type)) for each in schema], schema=schema
    )


def unpacked(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """A worker that gives the rows that are packed in the only column."""
    import pyarrow as pa

    for batch in batches:
        for packed in batch.column(0):
            with pa.ipc.open_stream(packed.as_buffer()) as reader:
                for each in reader:
                    yield pa.RecordBatch.from_pydict(
                        {
                            name: column.cast(pa.string())
                            if pa.types.is_large_string(column.type)
                            else column
                            for name, column in zip(each.schema.names, each.columns, strict=True)
                        }
                    )
