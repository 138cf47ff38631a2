"""Staged rows checked: types, filled columns, the day of the partition, the primary key."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from customer_platform.ingestion.casts import NO_VALUE, PROBLEMS_TYPE
from customer_platform.ingestion.explain import StagedRows, explain
from customer_platform.ingestion.landing import LandedFile
from customer_platform.ingestion.records import is_total
from customer_platform.ingestion.rejects import TOTAL, BadRow, Reject
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.staging import STAGED, StagedFile

# The staged files: path, relative, day, position (order within the partition), first_row (rowid),
# other_day (whether rows are of another day), bad (number of rows that must not be loaded).
FILES = "temp._ingest_files"

# Rows that must not be loaded, and why.
BAD = "temp._ingest_bad"

_HAS_NO_VALUE = f"coalesce(_problems[1].kind = '{NO_VALUE}', false)"


@dataclass(frozen=True)
class CheckedFile:
    """A file with its verdict.

    Attributes:
        landed: The file in the landing zone.
        accepted: Rows that may be loaded.
        rejects: Every other row, in file order, but for those without any value.
        skipped: Rows without any value.
        unexpected: Columns that the file has and the table does not declare.
    """

    landed: LandedFile
    accepted: int
    rejects: list[Reject]
    skipped: int
    unexpected: tuple[str, ...]


def check_rows(
    connection: duckdb.DuckDBPyConnection, table: TableSpec, staged: Sequence[StagedFile]
) -> list[CheckedFile]:
    """Judge every staged row; leaves `FILES` and `BAD` for the insert."""
    files = {
        file.scan.path: StagedRows(file, unexpected=tuple(file.batch.unexpected))
        for file in sorted(staged, key=_delivery_order)
    }
    any_problem = _summarise(connection, table, files)
    _register_files(connection, files)
    _collect_bad(connection, table, any_problem)
    if table.format == "csv":
        _collect_totals(connection, table, files)
    if table.primary_key:
        _collect_duplicates(connection, table)
    _fetch_bad(connection, files)
    rejects = explain(connection, table, files)
    return [
        CheckedFile(
            rows.file.scan.landed,
            rows.count - len(rows.bad) - rows.skipped,
            rejects[path],
            rows.skipped + sum(line.has_no_value(table) for line in rows.file.line_rejects),
            rows.unexpected,
        )
        for path, rows in files.items()
    ]


def drop_checks(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove the temporary tables."""
    for name in (FILES, BAD):
        connection.execute(f"drop table if exists {name}")


def _summarise(
    connection: duckdb.DuckDBPyConnection, table: TableSpec, files: dict[str, StagedRows]
) -> bool:
    """One pass for everything that is usually in order; whether anything is not."""
    day = f"{_value(table, table.partition_column)}::DATE" if table.partition_column else "null"
    rows = connection.execute(
        f"select _file, min(rowid), count(*), count(_problems), min({day})::VARCHAR, "
        f"max({day})::VARCHAR, count(_unexpected), max(rowid) filter (not {_HAS_NO_VALUE}) "
        f"from {STAGED} group by _file"
    ).fetchall()
    any_problem = any_unexpected = False
    for path, first, count, problems, earliest, latest, unexpected, last in rows:
        file = files[path]
        file.last_row = last
        partition = file.file.scan.landed.partition
        file.first_row, file.count = first, count
        file.other_day = any(d not in (None, partition) for d in (earliest, latest))
        any_problem = any_problem or problems > 0 or file.other_day
        any_unexpected = any_unexpected or unexpected > 0
    if any_unexpected and table.format == "jsonl":
        keys = connection.execute(
            "select _file, list_sort(list(distinct key)) from (select _file, "
            f"unnest(json_keys(_unexpected)) as key from {STAGED} where _unexpected is not null) "
            "group by _file"
        ).fetchall()
        for path, names in keys:
            files[path].unexpected = tuple(names)
    return any_problem


def _register_files(connection: duckdb.DuckDBPyConnection, files: dict[str, StagedRows]) -> None:
    scans = [rows.file.scan for rows in files.values()]
    columns = [
        [scan.path for scan in scans],
        [scan.landed.relative for scan in scans],
        [scan.landed.partition for scan in scans],
        list(range(len(scans))),
        [rows.first_row for rows in files.values()],
        [rows.other_day for rows in files.values()],
    ]
    connection.execute(
        "create or replace temp table _ingest_files as select unnest(?::VARCHAR[]) as path, "
        "unnest(?::VARCHAR[]) as relative, unnest(?::DATE[]) as day, "
        "unnest(?::BIGINT[]) as position, unnest(?::BIGINT[]) as first_row, "
        "unnest(?::BOOLEAN[]) as other_day, 0::BIGINT as bad",
        columns,
    )


def _collect_bad(
    connection: duckdb.DuckDBPyConnection, table: TableSpec, any_problem: bool
) -> None:
    connection.execute(
        f"create or replace temp table _ingest_bad (row_id BIGINT, path VARCHAR, "
        f"problems {PROBLEMS_TYPE}, other_day DATE, first_row_id BIGINT, first_path VARCHAR, "
        '"key" VARCHAR[])'
    )
    if not any_problem:
        return
    day = f"{_value(table, table.partition_column)}::DATE" if table.partition_column else "f.day"
    connection.execute(
        f"insert into {BAD} select s.rowid, s._file, s._problems, "
        f"case when {day} <> f.day then {day} end, null, null, null "
        f"from {STAGED} s join {FILES} f on s._file = f.path "
        f"where s._problems is not null or (f.other_day and {day} <> f.day)"
    )


def _collect_totals(
    connection: duckdb.DuckDBPyConnection, table: TableSpec, files: dict[str, StagedRows]
) -> None:
    """The last row of a file where it is of totals."""
    last = [rows.last_row for rows in files.values() if rows.last_row is not None]
    values = ", ".join(f"v{index}::VARCHAR" for index in range(len(table.columns)))
    rows = connection.execute(
        f"select rowid, _file, [{values}], _problems "
        f"from {STAGED} where rowid in (select unnest(?::BIGINT[]))",
        [last],
    ).fetchall()
    for row, path, texts, problems in rows:
        # A value that does not fit its type is null in its column, and named by the problem.
        misfits = {each["column"]: each["value"] for each in problems or [] if each}
        filled = {
            column: value
            for column, text in zip(table.columns, texts, strict=True)
            if (value := text or misfits.get(column)) and value.strip()
        }
        if is_total(filled, table.primary_key, len(table.columns)):
            connection.execute(f"delete from {BAD} where row_id = ?", [row])
            connection.execute(
                f"insert into {BAD} values (?, ?, [{{'column': null, 'kind': '{TOTAL}', "
                "'value': null}], null, null, null, null)",
                [row, path],
            )


def _collect_duplicates(connection: duckdb.DuckDBPyConnection, table: TableSpec) -> None:
    """All rows of a key but the first one of the partition, in the order of files and rows."""
    keys = [_value(table, name) for name in table.primary_key]
    listed = ", ".join(keys)
    good = f"s.rowid not in (select row_id from {BAD})" if _count(connection, BAD) else "true"
    rows = f"from {STAGED} s join {FILES} f on s._file = f.path"
    connection.execute(
        f"create or replace temp table _ingest_repeated as select f.day, {listed} {rows} "
        f"where {good} group by f.day, {listed} having count(*) > 1"
    )
    if _count(connection, "temp._ingest_repeated"):
        same = " and ".join(f"s.{key} = r.{key}" for key in keys)
        partition = ", ".join(f"s.{key}" for key in keys)
        texts = ", ".join(f"s.{key}::VARCHAR" for key in keys)
        connection.execute(
            f"insert into {BAD} select row_id, path, null, null, first_row_id, first_path, texts "
            "from (select s.rowid as row_id, s._file as path, row_number() over w as nth, "
            "first_value(s.rowid) over w as first_row_id, first_value(s._file) over w as "
            f"first_path, [{texts}] as texts {rows} "
            f"join temp._ingest_repeated r on f.day = r.day and {same} where {good} "
            f"window w as (partition by f.day, {partition} order by f.position, s.rowid)) "
            "where nth > 1"
        )
    connection.execute("drop table temp._ingest_repeated")


def _fetch_bad(connection: duckdb.DuckDBPyConnection, files: dict[str, StagedRows]) -> None:
    rows = connection.execute(
        f"select row_id, path, problems, other_day, first_row_id, first_path, "
        f'"key" from {BAD} where problems is null or problems[1] is null or problems[1].kind <> '
        f"'{NO_VALUE}' order by row_id"
    ).fetchall()
    for path, count in connection.execute(
        f"select path, count(*) from {BAD} where problems[1].kind = '{NO_VALUE}' group by path"
    ).fetchall():
        files[path].skipped = count
    for row, path, problems, other_day, first_row, first_path, key in rows:
        file = files[path]
        file.bad.append(
            BadRow(
                row - file.first_row + 1,
                [tuple(problem.values()) for problem in problems or [] if problem],
                other_day,
                (first_path, first_row - files[first_path].first_row + 1) if first_path else None,
                key or (),
            )
        )
    connection.execute(
        f"update {FILES} set bad = counted.bad from "
        f"(select path, count(*) as bad from {BAD} group by path) counted "
        "where _ingest_files.path = counted.path"
    )


def _delivery_order(file: StagedFile) -> tuple[str, str]:
    return file.scan.landed.partition, file.scan.landed.relative


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    return int(connection.execute(f"select count(*) from {name}").fetchall()[0][0])


def _value(table: TableSpec, column: str | None) -> str:
    return f"v{list(table.columns).index(str(column))}"
