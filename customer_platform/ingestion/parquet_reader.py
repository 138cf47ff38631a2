"""Parquet files: matched by column name, grouped by schema."""

import re
from collections.abc import Sequence

import duckdb

from customer_platform.errors import IngestionError, UnreadableFileError
from customer_platform.ingestion.batch import Batch, Shapes, check_columns, path_list, unreadable
from customer_platform.ingestion.casts import select_typed
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.text_files import ScanFile, check_not_empty
from customer_platform.warehouse.sql import identifier, literal

_MAGIC = b"PAR1"
# Row numbers that pandas writes along with filtered frames, and not with others.
INDEX = re.compile(r"__index_level_\d+__")

# name -> DuckDB type, in file order
Schema = tuple[tuple[str, str], ...]


def shapes(
    connection: duckdb.DuckDBPyConnection, files: Sequence[ScanFile], table: TableSpec
) -> Shapes:
    """Group files by their schema."""
    result = Shapes()
    by_schema: dict[Schema, list[ScanFile]] = {}
    for file in files:
        try:
            _check_magic(file)
            schema = _schema(connection, file, table)
            check_columns(file, table, [name for name, _ in schema])
        except IngestionError as error:
            result.failures[file.path] = error
            continue
        by_schema.setdefault(schema, []).append(file)
    for schema, group in by_schema.items():
        result.batches.append(_batch(group, table, schema))
    return result


def raw_rows(
    connection: duckdb.DuckDBPyConnection, file: ScanFile, rows: Sequence[int]
) -> dict[int, str]:
    """Rows of a file (1-based) as JSON text."""
    wanted = ", ".join(str(row - 1) for row in rows)
    found = connection.execute(
        "select _ingest_row + 1, json_merge_patch(to_json(t), '{\"_ingest_row\": null}')::VARCHAR "
        f"from (select *, file_row_number as _ingest_row from read_parquet({path_list([file])})) t "
        f"where _ingest_row in ({wanted})"
    ).fetchall()
    return dict(found)


def _check_magic(file: ScanFile) -> None:
    check_not_empty(file)
    with open(file.path, "rb") as stream:
        head = stream.read(4)
        stream.seek(max(file.landed.size - 4, 0))
        tail = stream.read(4)
    if head != _MAGIC or tail != _MAGIC:
        what = "cut off: its end is missing" if head == _MAGIC else "not a Parquet file"
        raise UnreadableFileError(
            f"{file.landed.path}: {what}; have the source deliver it again, or correct the "
            "declared format"
        )


def _schema(connection: duckdb.DuckDBPyConnection, file: ScanFile, table: TableSpec) -> Schema:
    try:
        rows = connection.execute(
            f"describe select * from read_parquet({path_list([file])})"
        ).fetchall()
    except duckdb.Error as error:
        raise unreadable(file, table, error) from error
    return tuple((str(row[0]), str(row[1])) for row in rows)


def _batch(files: Sequence[ScanFile], table: TableSpec, schema: Schema) -> Batch:
    types = dict(schema)
    given = {name: types[name] for name in table.columns}
    extra = [name for name, _ in schema if name not in table.columns and not INDEX.fullmatch(name)]
    columns = ", ".join(
        f"{identifier(name)} as c{index}" for index, name in enumerate(table.columns)
    )
    extras = "".join(f", {identifier(name)} as x{index}" for index, name in enumerate(extra))
    members = ", ".join(f"{literal(name)}, x{index}" for index, name in enumerate(extra))
    unexpected = f"json_object({members})" if extra else "cast(null as JSON)"

    def select(paths: str) -> str:
        source = (
            f"select {columns}{extras}, _ingest_file as _file from read_parquet({paths}, "
            "filename = '_ingest_file', hive_partitioning = false)"
        )
        undeclared = {f"x{index}": types[name] for index, name in enumerate(extra)}
        return select_typed(
            table, given, source, unexpected, keys=table.filled_columns, undeclared=undeclared
        )

    return Batch(files, select, extra)
