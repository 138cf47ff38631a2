"""Shows what other rules would do to the customers, before they do it.

Nothing is written but temporary tables, so that a connection that only reads is enough.
"""

from customer_platform.stewardship.preview import text
from customer_platform.stewardship.preview.model import (
    Change,
    ChangedLink,
    Part,
    Revenue,
    RulePreview,
    Totals,
)
from customer_platform.stewardship.preview.preview import applied_overrides, preview, preview_built

__all__ = [
    "Change",
    "ChangedLink",
    "Part",
    "Revenue",
    "RulePreview",
    "Totals",
    "applied_overrides",
    "preview",
    "preview_built",
    "text",
]
