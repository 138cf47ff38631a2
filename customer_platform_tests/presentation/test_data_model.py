"""The diagrams of the data model follow the declarations and the contracts."""

from collections.abc import Sequence

import pytest

from customer_platform.errors import DataModelError
from customer_platform.presentation.data_model import (
    PAGE,
    data_model_page,
    described_models,
    entity_relationships,
)


def _lines(business_model: str) -> list[str]:
    lines = entity_relationships(business_model, described_models(business_model))
    return [line.strip() for line in lines]


def _box(lines: Sequence[str], relation: str) -> list[str]:
    start = next(number for number, line in enumerate(lines) if f'["{relation}"]' in line)
    end = next(number for number, line in enumerate(lines) if number > start and "}" in line)
    return list(lines[start + 1 : end])


def test_the_page_is_what_make_generate_writes() -> None:
    assert PAGE.read_text() == data_model_page(), "run `make generate`"


def test_a_record_is_identified_by_its_source_and_number_and_has_the_declared_match_keys() -> None:
    box = _box(_lines("b2b"), "identity.contact_source_lookup")
    assert box[:2] == ["string source PK", "string source_record_id PK"]
    assert {"string email_key", "string domain_key"} <= set(box)


def test_a_master_has_the_key_of_its_tests_or_its_grain_and_refers_to_others() -> None:
    lines = _lines("retail")
    assert _box(lines, "master.customers") == ["string customer_id PK"]
    assert _box(lines, "master.customers_history") == [
        "string customer_id PK, FK",
        "timestamp valid_from PK",
    ]
    assert _box(lines, "master.returns") == [
        "string transaction_id PK, FK",
        "string original_transaction_id PK, FK",
        "string customer_id FK",
    ]


def test_an_id_that_may_be_missing_is_drawn_as_optional() -> None:
    lines = _lines("marketplace")
    assert 'master_parties ||--o{ master_buyers : "party_id"' in lines
    assert 'master_buyers |o--o{ master_events : "buyer_id"' in lines


def test_records_of_parties_come_from_the_maps_of_buyers_and_sellers() -> None:
    lines = _lines("marketplace")
    for role in ("buyer", "seller"):
        assert f'identity_{role}_id_map |o--|| identity_party_source_lookup : "delivers"' in lines


def test_a_key_without_a_type_is_refused() -> None:
    models = described_models("retail")
    for model in ("customers_history", "customer_changes"):
        for column in models[model]["columns"]:
            column.pop("data_type", None)
    with pytest.raises(DataModelError, match="state the `data_type` of the key valid_from"):
        list(entity_relationships("retail", models))


def test_an_entity_without_a_published_master_is_refused() -> None:
    models = described_models("marketplace")
    del models["sellers"]["columns"][0]
    with pytest.raises(DataModelError, match="no published master has the primary key seller_id"):
        list(entity_relationships("marketplace", models))
