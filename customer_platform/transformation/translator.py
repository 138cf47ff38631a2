"""How dbt models appear in Dagster."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from customer_platform.partitions import daily_partitions
from customer_platform.transformation.data_tests import describe_test

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
