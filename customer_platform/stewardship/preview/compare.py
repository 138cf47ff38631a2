"""Resolves the records by other rules and lays the result beside the current map."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

from customer_platform.identity.entities import CUSTOMER
from customer_platform.identity.keeping.history import insert_refused
from customer_platform.identity.keeping.neighbourhood import (
    NEIGHBOURS,
    resolving_neighbourhood,
)
from customer_platform.identity.keeping.similar_tables import current_pairs, kept_models
from customer_platform.identity.matching.clustering import LinkedRecords
from customer_platform.identity.matching.result import ResolvedMap
from customer_platform.identity.overrides import Override
from customer_platform.identity.resolve import Progress, no_progress, resolving
from customer_platform.identity.store import (
    REFUSED_LINKS_COLUMNS,
    IdentityStore,
)
from customer_platform.stewardship.preview.model import Revenue, Totals
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import columns_of, registered

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


# The map that would be: source, record_id, customer_id, linked_by_rule, linked_to_source,
# linked_to_record. Sources are the empty string where records have none.
LINKS = "temp.preview_links"

# One row per record of either map: source, record_id, now (its customer; null: a new record),
# later (the customer it would have; null: a record that is gone).
RECORDS = "temp.preview_records"

# One row per pair of a customer and the one that some of its records would have, of customers
# that merge or split: now, later, records, is_merge, is_split.
FLOWS = "temp.preview_flows"

# One row per merge and per split: kind, customer_id, customers, records, moved_records.
CHANGES = "temp.preview_changes"

# Links that would be refused, with the columns of `refused_links`.
REFUSED = "temp.preview_refused"


# Per record that would have another customer, and currency: source, record_id, now, later,
# currency, amount, lines.
MOVED_REVENUE = "temp.preview_moved_revenue"

# The records near a few as they are now.
_NEARBY = f"(select source, record_id, customer_id from {NEIGHBOURS})"


@contextmanager
def comparing(
    store: IdentityStore, overrides: Sequence[Override], *, progress: Progress = no_progress
) -> Iterator[Totals]:
    """Compares; inside the with block the temporary tables of this module are there.

    Args:
        store: The map that is there, and the rules to try; a connection that only reads is enough.
        overrides: The overrides to apply.
        progress: Is told how far it is.

    Raises:
        RulesError: The records lack a column that the rules use.
        RecordsError: A record has no id, or two have the same source and id.
    """
    with _side_by_side(store, lambda: _resolve(store, overrides, progress)) as totals:
        yield totals


@contextmanager
def comparing_nearby(
    store: IdentityStore, overrides: Sequence[Override], names: Collection[tuple[str, str]]
) -> Iterator[None]:
    """Compares what is near a few records alone; otherwise as `comparing`, and in milliseconds.

    Args:
        store: The map as it is kept.
        overrides: All overrides that the next run will apply.
        names: Source and id of the records.

    Raises:
        StateError: There is no kept map, or it was made by other rules.
    """
    try:
        with resolving_neighbourhood(store, overrides, names) as near:
            _write_links(store, near.map, near.linked)
            store.execute("stewardship/preview_side_by_side", current_links=_NEARBY)
            yield
    finally:
        _drop_tables(store)


@contextmanager
def comparing_built(store: IdentityStore, database: str) -> Iterator[Totals]:
    """Compares with a map that was built in another database; otherwise as `comparing`.

    Args:
        store: The map that is there, and the rules that the other was built by.
        database: The name of the other database, which is attached to the connection.
    """

    def read() -> None:
        tables = store.tables
        built = f"{sql.identifier(database)}.{tables.qualified(tables.customer_id_map)}"
        store.connection.execute(
            f"create or replace temp table {sql.bare(LINKS)} as "
            f"{current_links(built).removeprefix('(').removesuffix(')')}"
        )
        refused = f"{sql.identifier(database)}.{tables.qualified(tables.refused_links)}"
        store.connection.execute(
            f"create or replace temp table {sql.bare(REFUSED)} as from {refused}"
        )

    with _side_by_side(store, read) as totals:
        yield totals


@contextmanager
def _side_by_side(store: IdentityStore, make_links: Callable[[], None]) -> Iterator[Totals]:
    try:
        make_links()
        current = current_links(store.quoted.customer_id_map)
        store.execute("stewardship/preview_side_by_side", current_links=current)
        yield _totals(store)
    finally:
        _drop_tables(store)


def _drop_tables(store: IdentityStore) -> None:
    for table in (LINKS, RECORDS, FLOWS, CHANGES, REFUSED):
        store.connection.execute(f"drop table if exists {table}")


def current_links(customer_id_map: str) -> str:
    """A map as a query with the columns of `LINKS`.

    Args:
        customer_id_map: Its table, quoted.
    """
    return (
        "(select coalesce(source, '') as source, source_record_id as record_id, customer_id, "
        "linked_by_rule, coalesce(linked_to_source, '') as linked_to_source, "
        f"linked_to_record_id as linked_to_record from {customer_id_map})"
    )


def _resolve(store: IdentityStore, overrides: Sequence[Override], progress: Progress) -> None:
    has_registry = store.has(store.tables.customer_id_registry)
    with resolving(
        store.connection,
        store.records,
        store.rules,
        previous=store.quoted.customer_id_map,
        issued=store.quoted.customer_id_registry if has_registry else None,
        overrides=overrides,
        models=kept_models(store),
        known_pairs=current_pairs(store),
        entity=store.tables.entity,
        progress=progress,
    ) as resolution:
        _write_links(store, resolution.map, resolution.linked)


def _write_links(store: IdentityStore, found: ResolvedMap, linked: LinkedRecords) -> None:
    with registered(store.connection, "preview_result", found.reader()):
        store.execute("stewardship/preview_links")
    store.connection.execute(
        f"create or replace temp table {sql.bare(REFUSED)} ({REFUSED_LINKS_COLUMNS})"
    )
    insert_refused(store, REFUSED, found, linked)


def _totals(store: IdentityStore) -> Totals:
    def count(table: str) -> int:
        return int(store.connection.execute(f"select count(*) from {table}").fetchall()[0][0])

    [counted] = store.rows("stewardship/preview_totals")
    now = store.quoted.refused_links if store.has(store.tables.refused_links) else None
    return Totals(*(*counted, count(now) if now else None, count(REFUSED)))


def record_column(columns: Collection[str], entity: str) -> str | None:
    """The column of the transactions that names the record of an entity, beside `source`.

    A transaction belongs to one customer, and may belong to several other entities: to the buyer's
    record and to the seller's.

    Args:
        columns: The columns of the transactions.
        entity: The entity.

    Returns:
        `source_record_id` for a customer, `buyer_record_id` for a buyer; None where the
        transactions don't have it, or lack source or amount.
    """
    record = "source_record_id" if entity == CUSTOMER else f"{entity}_record_id"
    return record if {"source", record, "amount"} <= set(columns) else None


def find_moved_revenue(
    connection: "DuckDBPyConnection", transactions: str | None, entity: str = CUSTOMER
) -> tuple[tuple[Revenue, ...], tuple[int, int]] | None:
    """Adds up what moves between customers, and makes `MOVED_REVENUE`.

    Args:
        connection: A connection in which the maps are compared.
        transactions: Table of the transaction lines, with source, the entity's `record_column`,
            amount (negative for a return) and currency, which may be missing; None when there is
            none.
        entity: What a customer is called here.

    Returns:
        Revenue by currency, and the customers with transactions now and then; None without
        transactions that say whose they are.
    """
    columns = columns_of(connection, transactions) if transactions else ()
    record = record_column(columns, entity)
    if record is None:
        connection.execute(
            f"create or replace temp table {sql.bare(MOVED_REVENUE)} (source varchar, "
            f"record_id varchar, now varchar, later varchar, currency varchar, "
            f"amount decimal(38, 2), lines bigint)"
        )
        return None
    currency = "coalesce(currency, '')" if "currency" in columns else "''"
    lines = (
        f"(select coalesce(cast(source as varchar), '') as source, "
        f"cast({sql.identifier(record)} as varchar) as record_id, {currency} as currency, "
        f"sum(amount) as amount, count(*) as lines from {transactions} group by all)"
    )
    connection.execute(
        f"create or replace temp table {sql.bare(MOVED_REVENUE)} as "
        f"select source, record_id, records.now, records.later, lines.currency, lines.amount, "
        f"lines.lines from {RECORDS} as records join {lines} as lines using (source, record_id) "
        f"where records.now <> records.later"
    )
    moved = {
        currency: (amount, count)
        for currency, amount, count in connection.execute(
            f"select currency, sum(amount), cast(sum(lines) as bigint) from {MOVED_REVENUE} "
            f"group by currency"
        ).fetchall()
    }
    totals = connection.execute(
        f"select currency, sum(amount) from {lines} as lines group by currency order by currency"
    ).fetchall()
    now, then = connection.execute(
        f"select count(distinct records.now), count(distinct records.later) "
        f"from {RECORDS} as records semi join {lines} as lines using (source, record_id)"
    ).fetchall()[0]
    nothing = (Decimal(0), 0)
    revenue = tuple(
        Revenue(currency, total, *moved.get(currency, nothing)) for currency, total in totals
    )
    return revenue, (now, then)
