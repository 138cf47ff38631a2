"""How good records, rules and map are: small frames to show, read from the written tables."""

from customer_platform.identity.quality.customers import (
    customer_sizes,
    largest_customers,
    last_changes,
    source_overlap,
)
from customer_platform.identity.quality.keys import (
    ProposedValue,
    ignored_value_proposals,
    key_statistics,
    proposed_ignored_values,
    shared_values,
)
from customer_platform.identity.quality.report import quality_report
from customer_platform.identity.quality.rules import (
    over_shared_values,
    refused_link_statistics,
    rule_statistics,
)

__all__ = [
    "ProposedValue",
    "customer_sizes",
    "ignored_value_proposals",
    "key_statistics",
    "largest_customers",
    "last_changes",
    "over_shared_values",
    "proposed_ignored_values",
    "quality_report",
    "refused_link_statistics",
    "rule_statistics",
    "shared_values",
    "source_overlap",
]
