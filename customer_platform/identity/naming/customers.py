"""Gives every cluster its customer ID and its founding record."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.numbers import fetch_numbers, numbers_as_table
from customer_platform.identity.previous import NO_ID, PREVIOUS_IDS
from customer_platform.identity.staging import NUMBERS, RECORDS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# One row per customer: cluster, code (of the ID it keeps), source and record_id of the founding
# record of a new customer, generation, customer_id.
CUSTOMERS = "temp.resolution_customers"

# 80 bits: two of 100 million customers get the same candidate with a probability of 4 in a
# billion, and then the second gets another.
ID_DIGITS = 20

Records = npt.NDArray[np.int32]


def oldest_first(connection: "DuckDBPyConnection", codes: Records) -> Records:
    """Sorts the codes of IDs from the oldest ID to the youngest; a tie: the smaller ID first."""
    with numbers_as_table(connection, "resolution_codes", code=codes):
        ordered: Records = fetch_numbers(
            connection,
            f"select cast(codes.code as integer) as code from resolution_codes as codes "
            f"join {PREVIOUS_IDS} as ids on ids.rowid = codes.code "
            f"order by ids.issued_at, ids.customer_id",
        )["code"]
    return ordered


def find_founders(
    connection: "DuckDBPyConnection", clusters: Records, sizes: Records, kept: Records
) -> Records:
    """The founding record of every cluster, by cluster number.

    It is the record that founded the cluster's ID when that ID is kept and the record is still in
    the cluster, else the cluster's first record.

    Args:
        connection: A connection in which records and previous IDs are staged.
        clusters: Per record number, the number of its cluster.
        sizes: Per cluster number, its records.
        kept: Per cluster number, the code of the ID it keeps or `NO_ID`.
    """
    found = np.arange(len(clusters), dtype=np.int32)
    several = np.flatnonzero((kept != NO_ID) & (sizes > 1))
    if len(several):
        with numbers_as_table(connection, "resolution_kept", code=kept[several]):
            names = fetch_numbers(
                connection,
                f"select cast(numbers.rowid as integer) as record, "
                f"cast(ids.rowid as integer) as code "
                f"from resolution_kept as kept join {PREVIOUS_IDS} as ids on ids.rowid = kept.code "
                f"join {RECORDS} as staged on staged.source = ids.founding_source "
                f"and staged.record_id = ids.founding_record_id "
                f"join {NUMBERS} as numbers on numbers.record_row = staged.rowid",
            )
        records, codes = names["record"], names["code"]
        inside = kept[clusters[records]] == codes
        found[clusters[records[inside]]] = records[inside]
    return found


def issue_ids(
    connection: "DuckDBPyConnection", cluster_numbers: Records, kept: Records, rows: Records
) -> None:
    """Fills `CUSTOMERS`: kept IDs as they were, new IDs from the name of the founding record.

    A new ID is the first of its founding record's candidates that was never issued and that no
    new customer with a lower cluster number takes: generation 0, 1, 2, ...

    Args:
        connection: A connection in which records and previous IDs are staged.
        cluster_numbers: The numbers of the clusters: each the number of its first record.
        kept: Per cluster number, the code of the ID it keeps or `NO_ID`.
        rows: Per record number, its row in `RECORDS`.
    """
    keeping = cluster_numbers[kept[cluster_numbers] != NO_ID]
    new = cluster_numbers[kept[cluster_numbers] == NO_ID]
    with numbers_as_table(connection, "resolution_new", cluster=new, record_row=rows[new]):
        connection.execute(
            f"create or replace temp table resolution_customers as "
            f"select new.cluster, cast({NO_ID} as integer) as code, staged.source, "
            f"staged.record_id, 0 as generation, "
            f"{_candidate('staged.source', 'staged.record_id', '0')} as customer_id "
            f"from resolution_new as new join {RECORDS} as staged on staged.rowid = new.record_row"
        )
    while _next_generation(connection):
        pass
    with numbers_as_table(connection, "resolution_kept", cluster=keeping, code=kept[keeping]):
        connection.execute(
            f"insert into {CUSTOMERS} select kept.cluster, kept.code, null, null, null, "
            f"ids.customer_id from resolution_kept as kept "
            f"join {PREVIOUS_IDS} as ids on ids.rowid = kept.code"
        )


def drop_customers(connection: "DuckDBPyConnection") -> None:
    """Drops the temporary table."""
    connection.execute(f"drop table if exists {CUSTOMERS}")


def _next_generation(connection: "DuckDBPyConnection") -> bool:
    """Moves new IDs that are taken to their next candidate; returns whether there were any."""
    moved = connection.execute(
        f"with repeated as (select customer_id from {CUSTOMERS} group by customer_id "
        f"having count(*) > 1), "
        f"placed as (select cluster, row_number() over (partition by customer_id "
        f"order by generation, cluster) as place from {CUSTOMERS} "
        f"where customer_id in (select customer_id from repeated)), "
        f"taken as (select cluster from placed where place > 1 union select cluster "
        f"from {CUSTOMERS} where customer_id in (select customer_id from {PREVIOUS_IDS})) "
        f"update {CUSTOMERS} set generation = generation + 1, "
        f"customer_id = {_candidate('source', 'record_id', 'generation + 1')} "
        f"where cluster in (select cluster from taken)"
    ).fetchall()
    return bool(moved[0][0])


def _candidate(source: str, record_id: str, generation: str) -> str:
    named = f"concat({source}, chr(31), {record_id})"
    salted = (
        f"case when {generation} = 0 then {named} else concat({named}, chr(31), {generation}) end"
    )
    return f"'c_' || substr(md5({salted}), 1, {ID_DIGITS})"
