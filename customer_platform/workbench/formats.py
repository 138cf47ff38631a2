"""Numbers, days and values as a page shows them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

_NOTHING = "-"


def moment(of: datetime | None) -> str:
    """A time of the platform, which is UTC: `1 May 2026, 14:05 UTC`."""
    return _NOTHING if of is None else f"{of.day} {of:%B %Y, %H:%M} UTC"


def day(of: date | None) -> str:
    """`1 May 2026`."""
    return _NOTHING if of is None else f"{of.day} {of:%B %Y}"


def number(of: float | Decimal | None) -> str:
    """`12,345` or `12,345.60`."""
    if of is None:
        return _NOTHING
    return f"{of:,}" if isinstance(of, int) else f"{of:,.2f}"


def value(of: Any) -> str:
    """Whatever a column holds."""
    if of is None or of == "":
        return _NOTHING
    if isinstance(of, bool):
        return "yes" if of else "no"
    if isinstance(of, datetime):
        return moment(of)
    if isinstance(of, date):
        return day(of)
    return number(of) if isinstance(of, int | float | Decimal) else str(of)
