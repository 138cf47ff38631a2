import json
from typing import Any

import dagster as dg
import pytest

from customer_platform.environment import Environment
from customer_platform.orchestration.dbt_translator import PlatformDbtTranslator

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def manifest(prepared: Environment) -> Manifest:
    content = json.loads((prepared.dbt_target / "manifest.json").read_text())
    assert isinstance(content, dict)
    return content


def _ids(manifest: Manifest, *kinds: str) -> list[str]:
    return [key for key, node in manifest["nodes"].items() if node["resource_type"] in kinds]


def _spec(manifest: Manifest, unique_id: str) -> dg.AssetSpec:
    return PlatformDbtTranslator().get_asset_spec(manifest, unique_id, None)


def test_keys_are_schema_and_name_and_groups_the_schema(manifest: Manifest) -> None:
    spec = _spec(manifest, "model.customer_platform.stg_crm__customers")
    assert spec.key == dg.AssetKey(["staging", "stg_crm__customers"])
    assert spec.group_name == "staging"
    seed = _spec(manifest, "seed.customer_platform.source_precedence")
    assert seed.key == dg.AssetKey(["identity", "source_precedence"])
    assert seed.group_name == "identity"


def test_a_dbt_source_has_the_key_of_the_raw_asset(manifest: Manifest) -> None:
    spec = _spec(manifest, "source.customer_platform.webshop.order_lines")
    assert spec.key == dg.AssetKey(["raw", "webshop__order_lines"])


def test_every_table_of_the_identity_schema_is_of_the_asset_that_writes_it(
    manifest: Manifest,
) -> None:
    written: dict[str, set[str]] = {}
    for unique_id, node in manifest["sources"].items():
        if node["schema"] == "identity":
            key = _spec(manifest, unique_id).key.to_user_string()
            written.setdefault(key, set()).add(node["name"])
    assert set(written) == {"identity/customer_id_map", "identity/similar_pairs"}
    assert len(written["identity/customer_id_map"]) == 7
    assert written["identity/similar_pairs"] == {
        "similar_pairs",
        "compared_records",
        "similar_models",
        "similar_runs",
    }


def test_dependencies_survive_the_renaming(manifest: Manifest) -> None:
    spec = _spec(manifest, "model.customer_platform.stg_crm__customers")
    assert [dep.asset_key for dep in spec.deps] == [dg.AssetKey(["raw", "crm__customers"])]


def test_descriptions_are_the_models_own_without_raw_sql(manifest: Manifest) -> None:
    for unique_id in _ids(manifest, "model", "seed"):
        description = _spec(manifest, unique_id).description or ""
        assert description == manifest["nodes"][unique_id]["description"]
        assert description
        assert "select" not in description.lower().split()
        assert "```" not in description


def test_every_model_and_seed_has_an_owner(manifest: Manifest) -> None:
    for unique_id in _ids(manifest, "model", "seed"):
        assert _spec(manifest, unique_id).owners == ["team:customer-data"]


def test_only_facts_have_days_and_only_masters_must_be_fresh(manifest: Manifest) -> None:
    specs = [_spec(manifest, unique_id) for unique_id in _ids(manifest, "model", "seed")]
    with_days = {spec.key.to_user_string() for spec in specs if spec.partitions_def}
    fresh = {spec.key.to_user_string() for spec in specs if spec.freshness_policy}
    assert with_days == {"master/transactions", "master/events"}
    masters = {spec.key.to_user_string() for spec in specs if spec.key.path[0] == "master"}
    assert with_days | {"master/customers"} <= masters == fresh


def test_a_data_test_is_described_by_its_opening_comment(manifest: Manifest) -> None:
    spec = PlatformDbtTranslator().get_asset_check_spec(
        _spec(manifest, "model.customer_platform.golden_records"),
        manifest,
        "test.customer_platform.net_revenue_is_gross_less_returned",
        None,
    )
    assert spec is not None
    assert (spec.description or "").startswith("Fails if a customer's net revenue isn't gross")
    assert spec.blocking


def test_a_data_test_of_another_asset_is_no_check_of_this_one(manifest: Manifest) -> None:
    spec = PlatformDbtTranslator().get_asset_check_spec(
        _spec(manifest, "model.customer_platform.events"),
        manifest,
        "test.customer_platform.net_revenue_is_gross_less_returned",
        None,
    )
    assert spec is None
