"""Reads the records once: their names, and hashes of what the rules compare."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from customer_platform.errors import RecordsError
from customer_platform.identity import key_sql
from customer_platform.identity.matching.records import RecordOrder, StagedRecords
from customer_platform.identity.rules import ResolutionRules, check_columns
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse.duckdb import fetch_numbers, in_pieces

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


# The staged records, for SQL: source, record_id, record_order, record_hash, rule_0, ...,
# limit_0, ..., person_0, ..., and record_row, which is called the row of a record.
RECORDS = "resolution_records"

# The order of records in which links are made and founders are chosen. Spread over all sources,
# so that none is favoured, and many times cheaper to sort by than names. It is the same on every
# machine and for every thread count, within one major version of DuckDB.
RECORD_ORDER = "hash(source, record_id)"

_LISTED_DUPLICATES = 5


@contextmanager
def ordered_inserts(connection: "DuckDBPyConnection") -> Iterator[None]:
    """Makes rows be numbered in the order they are read.

    A caller who has turned preserve_insertion_order off gets that setting back afterwards, and
    text columns of any size can be fetched meanwhile.
    """
    names = ("preserve_insertion_order", "arrow_large_buffer_size")
    settings = connection.execute(
        "select " + ", ".join(f"current_setting('{name}')" for name in names)
    ).fetchall()[0]
    for name in names:
        connection.execute(f"set {name} = true")
    try:
        yield
    finally:
        for name, value in zip(names, settings, strict=True):
            connection.execute(f"set {name} = {bool(value)}")


def compared_columns(rules: ResolutionRules) -> list[str]:
    """Names of the columns of `RECORDS` that are compared: per match rule, limit and name.

    That of an exact rule is the hash of the value that links, that of a similar rule the hash of
    all values it compares, that of a limit the hash of its value. Names of people are text.
    """
    return [
        *(f"rule_{number}" for number in range(len(rules.match_rules))),
        *(f"limit_{number}" for number in range(len(rules.limits))),
        *person_columns(rules),
    ]


def person_columns(rules: ResolutionRules) -> list[str]:
    """Names of the columns of `RECORDS` with the names of a person, in the order of the rules."""
    return [f"person_{number}" for number in range(len(rules.people))]


def staging_query(store: IdentityStore, *, with_record_hash: bool = False) -> str:
    """The query that reads the columns of `RECORDS`, but record_row, from the records.

    Args:
        store: The records, the rules, and where the map is kept.
        with_record_hash: Whether to read record_hash: the record with all its values.

    Raises:
        RulesError: The records lack a column that the rules use.
    """
    check_columns(store.rules, store.columns())
    key_sql.create_functions(store.connection, store.rules)
    expressions = [
        key_sql.compared_hash(rule) if rule.similar else key_sql.rule_hash(rule)
        for rule in store.rules.match_rules
    ]
    expressions += [key_sql.limit_hash(key) for key in store.rules.limits]
    expressions += [key_sql.key_column(key) for key in store.rules.people]
    columns = compared_columns(store.rules)
    hashes = "".join(
        f", {expression} as {column}"
        for expression, column in zip(expressions, columns, strict=True)
    )
    # The name again, in another order: with it two different records are told apart even when they
    # share the hash that orders them.
    record_hash = f", hash(record_id, source, {', '.join(columns)}) as record_hash"
    return (
        f"with keyed as ({key_sql.keyed_records(store.records, store.rules)}), "
        f"hashed as (select source, record_id, {RECORD_ORDER} as record_order{hashes} from keyed) "
        f"select *{record_hash if with_record_hash else ''} from hashed"
    )


@contextmanager
def staged_records(store: IdentityStore, query: str) -> Iterator[StagedRecords]:
    """Reads the records to resolve into memory; inside the with block SQL can read `RECORDS`.

    Args:
        store: The records, the rules, and where the map is kept.
        query: What `staging_query` gives, or a query with those columns and more.

    Raises:
        RecordsError: A record has no id or no source, or two have the same source and id.
    """
    # Loading compiled code takes a second, in which DuckDB can read already.
    with ThreadPoolExecutor(max_workers=1) as pool:
        loading = pool.submit(_load_compiled)
        import pyarrow as pa

        table = store.connection.sql(query).to_arrow_table()
        loading.result()
    table = table.append_column("record_row", pa.array(np.arange(table.num_rows, dtype=np.int32)))
    store.connection.register(RECORDS, in_pieces(table))
    try:
        refuse_missing_names(store, RECORDS)
        yield StagedRecords(table, _order_records(store, table))
    finally:
        store.connection.unregister(RECORDS)


def _load_compiled() -> None:
    from customer_platform.identity.matching import sorting

    sorting.sorted_by_hash(np.empty(0, dtype=np.uint64))


def _order_records(store: IdentityStore, table: "pa.Table") -> RecordOrder:
    from customer_platform.identity.matching import sorting

    # No record's hash may be 0, which is skipped.
    hashes = np.maximum(table["record_order"].to_numpy(), np.uint64(1))
    ordered, rows = sorting.sorted_by_hash(hashes)
    if np.any(ordered[1:] == ordered[:-1]):
        refuse_duplicates(store, RECORDS)
        rows = fetch_numbers(
            store.connection,
            f"select record_row from {RECORDS} order by record_order, source, record_id",
        )["record_row"]
    numbers = np.empty_like(rows)
    numbers[rows] = np.arange(len(rows), dtype=np.int32)
    return RecordOrder(rows=rows, numbers=numbers, hashes=ordered)


def refuse_missing_names(store: IdentityStore, table: str) -> None:
    """Refuses records without id or source.

    Raises:
        RecordsError: There are some; says how many, and which column.
    """
    from customer_platform.ingestion.casts import is_blank

    missing = store.connection.execute(
        f"select count_if({is_blank('record_id')}), "
        f"count(*) filter (where source is null) from {table}"
    ).fetchall()[0]
    refuse_missing(store.rules, *missing)


def refuse_missing(rules: ResolutionRules, without_id: int, without_source: int) -> None:
    """Refuses records without id or source, when there are some.

    Raises:
        RecordsError: There are some; says how many, and which column.
    """
    for count, column in ((without_id, rules.record_id), (without_source, rules.source)):
        if count:
            raise RecordsError(
                f"{count} records have no value in the column {column!r}, "
                "which is needed to identify them; fill it in, or leave those records out"
            )


def refuse_repeated(store: IdentityStore, table: str) -> None:
    """Refuses a table of records of which two have the same source and id.

    Raises:
        RecordsError: There are some; names the first.
    """
    from customer_platform.identity.matching import sorting

    hashes = fetch_numbers(store.connection, f"select record_order from {table}")["record_order"]
    ordered, _ = sorting.sorted_by_hash(hashes)
    if np.any(ordered[1:] == ordered[:-1]):
        refuse_duplicates(store, table)


def refuse_duplicates(store: IdentityStore, table: str) -> None:
    """Refuses records of which two have the same source and id, when some share their hash.

    Raises:
        RecordsError: There are some; names the first.
    """
    duplicates = store.connection.execute(
        f"select source, record_id, count(*) as records from {table} "
        f"where record_order in (select record_order from {table} group by all "
        f"having count(*) > 1) group by all having count(*) > 1 order by source, record_id"
    ).fetchall()
    if duplicates:
        raise duplicates_error(store.rules, duplicates)


def duplicates_error(
    rules: ResolutionRules, duplicates: Sequence[tuple[str, str, int]]
) -> RecordsError:
    """The error that says which records are given more than once.

    Args:
        rules: The rules.
        duplicates: Source, id and number of rows of each, sorted.
    """
    listed = ", ".join(
        f"{source}:{record_id} ({records} times)"
        if rules.source
        else f"{record_id} ({records} times)"
        for source, record_id, records in duplicates[:_LISTED_DUPLICATES]
    )
    more = len(duplicates) - _LISTED_DUPLICATES
    return RecordsError(
        f"{len(duplicates)} record ids are given more than once: {listed}"
        + (f", and {more} more" if more > 0 else "")
        + "; keep one row per "
        + (f"{rules.source} and {rules.record_id}" if rules.source else rules.record_id),
        [(source if rules.source else "", record_id) for source, record_id, _ in duplicates],
    )
