"""What a business model declares to resolve, found in its YAML, and opened by entity."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from customer_platform.deployed_identity import (
    declared_entities,
    declared_entity,
    open_identity,
    overrides_seed,
)
from customer_platform.environment import Environment, load_environment
from customer_platform.errors import EntityError, NoMapError
from customer_platform.project import DBT_PROJECT
from customer_platform_tests.support.projects import checkout

COMPONENT = "customer_platform.components.IdentityResolution"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A business model without declarations, and no warehouse."""
    project = replace(checkout(), defs=tmp_path / "defs")
    return replace(load_environment(), project=project, home=tmp_path, business_model="marketplace")


def _declare(environment: Environment, folder: str = "", **attributes: Any) -> Path:
    """Writes the YAML of a component; an attribute that is None is left out."""
    identity = environment.home / "defs" / environment.business_model / "identity"
    path = identity / folder / "defs.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    all_attributes = {
        "records": "identity.source_lookup",
        "owner": "team:data",
        "match_keys": {"email": {"column": "email"}},
        "match_rules": [{"name": "email", "match": ["email"]}],
        **attributes,
    }
    chosen = {name: value for name, value in all_attributes.items() if value is not None}
    path.write_text(yaml.safe_dump({"type": COMPONENT, "attributes": chosen}))
    return path


def test_the_only_entity_needs_no_name(environment: Environment) -> None:
    path = _declare(environment)
    declared = declared_entity(environment)
    assert (declared.entity, declared.path) == ("customer", path)
    assert declared.tables.read_as("customer_id_map") == "identity.customer_id_map"
    assert declared_entity(environment, "customer") == declared


def test_retail_resolves_customers_and_stewards_decide_in_its_seed() -> None:
    environment = replace(load_environment(), business_model="retail")
    declared = declared_entity(environment)
    assert declared.entity == "customer"
    assert declared.records == "identity.source_lookup"
    seed = overrides_seed(environment, declared)
    assert seed == DBT_PROJECT / "seeds" / "retail" / "link_overrides.csv"
    assert seed.exists()


def test_of_several_entities_one_is_to_be_named(environment: Environment) -> None:
    _declare(
        environment,
        "buyer",
        entity="buyer",
        records="identity.buyer_source_lookup",
        overrides="identity.buyer_link_overrides",
    )
    _declare(environment, "seller", entity="seller")
    assert list(declared_entities(environment)) == ["buyer", "seller"]
    with pytest.raises(
        EntityError, match=r"marketplace resolves several .*--entity.*buyer, seller"
    ):
        declared_entity(environment)
    with pytest.raises(EntityError, match=r"'byer'; did you mean 'buyer'\? known: buyer, seller"):
        declared_entity(environment, "byer")
    buyer = declared_entity(environment, "buyer")
    assert buyer.records == "identity.buyer_source_lookup"
    assert buyer.tables.qualified(buyer.tables.customer_id_map) == (
        '"identity_buyer"."customer_id_map"'
    )
    assert buyer.tables.read_as(buyer.tables.review_queue) == "identity.buyer_review_queue"
    assert overrides_seed(environment, buyer) == (
        DBT_PROJECT / "seeds" / "marketplace" / "buyer_link_overrides.csv"
    )


def test_an_entity_without_overrides_can_not_be_decided_about(environment: Environment) -> None:
    path = _declare(environment, entity="seller")
    message = rf"'seller': {path} names no `overrides`.*identity\.seller_link_overrides"
    with pytest.raises(EntityError, match=message):
        overrides_seed(environment, declared_entity(environment))


def test_a_business_model_without_a_declaration_is_named(environment: Environment) -> None:
    with pytest.raises(EntityError, match="marketplace resolves no entity: there is no Identity"):
        declared_entity(environment)


def test_without_a_map_the_entity_is_named(environment: Environment) -> None:
    _declare(environment, entity="sales_contact")
    with (
        pytest.raises(NoMapError, match="there is no warehouse at"),
        open_identity(environment),
    ):
        pass
    duckdb.connect(str(environment.warehouse)).close()
    with (
        pytest.raises(NoMapError, match="has no sales contact ID map yet: `customer-platform run`"),
        open_identity(environment),
    ):
        pass
