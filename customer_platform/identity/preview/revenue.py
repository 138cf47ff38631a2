"""What a change of customers does to their revenue."""

from decimal import Decimal
from typing import TYPE_CHECKING

from customer_platform.identity import sql
from customer_platform.identity.preview.compare import RECORDS
from customer_platform.identity.preview.model import Revenue

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Per record that would have another customer, and currency: source, record_id, now, later,
# currency, amount, lines.
MOVED_REVENUE = "temp.preview_moved_revenue"


def find_moved_revenue(
    connection: "DuckDBPyConnection", transactions: str | None
) -> tuple[tuple[Revenue, ...], tuple[int, int]] | None:
    """Adds up what moves between customers, and makes `MOVED_REVENUE`.

    Args:
        connection: A connection in which the maps are compared.
        transactions: Table of the transaction lines, with source, source_record_id, amount
            (negative for a return) and currency; None when there is none.

    Returns:
        Revenue by currency, and the customers with transactions now and then; None without
        transactions.
    """
    if transactions is None:
        connection.execute(
            f"create or replace temp table {sql.bare(MOVED_REVENUE)} (source varchar, "
            f"record_id varchar, now varchar, later varchar, currency varchar, "
            f"amount decimal(38, 2), lines bigint)"
        )
        return None
    lines = (
        f"(select coalesce(cast(source as varchar), '') as source, "
        f"cast(source_record_id as varchar) as record_id, coalesce(currency, '') as currency, "
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
