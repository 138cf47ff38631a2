"""By business model, which assets of dbt show more than row counts and columns."""

from collections.abc import Mapping

import dagster as dg

from customer_platform.transformation import describe, describe_b2b, describe_marketplace
from customer_platform.transformation.build import Describe

# The same name means other columns in another business model: one's own starts without any.
_DESCRIPTIONS: dict[str, dict[str, Describe]] = {
    "retail": {
        "identity/source_lookup": describe.describe_source_lookup,
        "master/customers": describe.describe_customers,
        "master/transactions": describe.describe_transactions,
        "master/events": describe.describe_events,
        "master/returns": describe.describe_returns,
    },
    "marketplace": {
        "identity/buyer_source_lookup": describe_marketplace.describe_buyer_lookup,
        "identity/seller_source_lookup": describe_marketplace.describe_seller_lookup,
        "identity/party_source_lookup": describe_marketplace.describe_party_lookup,
        "master/marketplace_days": describe_marketplace.describe_marketplace_days,
        "master/parties": describe_marketplace.describe_parties,
        "master/events": describe_marketplace.describe_events,
        "master/returns": describe.describe_returns,
    },
    "b2b": {
        "identity/account_source_lookup": describe_b2b.describe_account_lookup,
        "identity/contact_source_lookup": describe_b2b.describe_contact_lookup,
        "master/account_hierarchy": describe_b2b.describe_hierarchy,
        "master/employments": describe_b2b.describe_employments,
        "master/events": describe_b2b.describe_events,
        "master/returns": describe.describe_returns,
    },
}


def descriptions(business_model: str) -> Mapping[dg.AssetKey, Describe]:
    """By asset key, what reads further metadata from the warehouse.

    Args:
        business_model: Its name.
    """
    described = _DESCRIPTIONS.get(business_model, {})
    return {dg.AssetKey(key.split("/")): describe for key, describe in described.items()}
