"""How dbt models appear in Dagster, and which show more than row counts and columns."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from customer_platform.asset_keys import ERASURES
from customer_platform.orchestration import describe, describe_b2b, describe_marketplace
from customer_platform.orchestration.data_tests import describe_test
from customer_platform.orchestration.dbt_build import Describe
from customer_platform.partitions import daily_partitions

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


# The masters follow the sources within the day; a day without a refresh is worth a look.
_MASTER_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36))

_FACTS = "facts"

# One asset may write several tables that dbt reads as sources, as that of the customer ID map does.
_SETTINGS = DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)


class PlatformDbtTranslator(DagsterDbtTranslator):
    """Keys, groups and descriptions of dbt models: schema and name, as in the warehouse."""

    def __init__(self) -> None:
        super().__init__(settings=_SETTINGS)

    def get_partitions_def(
        self, dbt_resource_props: Mapping[str, Any]
    ) -> dg.PartitionsDefinition | None:
        """Days for the models with the tag `facts`, none for the others."""
        return daily_partitions() if _FACTS in dbt_resource_props["tags"] else None

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """The spec of a model, seed or source: key <schema>/<name>, group <schema>.

        A source has the key of the asset that its `meta` names. Descriptions are the model's own,
        without the raw SQL that the default appends.
        """
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = self.get_resource_props(manifest, unique_id)
        spec = spec.replace_attributes(description=node["description"])
        if node["resource_type"] == "source":
            return spec
        spec = spec.replace_attributes(key=dg.AssetKey([node["schema"], node["name"]]))
        spec = spec.replace_attributes(group_name=node["schema"])
        if node["schema"] == "identity" and node["resource_type"] == "model":
            # A lookup holds nobody who has asked to be taken out.
            spec = spec.replace_attributes(deps=[*spec.deps, dg.AssetDep(ERASURES)])
        if node["schema"] == "master":
            spec = spec.replace_attributes(freshness_policy=_MASTER_FRESHNESS)
        return spec

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """The spec of a data test, described by the comment that opens it."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        return spec._replace(
            description=spec.description
            or describe_test(self.get_resource_props(manifest, unique_id))
        )
