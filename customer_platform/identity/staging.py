"""Reads the records once into numbers: a deterministic record number, and a hash per rule."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity import sql
from customer_platform.identity.errors import RecordsError
from customer_platform.identity.numbers import fetch_numbers
from customer_platform.identity.rules import ResolutionRules, check_columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# One row per record as it was read: source, record_id, record_order, rule_0, rule_1, ...
# Its rowid is called the row of a record.
RECORDS = "temp.resolution_records"
# The same without text, in record order: row, record_order, rule_0, ...
# Its rowid is the record number: 0, 1, ... in an order that depends on the names alone.
NUMBERS = "temp.resolution_numbers"

# The order of records in which links are made and founders are chosen. Spread over all sources,
# so that none is favoured, and many times cheaper to sort by than names. It is the same on every
# machine and for every thread count, within one major version of DuckDB.
RECORD_ORDER = "hash(source, record_id)"

_LISTED_DUPLICATES = 5


@dataclass(frozen=True)
class StagedRecords:
    """The records as numbers.

    Attributes:
        count: How many records there are.
        rows: Per record number, the row in `RECORDS`.
    """

    count: int
    rows: npt.NDArray[np.int32]


@contextmanager
def records_in_order(connection: "DuckDBPyConnection") -> Iterator[None]:
    """Makes `create table ... order by` number its rows in that order, and drops the staging.

    A caller who has turned preserve_insertion_order off gets that setting back afterwards.
    """
    setting = connection.execute("select current_setting('preserve_insertion_order')").fetchall()
    connection.execute("set preserve_insertion_order = true")
    try:
        yield
    finally:
        connection.execute(f"set preserve_insertion_order = {bool(setting[0][0])}")
        for table in (RECORDS, NUMBERS):
            connection.execute(f"drop table if exists {table}")


def columns_of(connection: "DuckDBPyConnection", records: str) -> list[str]:
    """Names of a relation's columns."""
    described = connection.execute(f"describe select * from {sql.relation(records)}").fetchall()
    return [row[0] for row in described]


def stage_records(
    connection: "DuckDBPyConnection", records: str, rules: ResolutionRules
) -> StagedRecords:
    """Reads the records into `RECORDS` and `NUMBERS`.

    Args:
        connection: The connection in which both temporary tables are made.
        records: A table name or a query.
        rules: The rules.

    Raises:
        RulesError: The records lack a column that the rules use.
        RecordsError: A record has no id, or two have the same source and id.
    """
    check_columns(rules, columns_of(connection, records))
    hashes = "".join(
        f", {sql.rule_hash(rule)} as rule_{number}" for number, rule in enumerate(rules.match_rules)
    )
    connection.execute(
        f"create or replace temp table resolution_records as "
        f"with keyed as ({sql.keyed_records(records, rules)}) "
        f"select source, record_id, {RECORD_ORDER} as record_order{hashes} from keyed"
    )
    _refuse_missing_names(connection, rules)
    rows, order = _number_records(connection, rules, "record_order")
    if np.any(order[1:] == order[:-1]):
        _refuse_duplicates(connection, rules)
        rows, _ = _number_records(connection, rules, "record_order, source, record_id")
    return StagedRecords(count=len(rows), rows=rows)


def _number_records(
    connection: "DuckDBPyConnection", rules: ResolutionRules, order: str
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint64]]:
    hashes = "".join(f", rule_{number}" for number in range(len(rules.match_rules)))
    connection.execute(
        f"create or replace temp table resolution_numbers as "
        f"select cast(rowid as integer) as record_row, record_order{hashes} "
        f"from {RECORDS} order by {order}"
    )
    numbers = fetch_numbers(connection, f"select record_row, record_order from {NUMBERS}")
    return numbers["record_row"], numbers["record_order"]


def _refuse_missing_names(connection: "DuckDBPyConnection", rules: ResolutionRules) -> None:
    missing = connection.execute(
        f"select count(*) filter (where coalesce(record_id, '') = ''), "
        f"count(*) filter (where source is null) from {RECORDS}"
    ).fetchall()[0]
    for count, column in zip(missing, (rules.record_id, rules.source), strict=True):
        if count:
            raise RecordsError(
                f"{count} records have no value in the column {column!r}, "
                "which is needed to identify them; fill it in, or leave those records out"
            )


def _refuse_duplicates(connection: "DuckDBPyConnection", rules: ResolutionRules) -> None:
    duplicates = connection.execute(
        f"select source, record_id, count(*) as records from {RECORDS} "
        f"where record_order in (select record_order from {NUMBERS} group by all "
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
        + (f"{rules.source} and {rules.record_id}" if rules.source else rules.record_id)
    )
