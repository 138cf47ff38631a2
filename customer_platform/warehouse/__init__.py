"""The warehouse: its resource in Dagster, what all rooms do with it, and its SQL functions.

What belongs to Dagster is imported when it is asked for: identity resolution works without it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from customer_platform.warehouse.resource import WAREHOUSE_POOL, Warehouse

__all__ = ["WAREHOUSE_POOL", "Warehouse"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from customer_platform.warehouse import resource

    return getattr(resource, name)
