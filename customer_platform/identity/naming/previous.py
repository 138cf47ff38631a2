"""The customer IDs that records had before."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.errors import PreviousMapError
from customer_platform.identity.staging import RECORDS, RecordOrder
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import columns_of, fetch_numbers

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# The IDs that matter to the records at hand: customer_id, issued_at, in_map (whether a record had
# it last). Its rowid is called the code of an ID.
PREVIOUS_IDS = "temp.resolution_previous_ids"

NO_ID = -1


@dataclass(frozen=True)
class PreviousIds:
    """What records had.

    Attributes:
        codes: Per record number, the code of the ID it had, `NO_ID` for a new record.
        roots: Per record number, whether it was the founding record of its customer.
        count: Codes are below it.
        live: IDs that records had last.
    """

    codes: npt.NDArray[np.int32]
    roots: npt.NDArray[np.bool_]
    count: int
    live: int


def no_previous_ids(connection: "DuckDBPyConnection", record_count: int) -> PreviousIds:
    """Starts from nothing: no record had an ID, and no ID was issued."""
    connection.execute(
        f"create or replace temp table {sql.bare(PREVIOUS_IDS)} "
        f"(customer_id varchar, issued_at timestamp, in_map boolean)"
    )
    return PreviousIds(
        codes=np.full(record_count, NO_ID, dtype=np.int32),
        roots=np.zeros(record_count, dtype=np.bool_),
        count=0,
        live=0,
    )


def read_previous_map(
    connection: "DuckDBPyConnection", previous: str, issued: str | None, order: RecordOrder
) -> PreviousIds:
    """Reads a map that was written before.

    Args:
        connection: A connection in which the records are staged.
        previous: The map: a table name or a query. Needs record_id (or source_record_id) and
            customer_id; uses source, linked_by_rule and issued_at (else valid_from) where they
            are there.
        issued: IDs issued before, retired ones included, with the columns customer_id and
            issued_at: a table name or a query; None when there is only the map.
        order: The records by number.

    Raises:
        PreviousMapError: The map lacks a column, or has a record twice.
    """
    columns = {column.lower() for column in columns_of(connection, previous)}
    record_id = "source_record_id" if "source_record_id" in columns else "record_id"
    if absent := [column for column in (record_id, "customer_id") if column not in columns]:
        raise PreviousMapError(
            f"the previous map {previous} lacks the columns {', '.join(absent)}; "
            f"it has {', '.join(sorted(columns))}"
        )
    source = "coalesce(cast(source as varchar), '')" if "source" in columns else "''"
    is_root = "linked_by_rule is null" if "linked_by_rule" in columns else "false"
    times = [column for column in ("issued_at", "valid_from") if column in columns]
    issued_at = f"cast({times[0] if times else 'null'} as timestamp)"
    was = (
        f"(select {source} as source, cast({record_id} as varchar) as record_id, customer_id, "
        f"{is_root} as is_root, {issued_at} as issued_at from {sql.relation(previous)})"
    )
    refuse_repeated_records(connection, previous, was)
    registered = (
        f"(select customer_id, issued_at from {sql.relation(issued)})"
        if issued
        else "(select null as customer_id, null as issued_at where false)"
    )
    connection.execute(
        f"create or replace temp table {sql.bare(PREVIOUS_IDS)} as "
        f"with mapped as (select customer_id, min(issued_at) as issued_at from {was} as was "
        f"group by customer_id), "
        f"registered as (select customer_id, min(issued_at) as issued_at from {registered} as ids "
        f"group by customer_id) "
        f"select customer_id, "
        f"cast(least(registered.issued_at, mapped.issued_at) as timestamp) as issued_at, "
        f"mapped.customer_id is not null as in_map "
        f"from registered full join mapped using (customer_id)"
    )
    found = fetch_numbers(
        connection,
        f"select records.record_row, "
        f"cast(ids.rowid as integer) as code, was.is_root "
        f"from {was} as was join {PREVIOUS_IDS} as ids using (customer_id) "
        f"join {RECORDS} as records on records.source = was.source "
        f"and records.record_id = was.record_id",
    )
    return previous_ids(connection, order, found["record_row"], found["code"], found["is_root"])


def previous_ids(
    connection: "DuckDBPyConnection",
    order: RecordOrder,
    rows: npt.NDArray[np.int32],
    codes: npt.NDArray[np.int32],
    roots: npt.NDArray[np.bool_],
) -> PreviousIds:
    """What records had, from entries of a row, a code in `PREVIOUS_IDS`, and whether it founded.

    Args:
        connection: A connection with `PREVIOUS_IDS`.
        order: The records by number.
        rows: Rows of the records that had an ID.
        codes: Per entry, the code of that ID.
        roots: Per entry, whether the record was its customer's founding record.
    """
    record_codes = np.full(order.count, NO_ID, dtype=np.int32)
    record_roots = np.zeros(order.count, dtype=np.bool_)
    record_codes[order.numbers[rows]] = codes
    record_roots[order.numbers[rows]] = roots
    count, live = connection.execute(
        f"select count(*), count(*) filter (where in_map) from {PREVIOUS_IDS}"
    ).fetchall()[0]
    return PreviousIds(codes=record_codes, roots=record_roots, count=count, live=live)


def refuse_repeated_records(connection: "DuckDBPyConnection", previous: str, was: str) -> None:
    """Refuses a map that has a record twice.

    Args:
        connection: A connection.
        previous: What the map is called.
        was: Its records as source and record_id: a table or a query in parentheses.

    Raises:
        PreviousMapError: It has one; names the first.
    """
    twice = connection.execute(
        f"select source, record_id from {was} as was group by all having count(*) > 1 "
        f"order by source, record_id limit 5"
    ).fetchall()
    if twice:
        listed = ", ".join(
            f"{source}:{record_id}" if source else str(record_id) for source, record_id in twice
        )
        raise PreviousMapError(
            f"the previous map {previous} has records more than once: {listed}", twice
        )
