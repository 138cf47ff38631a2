"""The customer IDs that records had before: read from the previous map and the registry."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity import sql
from customer_platform.identity.errors import PreviousMapError
from customer_platform.identity.numbers import fetch_numbers
from customer_platform.identity.staging import NUMBERS, RECORDS, columns_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# The map as it was: source, record_id, customer_id, valid_from, is_root.
PREVIOUS_MAP = "temp.resolution_previous_map"
# Every ID ever issued: customer_id, issued_at, founding_source, founding_record_id, retired_at,
# successor, in_map. Its rowid is called the code of an ID.
PREVIOUS_IDS = "temp.resolution_previous_ids"

NO_ID = -1

_MAP_COLUMNS = ("source", "source_record_id", "customer_id", "linked_by_rule", "valid_from")


@dataclass(frozen=True)
class PreviousIds:
    """Codes of the IDs that records had.

    Attributes:
        codes: Per record number, the code of the ID it had, `NO_ID` for a new record.
        map_rows: Per record number, its row in `PREVIOUS_MAP`, `NO_ID` for a new record.
        count: IDs ever issued: codes are below it.
        live: IDs that the previous map has.
    """

    codes: npt.NDArray[np.int32]
    map_rows: npt.NDArray[np.int32]
    count: int
    live: int


def no_previous_ids(connection: "DuckDBPyConnection", record_count: int) -> PreviousIds:
    """Starts from nothing: no record had an ID, and no ID was issued."""
    connection.execute(
        f"create or replace temp table {_bare(PREVIOUS_MAP)} (source varchar, record_id varchar, "
        f"customer_id varchar, valid_from timestamp, is_root boolean)"
    )
    connection.execute(
        f"create or replace temp table {_bare(PREVIOUS_IDS)} (customer_id varchar, "
        f"issued_at timestamp, founding_source varchar, founding_record_id varchar, "
        f"retired_at timestamp, successor varchar, in_map boolean)"
    )
    nobody = np.full(record_count, NO_ID, dtype=np.int32)
    return PreviousIds(codes=nobody, map_rows=nobody, count=0, live=0)


def read_previous_ids(
    connection: "DuckDBPyConnection", previous: str, registry: str | None, record_count: int
) -> PreviousIds:
    """Reads the previous map and the registry beside it.

    Args:
        connection: A connection in which the records are staged.
        previous: The previous map: a table name or a query.
        registry: The registry of issued IDs; None when there is only the map.
        record_count: How many records are staged.

    Raises:
        PreviousMapError: The map lacks a column, or has a record twice.
    """
    columns = [column.lower() for column in columns_of(connection, previous)]
    if absent := [column for column in _MAP_COLUMNS if column not in columns]:
        raise PreviousMapError(
            f"the previous map {previous} lacks the columns {', '.join(absent)}; "
            f"it has {', '.join(columns)}"
        )
    connection.execute(
        f"create or replace temp table {_bare(PREVIOUS_MAP)} as "
        f"select coalesce(source, '') as source, source_record_id as record_id, customer_id, "
        f"valid_from, linked_by_rule is null as is_root from {sql.relation(previous)}"
    )
    _read_ids(connection, registry)
    found = fetch_numbers(
        connection,
        f"select cast(numbers.rowid as integer) as record, cast(ids.rowid as integer) as code, "
        f"cast(was.rowid as integer) as map_row "
        f"from {PREVIOUS_MAP} as was join {PREVIOUS_IDS} as ids using (customer_id) "
        f"join {RECORDS} as staged on was.source = staged.source "
        f"and was.record_id = staged.record_id "
        f"join {NUMBERS} as numbers on numbers.record_row = staged.rowid",
    )
    codes = np.full(record_count, NO_ID, dtype=np.int32)
    map_rows = codes.copy()
    codes[found["record"]] = found["code"]
    map_rows[found["record"]] = found["map_row"]
    if np.count_nonzero(codes != NO_ID) != len(found["record"]):
        _refuse_duplicates(connection, previous)
    issued, live = connection.execute(
        f"select count(*), count(*) filter (where in_map) from {PREVIOUS_IDS}"
    ).fetchall()[0]
    return PreviousIds(codes=codes, map_rows=map_rows, count=issued, live=live)


def drop_previous_ids(connection: "DuckDBPyConnection") -> None:
    """Drops the temporary tables."""
    for table in (PREVIOUS_MAP, PREVIOUS_IDS):
        connection.execute(f"drop table if exists {table}")


def _read_ids(connection: "DuckDBPyConnection", registry: str | None) -> None:
    # min over the text is there for maps without any root: it decides nothing else.
    connection.execute(
        f"create or replace temp table {_bare(PREVIOUS_IDS)} as "
        f"with in_map as (select customer_id, min(valid_from) as issued_at, "
        f"min(source) filter (where is_root) as founding_source, "
        f"min(record_id) filter (where is_root) as founding_record_id "
        f"from {PREVIOUS_MAP} group by customer_id), "
        f"registered as (select customer_id, issued_at, "
        f"coalesce(founding_source, '') as founding_source, founding_record_id, retired_at, "
        f"successor from {sql.relation(registry) if registry else _EMPTY_REGISTRY}) "
        f"select customer_id, least(registered.issued_at, in_map.issued_at) as issued_at, "
        f"coalesce(registered.founding_source, in_map.founding_source) as founding_source, "
        f"coalesce(registered.founding_record_id, in_map.founding_record_id) "
        f"as founding_record_id, registered.retired_at, registered.successor, "
        f"in_map.customer_id is not null as in_map "
        f"from registered full join in_map using (customer_id)"
    )


_EMPTY_REGISTRY = (
    "(select null::varchar as customer_id, null::timestamp as issued_at, "
    "null::varchar as founding_source, null::varchar as founding_record_id, "
    "null::timestamp as retired_at, null::varchar as successor where false)"
)


def _refuse_duplicates(connection: "DuckDBPyConnection", previous: str) -> None:
    twice = connection.execute(
        f"select source, record_id from {PREVIOUS_MAP} group by all having count(*) > 1 "
        f"order by source, record_id limit 5"
    ).fetchall()
    listed = ", ".join(f"{source}:{record_id}" for source, record_id in twice)
    raise PreviousMapError(f"the previous map {previous} has records more than once: {listed}")


def _bare(table: str) -> str:
    return table.removeprefix("temp.")
