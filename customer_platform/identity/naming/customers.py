"""Gives every cluster its customer ID and its founding record."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.entities import CUSTOMER
from customer_platform.identity.names import RecordNames
from customer_platform.identity.naming.carry_over import keep_ids
from customer_platform.identity.naming.previous import NO_ID, PREVIOUS_IDS, PreviousIds
from customer_platform.identity.staging import RecordOrder
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import fetch_numbers, in_pieces, numbers_as_table, one_chunk

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

# New customers in the order of their clusters, while they get their IDs: source and record_id of
# the founding record, generation, customer_id.
_NEW = "temp.resolution_new_customers"

# 80 bits: two of 100 million customers get the same candidate with a probability of 4 in a
# billion, and then the second gets another.
ID_DIGITS = 20

Records = npt.NDArray[np.int32]


@dataclass(frozen=True)
class NamedCustomers:
    """Who every cluster is.

    Attributes:
        clusters: The numbers of the clusters, ascending.
        ids: The customer IDs, in any order.
        positions: Per cluster number, the position of its ID in `ids`; -1 where there is none.
        founders: Per cluster number, its founding record.
        kept: Per cluster number, the code of the ID it keeps, `NO_ID` for a new one.
        heirs: Per code, the cluster that most of its records went to, -1 if none is left.
        new_count: The first of `ids` that are new.
        new_clusters: The clusters that have them, in their order.
    """

    clusters: Records
    ids: "pa.Array"
    positions: Records
    founders: Records
    kept: Records
    heirs: Records
    new_count: int
    new_clusters: Records

    def successors(self, codes: Records) -> "pa.Array":
        """Per code of an ID, the ID that most of its records have now, null if none is left."""
        import pyarrow as pa

        heirs = self.heirs[codes]
        positions = np.full(len(codes), -1, dtype=np.int32)
        positions[heirs >= 0] = self.positions[heirs[heirs >= 0]]
        return self.ids.take(pa.array(positions, mask=positions < 0))


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


def find_founders(clusters: Records, previous: PreviousIds, kept: Records) -> Records:
    """The founding record of every cluster, by cluster number.

    It is the founding record of the customer whose ID the cluster keeps, as long as that record
    is in the cluster; else the cluster's first record.

    Args:
        clusters: Per record number, the number of its cluster.
        previous: What records had.
        kept: Per cluster number, the code of the ID it keeps or `NO_ID`.
    """
    founders = np.arange(len(clusters), dtype=np.int32)
    roots = np.flatnonzero(previous.roots).astype(np.int32)
    staying = roots[kept[clusters[roots]] == previous.codes[roots]]
    founders[clusters[staying]] = staying
    return founders


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
    connection.register("resolution_founders", in_pieces(founders))
    try:
        found = connection.sql(
            f"select customer_id, hash(customer_id) as id_hash from "
            f"(select {_candidate(entity, '0')} as customer_id from resolution_founders)"
        ).to_arrow_table()
        ids = one_chunk(found, "customer_id")
        if not _some_taken(connection, one_chunk(found, "id_hash").to_numpy(), ids, issued):
            return ids
        return _untaken(connection, issued, entity)
    finally:
        connection.unregister("resolution_founders")


def _some_taken(
    connection: "DuckDBPyConnection",
    hashes: npt.NDArray[np.uint64],
    ids: "pa.Array",
    issued: str,
) -> bool:
    """Whether two of these IDs are equal, or one has been issued before."""
    import pyarrow as pa

    from customer_platform.identity.linking import sorting

    ordered, _ = sorting.sorted_by_hash(hashes)
    if bool(np.any(ordered[1:] == ordered[:-1])):
        return True
    connection.register("resolution_candidates", in_pieces(pa.table({"customer_id": ids})))
    try:
        return bool(
            connection.execute(
                f"select count(*) from {issued} where customer_id in "
                f"(select customer_id from resolution_candidates)"
            ).fetchall()[0][0]
        )
    finally:
        connection.unregister("resolution_candidates")


def _untaken(connection: "DuckDBPyConnection", issued: str, entity: str) -> "pa.Array":
    """The first candidate of each of `resolution_founders` that nobody else has."""
    connection.execute(
        f"create or replace temp table {sql.bare(_NEW)} as select source, record_id, "
        f"0 as generation, {_candidate(entity, '0')} as customer_id from resolution_founders"
    )
    try:
        while connection.execute(
            f"with placed as (select rowid as place, "
            f"customer_id in (select customer_id from {issued}) as was_issued, "
            f"row_number() over (partition by customer_id order by generation, rowid) as turn "
            f"from {_NEW}) "
            f"update {_NEW} set generation = generation + 1, "
            f"customer_id = {_candidate(entity, 'generation + 1')} "
            f"where rowid in (select place from placed where was_issued or turn > 1)"
        ).fetchall()[0][0]:
            pass
        return one_chunk(
            connection.sql(f"select customer_id from {_NEW} order by rowid").to_arrow_table(),
            "customer_id",
        )
    finally:
        connection.execute(f"drop table {_NEW}")


def _candidate(entity: str, generation: str) -> str:
    named = "concat(source, chr(31), record_id)"
    if entity != CUSTOMER:
        named = f"concat({sql.literal(entity)}, chr(31), source, chr(31), record_id)"
    salted = named if generation == "0" else f"concat({named}, chr(31), {generation})"
    return f"'{entity[0]}_' || substr(md5({salted}), 1, {ID_DIGITS})"
