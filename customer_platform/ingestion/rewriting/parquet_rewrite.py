"""A Parquet file without some of its rows: schema, row groups and compression as they were.

But a column that had to have a value in every row, and is emptied in one, may be empty from then
on.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from customer_platform.errors import PrivacyError
from customer_platform.ingestion.rewriting.change import RowChange

_DICTIONARY = {"PLAIN_DICTIONARY", "RLE_DICTIONARY"}


def rewrite_parquet(path: Path, made: Path, change: RowChange) -> None:
    """Writes a Parquet file again.

    Args:
        path: The file.
        made: The new file.
        change: What is to be changed; a line is the position of a row.

    Raises:
        PrivacyError: It can't be changed so, or can't be written as it was.
    """
    with pq.ParquetFile(path) as file:
        metadata, schema = file.metadata, _that_takes(file.schema_arrow, change.blank)
        dropped = np.fromiter({*change.drop, *change.lines}, dtype=np.int64) - 1
        if len(dropped) and (dropped.min() < 0 or dropped.max() >= metadata.num_rows):
            raise PrivacyError(f"{path}: has no row {dropped.max() + 1}")
        kept = np.ones(metadata.num_rows, dtype=bool)
        kept[dropped] = False
        with pq.ParquetWriter(made, schema, **_options(file)) as writer:
            first = 0
            for group in range(metadata.num_row_groups):
                rows = file.read_row_group(group).cast(schema)
                rows = _changed(path, rows, first, change.blank)
                rows = _without_remains(rows.filter(pa.array(kept[first : first + len(rows)])))
                first += metadata.row_group(group).num_rows
                if len(rows):
                    writer.write_table(rows, row_group_size=len(rows))
        # What Arrow can't tell apart, the platform does when it reads the new file.
        if not pq.read_schema(made).equals(schema):
            raise PrivacyError(
                f"{path}: can't be written again with the types that it has. Have the source "
                "deliver it without the rows"
            )


def _that_takes(schema: pa.Schema, blank: Mapping[int, Mapping[str, str | None]]) -> pa.Schema:
    """The schema of a file, in which columns that are emptied may be empty."""
    emptied = {
        column for written in blank.values() for column, value in written.items() if value is None
    }
    for index, field in enumerate(schema):
        if field.name in emptied and not field.nullable:
            schema = schema.set(index, field.with_nullable(True))
    return schema


def _without_remains(rows: pa.Table) -> pa.Table:
    """The same rows, with dictionaries that hold no value of a row that was left out."""
    for index, field in enumerate(rows.schema):
        if pa.types.is_dictionary(field.type):
            plain = rows.column(index).cast(field.type.value_type)
            rows = rows.set_column(index, field, plain.dictionary_encode().cast(field.type))
        elif "dictionary<" in str(field.type):
            # Within a structure: built again value by value.
            built = pa.array(rows.column(index).to_pylist(), field.type)
            rows = rows.set_column(index, field, built)
    return rows


def _options(file: pq.ParquetFile) -> dict[str, Any]:
    """How the file was written."""
    metadata = file.metadata
    kept = metadata.metadata or {}
    columns = []
    if metadata.num_row_groups:
        group = metadata.row_group(0)
        columns = [group.column(index) for index in range(group.num_columns)]
    compression = {column.path_in_schema: _name(column.compression) for column in columns}
    # Other writers than Arrow's store short decimals as integers.
    short = any(
        column.physical_type in ("INT32", "INT64") and "Decimal" in str(file.schema.column(index))
        for index, column in enumerate(columns)
    )
    is_int96 = any(column.physical_type == "INT96" for column in columns)
    return {
        "version": "1.0" if metadata.format_version == "1.0" else "2.6",
        "compression": compression or "snappy",
        "use_dictionary": [
            column.path_in_schema for column in columns if _DICTIONARY & set(column.encodings)
        ],
        "write_statistics": any(column.is_stats_set for column in columns),
        "store_decimal_as_integer": short,
        "use_deprecated_int96_timestamps": is_int96,
        "store_schema": b"ARROW:schema" in kept,
    }


def _name(compression: str) -> str:
    """What a writer calls what a reader calls otherwise."""
    return {"UNCOMPRESSED": "none", "LZ4_RAW": "lz4"}.get(compression, compression.lower())


def _changed(
    path: Path, rows: pa.Table, first: int, blank: Mapping[int, Mapping[str, str | None]]
) -> pa.Table:
    """Rows of a row group that begins behind so many others, with what is written in them."""
    by_column: dict[str, dict[int, str | None]] = {}
    for position, written in blank.items():
        if first < position <= first + len(rows):
            for column, value in written.items():
                by_column.setdefault(column, {})[position - 1 - first] = value
    for column, values in by_column.items():
        index = rows.schema.get_field_index(column)
        if index < 0:
            raise PrivacyError(f"{path}: has no column {column!r} that could be changed")
        field = rows.schema.field(index)
        rows = rows.set_column(index, field, _replaced(path, rows[column], field.type, values))
    return rows


def _replaced(
    path: Path, column: pa.ChunkedArray, kind: pa.DataType, values: Mapping[int, str | None]
) -> pa.Array:
    order = sorted(values)
    mask = np.zeros(len(column), dtype=bool)
    mask[order] = True
    try:
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        texts = pa.array([values[index] for index in order], pa.string())
        written = (
            pa.nulls(len(order), plain) if texts.null_count == len(order) else texts.cast(plain)
        )
        array = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, kind)
        if pa.types.is_dictionary(kind):
            array = array.cast(plain)
        if pa.types.is_nested(plain):
            # No function replaces their values; nobody writes others there.
            listed = array.to_pylist()
            for index in order:
                listed[index] = None
            return pa.array(listed, plain)
        return pc.replace_with_mask(array, pa.array(mask), written).cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise PrivacyError(f"{path}: what is to be written is no {kind}") from error
