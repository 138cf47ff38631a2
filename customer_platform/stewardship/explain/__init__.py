"""Says why records are one customer: which links, by which values, and how firmly.

The weakest link of a customer is defined in `strength`.
"""

from customer_platform.stewardship.explain import html, text
from customer_platform.stewardship.explain.fragile import fragile_customers
from customer_platform.stewardship.explain.masking import Mask, mask_names, mask_values
from customer_platform.stewardship.explain.model import (
    Explanation,
    KeyComparison,
    KeyValue,
    Link,
    Override,
    Record,
    RecordName,
    RefusedLink,
    Retirement,
    RuleComparison,
    SharedValue,
)
from customer_platform.stewardship.explain.questions import (
    explain_customer,
    explain_pair,
    explain_record,
)

__all__ = [
    "Explanation",
    "KeyComparison",
    "KeyValue",
    "Link",
    "Mask",
    "Override",
    "Record",
    "RecordName",
    "RefusedLink",
    "Retirement",
    "RuleComparison",
    "SharedValue",
    "explain_customer",
    "explain_pair",
    "explain_record",
    "fragile_customers",
    "html",
    "mask_names",
    "mask_values",
    "text",
]
