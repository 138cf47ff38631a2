"""The JSON Schema that editors use is the one of the rules."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from customer_platform.identity.normalisers import KNOWN_NORMALISERS
from customer_platform.identity.rules import MatchKey, MatchRule, ResolutionRules
from customer_platform.identity.rules_schema import SCHEMA_FILE, rules_schema, schema_text


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in (schema, *schema["$defs"].values()):
        yield from part["properties"].items()


def test_the_file_is_current() -> None:
    assert SCHEMA_FILE.read_text() == schema_text(), (
        "run: python -m customer_platform.identity.rules_schema"
    )


def test_every_key_is_described() -> None:
    described = dict(properties(rules_schema()))
    for model in (ResolutionRules, MatchKey, MatchRule):
        assert set(model.model_fields) <= set(described)
    assert [name for name, schema in described.items() if not schema.get("description")] == []


def test_an_editor_offers_every_normaliser() -> None:
    normalise = rules_schema()["$defs"]["MatchKey"]["properties"]["normalise"]
    assert normalise["enum"] == list(KNOWN_NORMALISERS)


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ({}, True),
        ({"limits": {"email": 1}}, True),
        ({"limits": {"email": 0}}, False),
        ({"match_rule": []}, False),
        ({"match_keys": {"email": {"column": "email", "normalise": "mail"}}}, False),
        (
            {"match_rules": [{"name": "email", "match": ["email"], "max_records_per_value": 1}]},
            False,
        ),
    ],
)
def test_it_accepts_and_refuses_as_the_rules_do(change: dict[str, Any], accepted: bool) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    stated = {
        "record_id": "id",
        "match_keys": {"email": {"column": "email"}},
        "match_rules": [{"name": "email", "match": ["email"]}],
        **change,
    }
    schema = json.loads(SCHEMA_FILE.read_text())
    assert jsonschema.Draft202012Validator(schema).is_valid(stated) is accepted
    try:
        ResolutionRules.model_validate(stated)
    except ValueError:
        assert not accepted
    else:
        assert accepted
