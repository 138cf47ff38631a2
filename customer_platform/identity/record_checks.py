"""What records must have to be resolved: a name, and each its own."""

from typing import TYPE_CHECKING

import numpy as np

from customer_platform.errors import RecordsError
from customer_platform.identity.rules import ResolutionRules
from customer_platform.warehouse.duckdb import fetch_numbers

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LISTED_DUPLICATES = 5


def refuse_missing_names(
    connection: "DuckDBPyConnection", rules: ResolutionRules, table: str
) -> None:
    """Refuses records without id or source.

    Raises:
        RecordsError: There are some; says how many, and which column.
    """
    from customer_platform.ingestion.casts import is_blank

    missing = connection.execute(
        f"select count_if({is_blank('record_id')}), "
        f"count(*) filter (where source is null) from {table}"
    ).fetchall()[0]
    for count, column in zip(missing, (rules.record_id, rules.source), strict=True):
        if count:
            raise RecordsError(
                f"{count} records have no value in the column {column!r}, "
                "which is needed to identify them; fill it in, or leave those records out"
            )


def refuse_repeated(connection: "DuckDBPyConnection", rules: ResolutionRules, table: str) -> None:
    """Refuses a table of records of which two have the same source and id.

    Raises:
        RecordsError: There are some; names the first.
    """
    from customer_platform.identity.linking import sorting

    hashes = fetch_numbers(connection, f"select record_order from {table}")["record_order"]
    ordered, _ = sorting.sorted_by_hash(hashes)
    if np.any(ordered[1:] == ordered[:-1]):
        refuse_duplicates(connection, rules, table)


def refuse_duplicates(connection: "DuckDBPyConnection", rules: ResolutionRules, table: str) -> None:
    """Refuses records of which two have the same source and id, when some share their hash.

    Raises:
        RecordsError: There are some; names the first.
    """
    duplicates = connection.execute(
        f"select source, record_id, count(*) as records from {table} "
        f"where record_order in (select record_order from {table} group by all "
        f"having count(*) > 1) group by all having count(*) > 1 order by source, record_id"
    ).fetchall()
    if not duplicates:
        return
    listed = ", ".join(
        f"{source}:{record_id} ({records} times)"
        if rules.source
        else f"{record_id} ({records} times)"
        for source, record_id, records in duplicates[:_LISTED_DUPLICATES]
    )
    more = len(duplicates) - _LISTED_DUPLICATES
    raise RecordsError(
        f"{len(duplicates)} record ids are given more than once: {listed}"
        + (f", and {more} more" if more > 0 else "")
        + "; keep one row per "
        + (f"{rules.source} and {rules.record_id}" if rules.source else rules.record_id),
        [(source if rules.source else "", record_id) for source, record_id, _ in duplicates],
    )
