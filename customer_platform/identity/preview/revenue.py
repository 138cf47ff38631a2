"""What a change of customers does to their revenue."""

from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING

from customer_platform.identity.entities import CUSTOMER
from customer_platform.identity.preview.compare import RECORDS
from customer_platform.identity.preview.model import Revenue
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import columns_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Per record that would have another customer, and currency: source, record_id, now, later,
# currency, amount, lines.
MOVED_REVENUE = "temp.preview_moved_revenue"


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
