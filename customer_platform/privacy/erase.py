"""Takes a person out of the warehouse: records and what is kept of them go, facts stay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from customer_platform.errors import TotalsChangedError
from customer_platform.ingestion.tables import SCHEMA as RAW
from customer_platform.privacy.footprint import Footprint
from customer_platform.privacy.part import MASTER, Part
from customer_platform.warehouse.duckdb import columns_of, table_kind
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PENDING = f"{MASTER}.pending_changes"
_NUMBERS = ("DECIMAL", "BIGINT", "INTEGER", "HUGEINT", "SMALLINT", "TINYINT", "DOUBLE", "FLOAT")


@dataclass(frozen=True)
class ErasedRows:
    """What was done with rows of a table.

    Attributes:
        table: Schema and name.
        rows: How many.
        stayed: Whether they stayed without the person.
    """

    table: str
    rows: int
    stayed: bool


@dataclass(frozen=True)
class LandedRows:
    """Rows of landed files that the raw table held of a person.

    Attributes:
        table: The raw table, without its schema.
        file: The file, relative to the landing zone.
        dropped: Numbers of the rows that were deleted.
        emptied: Number of a row that stayed -> its columns that were emptied or replaced.
        rows: How many rows the raw table has of the file.
        loaded_at: When they were loaded, UTC.
    """

    table: str
    file: str
    dropped: tuple[int, ...]
    emptied: Mapping[int, Mapping[str, str | None]]
    rows: int
    loaded_at: datetime


def landed_rows(connection: "DuckDBPyConnection", parts: Sequence[Part]) -> list[LandedRows]:
    """Which rows of which files are those of raw tables that `erase_rows` deletes or empties.

    Args:
        connection: The warehouse, before anything is erased.
        parts: The rows of the person.
    """
    dropped: dict[tuple[str, str], list[int]] = {}
    emptied: dict[tuple[str, str], dict[int, dict[str, str | None]]] = {}
    for part in parts:
        if part.schema != RAW:
            continue
        columns = [column for column in part.assigned if column != "_unexpected"]
        values = "".join(
            f", cast({part.assigned[column]} as varchar), "
            f"{identifier(column)} is distinct from ({part.assigned[column]})"
            for column in columns
        )
        for file, number, *found in connection.execute(
            f"select _source_file, _row_number{values} from {part.quoted} "
            f"where rowid in (select row_id from {part.marked}) and _source_file is not null"
        ).fetchall():
            if not part.assigned:
                dropped.setdefault((part.table, file), []).append(number)
                continue
            changed = {
                column: value
                for column, value, differs in zip(columns, found[::2], found[1::2], strict=True)
                if differs
            }
            emptied.setdefault((part.table, file), {})[number] = changed
    loaded = {}
    for table in {table for table, _ in (*dropped, *emptied)}:
        files = [file for each, file in {*dropped, *emptied} if each == table]
        for file, rows, loaded_at in connection.execute(
            f"select _source_file, count(*), max(_loaded_at) from {RAW}.{identifier(table)} "
            "where _source_file in (select unnest(?::varchar[])) group by _source_file",
            [files],
        ).fetchall():
            loaded[table, file] = (rows, loaded_at)
    return [
        LandedRows(table, file, tuple(sorted(dropped.get((table, file), ()))),
                   emptied.get((table, file), {}), *loaded[table, file])
        for table, file in sorted({*dropped, *emptied})
    ]  # fmt: skip


def erase_rows(
    connection: "DuckDBPyConnection", footprint: Footprint, parts: Sequence[Part]
) -> list[ErasedRows]:
    """Deletes the rows of a person, and empties those that stay.

    Masters that follow from them are marked to be built again by the next run.

    Args:
        connection: The warehouse, inside of a transaction.
        footprint: Whose rows they are.
        parts: The rows.

    Raises:
        TotalsChangedError: A total of the facts would change; the message says which, and what to
            declare.
    """
    facts = sorted({part.name for part in parts if part.assigned and part.schema == MASTER})
    before = {table: _totals(connection, footprint, table) for table in facts}
    _mark_pending(connection, footprint, parts)
    shortened = {
        part: _distinct(connection, part, "_source_file")
        for part in parts
        if part.schema == RAW and not part.assigned
    }
    _change(connection, [part for part in parts if part.schema == RAW])
    footprint.find_replaced()
    _change(connection, [part for part in parts if part.schema != RAW])
    for part, files in shortened.items():
        _number_again(connection, part, files)
    for table in facts:
        if _totals(connection, footprint, table) != before[table]:
            raise TotalsChangedError(
                f"erasing would change totals of {table}: nothing was erased. Declare "
                "`personal: false` for the columns of its sources that amounts, quantities, "
                "types and days are made of"
            )
    return [ErasedRows(part.name, part.rows, bool(part.assigned)) for part in parts]


def _change(connection: "DuckDBPyConnection", parts: Sequence[Part]) -> None:
    for part in parts:
        mine = f"rowid in (select row_id from {part.marked})"
        if part.assigned:
            changes = ", ".join(f"{identifier(name)} = {to}" for name, to in part.assigned.items())
            connection.execute(f"update {part.quoted} set {changes} where {mine}")
        else:
            connection.execute(f"delete from {part.quoted} where {mine}")


def _totals(
    connection: "DuckDBPyConnection", footprint: Footprint, table: str
) -> list[tuple[object, ...]]:
    """Rows and sums of a table of facts by day, and by what reports split them."""
    columns = {name: kind for name, kind, *_ in connection.execute(f"describe {table}").fetchall()}
    kinds = footprint.kinds(table, list(columns))
    by = [
        name
        for name in ("partition_date", "source", "transaction_type", "event_type", "currency",
                     "channel", "relation", "run_id", "return_match")
        if name in columns
    ]  # fmt: skip
    sums = [
        # Floating numbers have another sum in another order.
        f"sum(cast({identifier(name)} as decimal(38, 6)))"
        for name, kind in columns.items()
        # What says who somebody is, as a number of theirs, adds up to nothing.
        if kind.startswith(_NUMBERS) and kinds[name.lower()] in (False, None)
    ]
    grouped = f"group by {', '.join(by)} order by {', '.join(by)}" if by else ""
    return connection.execute(
        f"select {', '.join([*by, 'count(*)', *sums])} from {table} {grouped}"
    ).fetchall()


def _mark_pending(
    connection: "DuckDBPyConnection", footprint: Footprint, parts: Sequence[Part]
) -> None:
    """Makes the next run build what follows, and publish what has changed."""
    if table_kind(connection, MASTER, "pending_changes") is None:
        return
    rows: list[tuple[str, str | None, str]] = []
    for entity, ids in (*footprint.shared_ids().items(), *footprint.whole_ids().items()):
        rows += [(entity, None, each) for each in ids]
    for part in parts:
        if part.schema == MASTER:
            days = _days(connection, part)
            rows += [(kind, part.table, day) for day in days for kind in ("day", "erased_day")]
            if part.table == "visitor_log_ins":
                rows += [
                    ("log_in", None, visitor)
                    for visitor in _distinct(connection, part, "anonymous_id")
                ]
    connection.execute(
        f"insert into {_PENDING} (kind, source, key) select distinct * from "
        "(select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]))",
        [[row[position] for row in rows] for position in range(3)],
    )


def _days(connection: "DuckDBPyConnection", part: Part) -> list[str]:
    if "partition_date" not in columns_of(connection, part.quoted):
        # What isn't published by day is published as a whole.
        return ["*"]
    return _distinct(connection, part, "cast(partition_date as varchar)")


def _distinct(connection: "DuckDBPyConnection", part: Part, expression: str) -> list[str]:
    """The values that an expression has in the rows of a part."""
    rows = connection.execute(
        f"select distinct {expression} from {part.quoted} "
        f"where rowid in (select row_id from {part.marked})"
    ).fetchall()
    return [row[0] for row in rows]


def _number_again(connection: "DuckDBPyConnection", part: Part, files: Sequence[str]) -> None:
    """Numbers the rows of files as they are numbered once the files are without the others."""
    connection.execute(
        f"update {part.quoted} as kept set _row_number = again.number from "
        "(select rowid as row_id, row_number() over "
        f"(partition by _source_file order by _row_number) as number from {part.quoted} "
        "where _source_file in (select unnest(?::varchar[]))) as again "
        "where kept.rowid = again.row_id and kept._row_number <> again.number",
        [list(files)],
    )
