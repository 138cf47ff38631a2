"""Rejects with line, text and reason, from what the reader and the checks found."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from customer_platform.ingestion.casts import identifier
from customer_platform.ingestion.locate import locate_lines, locate_rows
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
