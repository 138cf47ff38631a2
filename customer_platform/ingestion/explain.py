"""Rejects with line, text and reason, from what the reader and the checks found.

DuckDB reports the line of rejected rows only: where an accepted row that is then refused stands is
looked up in its file. Only files that have such a row are read again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import duckdb

from customer_platform.ingestion import parquet_reader
from customer_platform.ingestion.records import Record, csv_records, lines
from customer_platform.ingestion.rejects import (
    BadRow,
    Place,
    Reject,
    in_file_order,
    of_cut_lines,
    of_line,
    of_row,
    printable,
)
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.staging import STAGED, StagedFile
from customer_platform.ingestion.text_files import read_text
from customer_platform.warehouse.sql import identifier


@dataclass
class StagedRows:
    """What is staged of a file.

    Attributes:
        file: The file.
        first_row: Rowid of its first row in the temporary table.
        count: Number of rows that DuckDB read.
        other_day: Whether some are not of the partition's day.
        unexpected: Columns that the file has and the table does not declare.
        last_row: Rowid of its last row with a value.
        skipped: Rows and lines without any value.
        bad: Rows that must not be loaded, but for those without any value.
    """

    file: StagedFile
    first_row: int = 0
    count: int = 0
    other_day: bool = False
    unexpected: tuple[str, ...] = ()
    last_row: int | None = None
    skipped: int = 0
    bad: list[BadRow] = field(default_factory=list)


def explain(
    connection: duckdb.DuckDBPyConnection, table: TableSpec, files: dict[str, StagedRows]
) -> dict[str, list[Reject]]:
    """Per path the rejects in file order: lines that gave no row, and the bad rows."""
    wanted: dict[str, set[int]] = {}
    for path, rows in files.items():
        for bad in rows.bad:
            wanted.setdefault(path, set()).add(bad.row)
            if bad.first:
                wanted.setdefault(bad.first[0], set()).add(bad.first[1])
    places = {
        path: locate_rows(connection, table, files[path].file, positions, files[path].count)
        for path, positions in wanted.items()
    }
    return {path: in_file_order(_rejects(connection, table, files, path, places)) for path in files}


def _rejects(
    connection: duckdb.DuckDBPyConnection,
    table: TableSpec,
    files: dict[str, StagedRows],
    path: str,
    places: dict[str, dict[int, Place]],
) -> list[Reject]:
    rows = files[path]
    scan = rows.file.scan
    undecoded = {r.line for r in rows.file.line_rejects if r.errors[0][0] == "INVALID ENCODING"}
    texts = locate_lines(rows.file, undecoded)
    rejects = of_cut_lines(scan)
    for line in rows.file.line_rejects:
        if line.has_no_value(table):
            continue
        text = texts.get(line.line)
        rejects.append(of_line(line, scan, table, None if text is None else printable(text)))
    found = places.get(path, {})
    lost = [bad.row for bad in rows.bad if bad.row not in found]
    fallback = _staged_texts(connection, table, rows, lost)
    for bad in rows.bad:
        first = None
        if bad.first:
            first_scan = files[bad.first[0]].file.scan
            place = places[bad.first[0]].get(bad.first[1])
            line_number = first_scan.landed_line(place.line) if place else None
            first = (first_scan.landed.relative, line_number)
        text = fallback.get(bad.row)
        rejects.append(of_row(bad, scan, table, found.get(bad.row), first, text))
    return rejects


def _staged_texts(
    connection: duckdb.DuckDBPyConnection, table: TableSpec, rows: StagedRows, lost: Sequence[int]
) -> dict[int, str]:
    """Values of rows whose place in the file was not found, as JSON."""
    if not lost:
        return {}
    members = ", ".join(f"{identifier(n)} := v{i}" for i, n in enumerate(table.columns))
    offset = rows.first_row - 1
    found = connection.execute(
        f"select rowid - {offset}, to_json(struct_pack({members}))::VARCHAR from {STAGED} "
        f"where rowid - {offset} in (select unnest(?::BIGINT[])) and _file = ?",
        [list(lost), rows.file.scan.path],
    ).fetchall()
    return dict(found)


def locate_rows(
    connection: duckdb.DuckDBPyConnection,
    table: TableSpec,
    file: StagedFile,
    wanted: Collection[int],
    rows: int,
) -> dict[int, Place]:
    """Line and text of rows of a file.

    Args:
        connection: For reading Parquet.
        table: What is declared.
        file: The file.
        wanted: 1-based positions among the rows that DuckDB read.
        rows: How many those are. If the file taken apart here has another number, no place is
            given rather than a wrong one.
    """
    if table.format == "parquet":
        texts = parquet_reader.raw_rows(connection, file.scan, sorted(wanted))
        return {row: Place(row, text) for row, text in texts.items()}
    unread = {reject.line for reject in file.line_rejects}
    places, position = {}, 0
    for record in _records(table, file):
        if record.line in unread:
            continue
        position += 1
        if position in wanted:
            places[position] = Place(record.line, record.text)
    return places if position == rows else {}


def locate_lines(file: StagedFile, wanted: Collection[int]) -> dict[int, str]:
    """The text of lines as the file has them, bytes that are not UTF-8 included."""
    if not wanted:
        return {}
    numbered = enumerate(read_text(file.scan.path).split("\n"), start=1)
    return {number: line.removesuffix("\r") for number, line in numbered if number in wanted}


def _records(table: TableSpec, file: StagedFile) -> Iterator[Record]:
    text = read_text(file.scan.path)
    if table.format == "jsonl":
        return lines(text)
    records = csv_records(text, table.delimiter, table.quote, file.batch.fields)
    next(records, None)
    return records
