import pytest

from customer_platform.deployed_identity import declared_entities
from customer_platform.environment import load_environment
from customer_platform.identity import ResolutionRules
from customer_platform.stewardship.health.attributes import (
    attribute_of,
    find_attributes,
    identifying_keys,
)


def _rules(*keys: str, normalise: str = "exact") -> ResolutionRules:
    return ResolutionRules.model_validate(
        {
            "record_id": "id",
            "match_keys": {key: {"column": key, "normalise": normalise} for key in keys},
            "match_rules": [{"name": "first", "match": [keys[0]]}],
        }
    )


@pytest.mark.parametrize(
    ("key", "attribute"),
    [
        ("first_name", "given_name"),
        ("customerFirstName", "given_name"),
        ("voornaam_key", "given_name"),
        ("family_name", "last_name"),
        ("dob", "birth_date"),
        ("date_of_birth", "birth_date"),
        ("zip", "postcode"),
        ("home_postal_code", "postcode"),
        ("email_address", "email"),
        ("mobile", "phone"),
        ("kvk", "registration"),
        ("vat_number", "vat"),
        ("company", "company_name"),
        ("city", "place"),
        ("loyalty_card", None),
        ("account_number", None),
    ],
)
def test_a_match_key_is_known_by_the_words_of_its_name(key: str, attribute: str | None) -> None:
    assert attribute_of(_rules(key), key) == attribute


def test_a_normaliser_says_what_a_key_is_whatever_it_is_called() -> None:
    assert attribute_of(_rules("contact", normalise="phone"), "contact") == "phone"


def test_other_columns_are_taken_by_their_whole_name_only() -> None:
    found = find_attributes(_rules("card"), ["card", "Sex", "email_consent", "birth_place"], {})
    assert {name: each.name for name, each in found.items()} == {"gender": "Sex"}


@pytest.mark.parametrize("model", ["retail", "b2b", "marketplace"])
def test_entities_of_people_and_companies_are_known_in_every_model(model: str) -> None:
    environment = load_environment({"CUSTOMER_PLATFORM_BUSINESS_MODEL": model})
    for entity, declared in declared_entities(environment).items():
        found = find_attributes(declared.rules, [], {})
        assert {"given_name", "last_name"} <= set(found) or "company_name" in found
        keys = identifying_keys(declared.rules, found)
        assert {"email", "registration", "vat"} & set(keys), entity
        assert not {"first_name", "postcode", "domain", "company"} & set(keys)
