"""The component for an entity that isn't the customer: names of assets, steps and tables."""

from typing import Any

import dagster as dg
import duckdb
import pytest
import yaml
from pydantic import ValidationError

from customer_platform.components.identity_resolution import (
    IdentityResolution,
    build_id_map,
    build_identity_assets,
)
from customer_platform.environment import Environment
from customer_platform_tests.support.components import resources
from customer_platform_tests.support.homes import rows


def _identity(entity: str | None = "account", **changes: Any) -> IdentityResolution:
    attributes = ({"entity": entity} if entity is not None else {}) | {
        "records": "identity.account_source_lookup",
        "owner": "team:data",
        "updated_at": None,
        "record_id": "source_record_id",
        "source": "source",
        "match_keys": {"email": {"column": "email"}, "name": {"column": "name"}},
        "match_rules": [{"name": "same_email", "match": ["email"]}],
        "limits": {"name": 1},
        "bounds": {"merged_share": 1, "refused_share": 1},
    }
    return IdentityResolution.resolve_from_yaml(yaml.safe_dump(attributes | changes))


SIMILAR = [
    {"name": "same_email", "match": ["email"]},
    {"name": "alike", "similar": {"compare": ["email", "name"]}},
]


def _materialise(environment: Environment, *identities: IdentityResolution) -> list[dg.AssetKey]:
    """Materialises the maps of two records of one email and one name; returns the assets."""
    with duckdb.connect(str(environment.warehouse)) as connection:
        connection.execute("create schema if not exists identity")
        for identity in identities:
            connection.execute(
                f"create or replace table {identity.records} as select 'crm' as source, "
                "i::varchar as source_record_id, 'a@x.nl' as email, 'jansen' as name "
                "from range(2) as numbers(i)"
            )
    result = dg.materialize(
        [asset for identity in identities for asset in build_identity_assets(identity)],
        resources=resources(environment),
    )
    return [
        event.asset_key for event in result.get_asset_materialization_events() if event.asset_key
    ]


def test_assets_steps_and_tables_are_named_after_the_entity() -> None:
    pairs, id_map = build_identity_assets(
        _identity(match_rules=SIMILAR, overrides="identity.account_link_overrides")
    )
    assert id_map.key.path == ["identity", "account_id_map"]
    assert pairs.key.path == ["identity", "account_similar_pairs"]
    assert [id_map.op.name, pairs.op.name] == [
        "identity__account_id_map",
        "identity__account_similar_pairs",
    ]
    assert {key.to_user_string() for key in id_map.dependency_keys} == {
        "identity/account_source_lookup",
        "identity/account_link_overrides",
        "identity/account_similar_pairs",
    }
    for asset in (id_map, pairs):
        spec = asset.get_asset_spec()
        assert spec.group_name == "identity"
        assert spec.metadata["dagster/table_name"] == ".".join(spec.key.path)
        assert "customer" not in f"{spec.description} {spec.metadata} {spec.tags}"
    said = id_map.get_asset_spec().description or ""
    assert said.startswith("Which record is which account: one row per account record")
    assert "An account has at most 1 different name value." in said
    assert "`account_id_history` (who was in which account, and when)" in said
    assert "the two are the same account" in (pairs.get_asset_spec().description or "")


def test_without_an_entity_it_is_the_customer() -> None:
    pairs, id_map = build_identity_assets(_identity(entity=None, match_rules=SIMILAR))
    assert id_map.key.path == ["identity", "customer_id_map"]
    assert pairs.key.path == ["identity", "similar_pairs"]
    said = id_map.get_asset_spec().description or ""
    assert said.startswith("Which record is which customer: one row per customer record")
    assert "`customer_id_history`" in said
    assert "`review_queue`" in said


def test_two_entities_are_resolved_in_one_run_and_read_by_their_ids(
    deployment: Environment,
) -> None:
    contact = _identity(entity="contact", records="identity.contact_source_lookup")
    made = _materialise(deployment, _identity(), contact)
    assert {key.path[-1] for key in made} == {"account_id_map", "contact_id_map"}
    for entity in ("account", "contact"):
        assert rows(
            deployment,
            f"select count(*), count(distinct {entity}_id) from identity.{entity}_id_map",
        ) == [(2, 1)]


def test_the_page_of_the_map_shows_the_columns_that_are_read(deployment: Environment) -> None:
    identity = _identity()
    _materialise(deployment, identity)
    asset = build_id_map(identity)
    schema = asset.get_asset_spec().metadata["dagster/column_schema"]
    described = rows(deployment, "describe identity.account_id_map")
    assert [column.name for column in schema.columns] == [row[0] for row in described]


@pytest.mark.parametrize("entity", ["Account", "my account", "", "1st"])
def test_an_entity_that_can_name_no_table_is_refused(entity: str) -> None:
    with pytest.raises((ValidationError, dg.DagsterError), match="can't name an entity: begin"):
        _identity(entity=entity)
