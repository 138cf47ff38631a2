"""How an entity is spoken of."""

import pytest

from customer_platform.identity.entities import noun, nouns, with_article


@pytest.mark.parametrize(
    ("entity", "one", "many"),
    [
        ("buyer", "a buyer", "buyers"),
        ("account", "an account", "accounts"),
        ("company", "a company", "companies"),
        ("survey", "a survey", "surveys"),
        ("business", "a business", "businesses"),
        ("sales_contact", "a sales contact", "sales contacts"),
    ],
)
def test_an_entity_is_spoken_of_as_a_noun(entity: str, one: str, many: str) -> None:
    assert with_article(noun(entity)) == one
    assert nouns(entity) == many
