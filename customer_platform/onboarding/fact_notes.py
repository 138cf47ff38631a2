"""What a person should know of how orders become transactions."""

from collections.abc import Mapping

from customer_platform.onboarding.fact_reading import Facts
from customer_platform.onboarding.fact_roles import STATUSES, ZONES
from customer_platform.onboarding.loaded_rows import LoadedRows
from customer_platform.onboarding.tools import spelling
from customer_platform.onboarding.types import ColumnType
from customer_platform.onboarding.vocabulary import words
from customer_platform.warehouse.sql import identifier


def transaction_notes(rows: LoadedRows, facts: Facts) -> list[str]:
    """What becomes of the rows, a sentence each.

    Args:
        rows: The rows.
        facts: How they are read.
    """
    roles, notes = facts.roles, []
    if facts.has_lines:
        notes.append("a row is a line of an order; tax and shipping of the order are left out")
        if "discount" in facts.of_order:
            notes.append(f"{roles['discount']}: of the whole order, an adjustment of its own")
    else:
        notes.append(f"a row is an order, whose amount is {roles['total']}")
    if facts.first_row:
        notes.append(
            f"{roles['order_id']}: several rows of an order and no price of each: the first counts"
        )
    notes += time_notes(rows.types, roles)
    notes += _status_notes(rows, facts)
    if facts.return_prefix:
        notes.append(
            f"{roles['order_id']}: those with {facts.return_prefix} before the number take goods "
            "back; other negative quantities are adjustments"
        )
    if "refunded" in roles:
        notes.append(f"{roles['refunded']}: a return of its own, as much as it grows by")
    elif "is_refunded" in roles:
        notes.append(f"{roles['is_refunded']}: what it says yes of is sold and returned")
    for name in (
        name for name, kind in rows.types.items() if kind.type == "json" and "item" in name
    ):
        notes.append(f"{name}: a list inside a row is not taken apart into lines")
    if not facts.customer:
        notes.append("no column says who bought: no transaction gets a customer")
    if "currency" in roles:
        notes += _currency_notes(rows, roles["currency"])
    elif not facts.currency:
        notes.append(
            "no column has the currency: it is the var reporting_currency; say another with "
            "--currency"
        )
    return notes


def time_notes(types: Mapping[str, ColumnType], roles: Mapping[str, str]) -> list[str]:
    """Of which zone the time of day is that stands in a column of its own.

    Args:
        types: Column -> its type.
        roles: Role -> the column that has it.
    """
    if "occurred_time" not in roles:
        return []
    zone = next((column for column in types if spelling(column) in ZONES), None)
    stated = f"; {zone} is not read: turn other zones into UTC in the view" if zone else ""
    return [f"{roles['occurred_at']}, {roles['occurred_time']}: one moment together, UTC{stated}"]


def _status_notes(rows: LoadedRows, facts: Facts) -> list[str]:
    column = facts.roles.get("status")
    if column is None:
        return []
    counted = rows.connection.execute(
        f"select lower(trim({identifier(column)})), count(*) from {rows.table} "
        f"where trim({identifier(column)}) <> '' group by 1 order by 1"
    ).fetchall()
    no_sale = {*STATUSES["unpaid"], *STATUSES["cancelled"]}
    left = [f"{said} ({count:,})" for said, count in counted if _word(said) in no_sale]
    back = [f"{said} ({count:,})" for said, count in counted if _word(said) in STATUSES["refunded"]]
    notes = []
    if left:
        notes.append(f"{column}: rows that are {', '.join(left)} are no transactions")
    if back:
        notes.append(f"{column}: what is {', '.join(back)} is sold and returned")
    return notes


def _currency_notes(rows: LoadedRows, column: str) -> list[str]:
    found = rows.connection.execute(
        f"select distinct upper(trim({identifier(column)})) from {rows.table} "
        f"where trim({identifier(column)}) <> '' order by 1"
    ).fetchall()
    codes = [code for (code,) in found]
    if len(codes) < 2:
        return []
    return [
        f"{column}: {', '.join(codes)}: convert unit_price and amount to the reporting currency in "
        "the view, else a test of the transactions fails"
    ]


def _word(said: str) -> str:
    """A word as the macro `one_word` writes it."""
    return "_".join(words(said))
