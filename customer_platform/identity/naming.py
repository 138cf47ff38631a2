"""Customer IDs: those that records had before, and those that are issued now."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.errors import PreviousMapError
from customer_platform.identity.entities import CUSTOMER
from customer_platform.identity.matching.naming import (
    NO_ID,
    NamedCustomers,
    PreviousIds,
    Records,
    find_founders,
    keep_ids,
)
from customer_platform.identity.matching.records import RecordNames, RecordOrder
from customer_platform.identity.staging import RECORDS
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import (
    columns_of,
    fetch_numbers,
    in_pieces,
    numbers_as_table,
    one_chunk,
    registered,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


# The IDs that matter to the records at hand: customer_id, issued_at, in_map (whether a record had
# it last). Its rowid is called the code of an ID.
PREVIOUS_IDS = "temp.resolution_previous_ids"

# New customers in the order of their clusters, while they get their IDs: source and record_id of
# the founding record, generation, customer_id.
_NEW = "temp.resolution_new_customers"

# 80 bits: two of 100 million customers get the same candidate with a probability of 4 in a
# billion, and then the second gets another.
ID_DIGITS = 20


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
    earlier = (
        f"(select customer_id, issued_at from {sql.relation(issued)})"
        if issued
        else "(select null as customer_id, null as issued_at where false)"
    )
    connection.execute(sql.statement("identity/mapped_ids", was=was, issued=earlier))
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


def name_customers(
    connection: "DuckDBPyConnection",
    clusters: Records,
    previous: PreviousIds,
    order: RecordOrder,
    names: RecordNames,
    issued: str,
    entity: str = CUSTOMER,
) -> NamedCustomers:
    """Carries over the IDs there were, and issues those that are missing.

    A new ID is named after the founding record: the first of the record's candidates that was
    never issued and that no new customer with an earlier founding record takes.

    Args:
        connection: A connection with `PREVIOUS_IDS`.
        clusters: Per record number, the number of its cluster.
        previous: What records had.
        order: The records by number.
        names: The records' names.
        issued: Table with the customer_id of every ID ever issued.
        entity: What the IDs are of: two entities that are founded by one record differ in them.
    """
    import pyarrow as pa

    kept, heirs = keep_ids(
        clusters, previous.codes, previous.count, partial(oldest_first, connection)
    )
    numbers = np.flatnonzero(clusters == np.arange(len(clusters), dtype=np.int32)).astype(np.int32)
    new = numbers[kept[numbers] == NO_ID]
    keeping = numbers[kept[numbers] != NO_ID]
    new_ids = _issue(connection, order.rows[new], names, issued, entity)
    kept_ids = one_chunk(
        connection.sql(f"select customer_id from {PREVIOUS_IDS} order by rowid").to_arrow_table(),
        "customer_id",
    ).take(pa.array(kept[keeping]))
    positions = np.full(len(clusters), -1, dtype=np.int32)
    positions[new] = np.arange(len(new), dtype=np.int32)
    positions[keeping] = np.arange(len(new), len(numbers), dtype=np.int32)
    return NamedCustomers(
        clusters=numbers,
        ids=pa.concat_arrays([new_ids, kept_ids]),
        positions=positions,
        founders=find_founders(clusters, previous, kept),
        kept=kept,
        heirs=heirs,
        new_count=len(new),
        new_clusters=new,
    )


def oldest_first(connection: "DuckDBPyConnection", codes: Records) -> Records:
    """Sorts the codes of IDs from the oldest ID to the youngest; a tie: the smaller ID first."""
    with numbers_as_table(connection, "resolution_codes", code=codes):
        ordered: Records = fetch_numbers(
            connection,
            f"select cast(codes.code as integer) as code from resolution_codes as codes "
            f"join {PREVIOUS_IDS} as ids on ids.rowid = codes.code "
            f"order by ids.issued_at nulls last, ids.customer_id",
        )["code"]
    return ordered


def _issue(
    connection: "DuckDBPyConnection",
    rows: Records,
    names: RecordNames,
    issued: str,
    entity: str,
) -> "pa.Array":
    """New IDs for customers that are founded by the records in these rows."""
    import pyarrow as pa

    taken = pa.array(rows)
    founders = pa.table(
        {
            "source": names.sources.take(names.source_codes.take(taken)),
            "record_id": names.record_ids.take(taken),
        }
    )
    # In pieces, so that DuckDB reads them with all its threads.
    with registered(connection, "resolution_founders", in_pieces(founders)):
        found = connection.sql(
            f"select customer_id, hash(customer_id) as id_hash from "
            f"(select {candidate(entity, '0')} as customer_id from resolution_founders)"
        ).to_arrow_table()
        ids = one_chunk(found, "customer_id")
        if not _some_taken(connection, one_chunk(found, "id_hash").to_numpy(), ids, issued):
            return ids
        return _untaken(connection, issued, entity)


def _some_taken(
    connection: "DuckDBPyConnection",
    hashes: npt.NDArray[np.uint64],
    ids: "pa.Array",
    issued: str,
) -> bool:
    """Whether two of these IDs are equal, or one has been issued before."""
    import pyarrow as pa

    from customer_platform.identity.matching import sorting

    ordered, _ = sorting.sorted_by_hash(hashes)
    if bool(np.any(ordered[1:] == ordered[:-1])):
        return True
    candidates = in_pieces(pa.table({"customer_id": ids}))
    with registered(connection, "resolution_candidates", candidates):
        [(count,)] = connection.execute(
            f"select count(*) from {issued} where customer_id in "
            f"(select customer_id from resolution_candidates)"
        ).fetchall()
    return bool(count)


def _untaken(connection: "DuckDBPyConnection", issued: str, entity: str) -> "pa.Array":
    """The first candidate of each of `resolution_founders` that nobody else has."""
    connection.execute(
        f"create or replace temp table {sql.bare(_NEW)} as select source, record_id, "
        f"0 as generation, {candidate(entity, '0')} as customer_id from resolution_founders"
    )
    try:
        moved = sql.statement(
            "identity/next_candidates",
            issued=issued,
            candidate=candidate(entity, "generation + 1"),
        )
        while connection.execute(moved).fetchall()[0][0]:
            pass
        return one_chunk(
            connection.sql(f"select customer_id from {_NEW} order by rowid").to_arrow_table(),
            "customer_id",
        )
    finally:
        connection.execute(f"drop table {_NEW}")


def candidate(entity: str, generation: str) -> str:
    """SQL of the ID that a customer founded by source and record_id may get.

    Args:
        entity: What the ID is of.
        generation: 0, or SQL of how many of its candidates were taken before.
    """
    named = "concat(source, chr(31), record_id)"
    if entity != CUSTOMER:
        named = f"concat({sql.literal(entity)}, chr(31), source, chr(31), record_id)"
    salted = named if generation == "0" else f"concat({named}, chr(31), {generation})"
    return f"'{entity[0]}_' || substr(md5({salted}), 1, {ID_DIGITS})"
