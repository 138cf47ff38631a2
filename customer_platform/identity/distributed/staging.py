"""Stages the records on the workers: the engine's own query, in DuckDB, over each partition."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from customer_platform.errors import IdentityError, RecordsError
from customer_platform.identity.distributed.cluster import run
from customer_platform.identity.rules import ResolutionRules, check_columns
from customer_platform.identity.staging import (
    RECORD_ORDER,
    compared_columns,
    person_columns,
    staging_query,
)
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection
    from pyspark.sql import DataFrame

    from customer_platform.identity.distributed.cluster import Worker

# Rows that a worker normalises at a time.
_PIECE = 250_000
# 0 stands for no record where nodes are looked up.
NODE = f"greatest({RECORD_ORDER}, 1::ubigint)"
GIVEN = "given_rows"

# Types whose text is the same in Spark and in DuckDB reading the same Parquet.
_TYPES = ("string", "boolean", "date", "tinyint", "smallint", "int", "bigint", "float", "double")


def staged(
    records: "DataFrame",
    rules: ResolutionRules,
    *,
    with_first_id: str | None,
    with_record_hash: bool = False,
) -> "DataFrame":
    """The records, one row each: source, record_id, node, and the `compared_columns` of the rules.

    A record without id or source has no node. Hashes are signed, as Spark knows no others.

    Args:
        records: The records.
        rules: The rules.
        with_first_id: The entity whose IDs are issued; then id_hash is the hash of the ID that a
            customer founded by the record would get first. None: without it.
        with_record_hash: Whether record_hash is there: of the record with all its values.

    Raises:
        RulesError: The records lack a column that the rules use.
        RecordsError: A column that the rules use has a type that Spark reads differently.
    """
    check_columns(rules, records.columns)
    used = _used_columns(rules, records.columns)
    check_types(records, used, RecordsError)
    return run(
        records.select(*[f"`{name}`" for name in used]),
        _stage(rules, with_first_id, with_record_hash),
        ", ".join(
            f"{name} {kind}"
            for name, kind in staged_columns(rules, with_first_id is not None, with_record_hash)
        ),
    )


def staged_columns(
    rules: ResolutionRules, has_first_id: bool, has_record_hash: bool
) -> list[tuple[str, str]]:
    """Names and types of the columns of `staged`."""
    people = person_columns(rules)
    compared = [
        (name, "string" if name in people else "bigint") for name in compared_columns(rules)
    ]
    first = [("id_hash", "bigint")] if has_first_id else []
    if has_record_hash:
        first.append(("record_hash", "bigint"))
    return [("source", "string"), ("record_id", "string"), ("node", "bigint"), *compared, *first]


def _used_columns(rules: ResolutionRules, columns: Sequence[str]) -> list[str]:
    used = {rules.record_id, rules.source, rules.updated_at}
    used |= {key.column for key in rules.match_keys.values()}
    folded = {name.lower() for name in used if name}
    return [name for name in columns if name.lower() in folded]


def check_types(
    records: "DataFrame", used: Collection[str], error_class: type[IdentityError]
) -> None:
    """Refuses columns that Spark and DuckDB read differently.

    Args:
        records: What has the columns.
        used: Those that matter.
        error_class: What is raised.
    """
    kinds = {name: kind for name, kind in records.dtypes if name in used}
    for name, kind in kinds.items():
        if kind not in _TYPES and kind != "timestamp_ntz" and not kind.startswith("decimal("):
            raise error_class(
                f"the column {name!r} is of the type {kind}, whose text differs between Spark and "
                "DuckDB; write it as text, a number, a date or a timestamp without time zone"
            )


def _stage(rules: ResolutionRules, entity: str | None, record_hash: bool) -> "Worker":
    def stage(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        from customer_platform.identity.naming import candidate
        from customer_platform.ingestion.casts import is_blank

        names = ", ".join(
            name for name, _ in staged_columns(rules, entity is not None, record_hash)[3:]
        )
        first = f", hash({candidate(entity, '0')}) as id_hash" if entity is not None else ""
        with worker_connection() as connection:
            store = IdentityStore(connection, GIVEN, rules)
            for table in pieces(batches):
                connection.register(GIVEN, table)
                query_of_all = staging_query(store, with_record_hash=record_hash)
                query = (
                    f"with staged as ({query_of_all}), "
                    f"named as (select *, {is_blank('record_id')} as is_blank{first} from staged) "
                    f"select source, case when not is_blank then record_id end as record_id, "
                    f"case when not is_blank and source is not null "
                    f"then greatest(record_order, 1::ubigint) end as node, {names} from named"
                )
                yield from signed(connection.sql(query).to_arrow_table()).to_batches()
                connection.unregister(GIVEN)

    return stage


def with_values(records: "DataFrame") -> "DataFrame":
    """The rows that have a value in any column."""

    def keep(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        from customer_platform.ingestion.casts import no_value

        with worker_connection() as connection:
            for table in pieces(batches):
                connection.register(GIVEN, table)
                kinds = connection.execute(f"describe {GIVEN}").fetchall()
                empty = no_value({sql.identifier(name): kind for name, kind, *_ in kinds})
                kept = connection.sql(f"select not ({empty}) as kept from {GIVEN}").to_arrow_table()
                yield from table.filter(kept["kept"]).to_batches()
                connection.unregister(GIVEN)

    return records.mapInArrow(keep, records.schema)


def queried(query: str) -> "Worker":
    """A worker that runs a query over `GIVEN`, piece by piece."""

    def stage(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        with worker_connection() as connection:
            for table in pieces(batches):
                connection.register(GIVEN, table)
                yield from signed(connection.sql(query).to_arrow_table()).to_batches()
                connection.unregister(GIVEN)

    return stage


def nodes_of(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The nodes of records by source and id."""
    import duckdb

    listed = sorted(set(names))
    if not listed:
        return {}
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select source, record_id, {NODE} from (values {sql.rows_of_text(listed)}) "
            "as named(source, record_id)"
        ).fetchall()
    return {(source, record_id): node for source, record_id, node in rows}


def worker_connection() -> "DuckDBPyConnection":
    """A database in the memory of a worker. It has one thread, as a task has one core."""
    import duckdb

    return duckdb.connect(config={"threads": 1})


def pieces(batches: "Iterator[pa.RecordBatch]", rows: int = _PIECE) -> "Iterator[pa.Table]":
    """The batches of a partition as tables of at least so many rows."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        held.append(batch)
        count += batch.num_rows
        if count >= rows:
            yield pa.Table.from_batches(held)
            held, count = [], 0
    if count:
        yield pa.Table.from_batches(held)


def signed(table: "pa.Table") -> "pa.Table":
    """The table with its unsigned numbers of 64 bits as signed ones of the same bits."""
    import pyarrow as pa

    def column(name: str) -> "pa.ChunkedArray":
        given = table[name]
        if given.type != pa.uint64():
            return given
        return pa.chunked_array([chunk.view(pa.int64()) for chunk in given.chunks], pa.int64())

    return pa.table({name: column(name) for name in table.column_names})


def unsigned(table: "pa.Table", names: Iterable[str]) -> "pa.Table":
    """The reverse of `signed`, for these columns."""
    import pyarrow as pa

    wanted = set(names)
    return pa.table(
        {
            name: pa.chunked_array(
                [chunk.view(pa.uint64()) for chunk in table[name].chunks], pa.uint64()
            )
            if name in wanted
            else table[name]
            for name in table.column_names
        }
    )
