"""Whose records a table holds: of the entities that the business model resolves, which one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from customer_platform.onboarding.names import words
from customer_platform.onboarding.vocabulary import entity_words

# What says of whom a record is counts, and must lead by as much to be clear.
_CLEAR = 2

# Columns that are no attribute by themselves: they make up others, date the record, or end it.
HELPERS = (
    "full_name", "last_name_prefix", "street_2", "house_number", "house_number_addition",
    "email_opt_out", "deleted", "created_at", "updated_at",
)  # fmt: skip
# Of these the first column that is filled counts, of consent all. How many columns at most.
CONSENT = {"email_consent": 20, "email_opt_out": 20}
SEVERAL = {"email": 3, "phone": 4, **CONSENT}


@dataclass(frozen=True)
class Entity:
    """What records are resolved to.

    Attributes:
        name: As its `IdentityResolution` component declares it.
        attributes: The attributes of its records, in the order of its YAML.
    """

    name: str
    attributes: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What a column may be of its records."""
        further = (
            f"{name}_{number}"
            for name, most in SEVERAL.items()
            if name in (*self.attributes, *HELPERS)
            for number in range(2, most + 1)
        )
        return (*self.attributes, *HELPERS, *further)

    def is_of_kind(self, kind: str) -> bool:
        """Whether a tool's export of customers, contacts, leads or accounts holds its records."""
        return entity_words(self.name) >= entity_words(
            "account" if kind == "accounts" else "contact"
        )

    @property
    def is_of_companies(self) -> bool:
        """Whether its records are of companies: no person's name is theirs."""
        return "company_name" in self.attributes and "first_name" not in self.attributes

    def is_called(self, name: str) -> bool:
        """Whether the name of a table or column has a word for it."""
        called = {word.rstrip("0123456789") for word in words(name)}
        return not entity_words(self.name).isdisjoint(called)


def choose_entity(
    entities: Sequence[Entity], table: str, key: Sequence[str], attributes: Collection[str]
) -> Entity | None:
    """The entity whose records a table holds, None when that isn't clear.

    What the table is called counts, what its key is called, and the attributes that no other
    entity has: `sellers` with `seller_id` are sellers, `customers` with VAT numbers are accounts.

    Args:
        entities: Those of the business model.
        table: Name of the table.
        key: Columns of its primary key.
        attributes: Attributes that its columns look like.
    """
    if len(entities) == 1:
        return entities[0]
    scores = []
    for entity in entities:
        others = {name for other in entities if other != entity for name in other.attributes}
        alone = (set(entity.attributes) - others) & set(attributes)
        named = entity.is_called(table) + (len(key) == 1 and entity.is_called(key[0]))
        scores.append(2 * named + min(2, len(alone)))
    best, second = sorted(scores, reverse=True)[:2]
    return entities[scores.index(best)] if best - second >= _CLEAR else None
