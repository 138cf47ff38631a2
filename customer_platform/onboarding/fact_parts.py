"""Tables that say a part of what a transaction is, such as orders without their lines."""

from collections.abc import Mapping

from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.fact_roles import find_roles
from customer_platform.onboarding.types import ColumnType

AMOUNTS = frozenset({"unit_price", "line_total", "total", "order_total"})
_OWNERS = frozenset({"customer_id", "customer_email"})
# What a row with an amount is, by what else it says.
_OF_LINES = frozenset({"line_id", "product_code", "description", "quantity"})


def part_of_transactions(
    types: Mapping[str, ColumnType], found: Mapping[str, ColumnStatistics]
) -> str | None:
    """What rows say of transactions, and what another table has to; None if they say all or none.

    Args:
        types: Column -> its type.
        found: Column -> its statistics.
    """
    roles, _ = find_roles("transactions", types, found, {})
    order = roles.get("order_id")
    if order is None:
        return None
    owner, dated = _OWNERS & roles.keys(), "occurred_at" in roles
    if AMOUNTS.isdisjoint(roles):
        if not owner or not dated:
            return None
        says, absent = "who ordered and when", "what was bought and for how much"
    elif owner and dated:
        return None
    else:
        says = "what was bought" if _OF_LINES & roles.keys() else "an amount"
        absent = " and ".join(
            said for said, is_there in (("when", dated), ("by whom", owner)) if not is_there
        )
    alone = (
        "; with --kind transactions they are read as they are, without customers"
        if dated and not AMOUNTS.isdisjoint(roles)
        else ""
    )
    return (
        f"of each {order} the rows say {says}, and not {absent}: by themselves they are no whole "
        "transactions. Bring in the table that says it, too, both with --kind other, and join "
        f'them by {order} in a view (docs/add-a-source.md, "Orders in several tables"){alone}'
    )
