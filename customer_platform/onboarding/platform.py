"""What the project has that a proposal is written with: entities, macros and descriptions.

Of the entities that the business model resolves, it says whose records a table holds.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from customer_platform.declarations import Declarations
from customer_platform.errors import OnboardingError
from customer_platform.onboarding.dbt_templates import blocks
from customer_platform.onboarding.vocabulary import entity_words, words
from customer_platform.project import DBT_PROJECT, Project

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


# Kind of facts -> the model that is the union of what every source delivers.
UNIONS = {"transactions": "transaction_lines", "events": "visitor_events"}

_NORMALISE = "normalise_"


@dataclass(frozen=True)
class Platform:
    """What the dbt project has for records.

    Attributes:
        normalisers: The attributes and kinds of values with a macro `normalise_<name>`.
        docs: Names of the blocks that describe columns.
        contracts: Kind of facts -> the columns that every source delivers of them, as the dbt YAML
            of their union declares each.
    """

    normalisers: frozenset[str]
    docs: frozenset[str]
    contracts: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def description(self, entity: str, column: str) -> str | None:
        """The docs block of a column of an entity's records, None where there is none."""
        names = (f"{entity}_record__{column}", f"customer_record__{column}")
        return next((name for name in names if name in self.docs), None)


def read_platform(project: Project, business_model: str) -> Platform:
    """Reads which macros and descriptions the dbt project has, its own and those of the software.

    Args:
        project: The project.
        business_model: The business model, which may have descriptions of its own.
    """
    macros = _files(project, "macros", "*.sql")
    pages = [
        path
        for folder in ("shared", business_model)
        for path in _files(project, f"models/{folder}", "*.md")
    ]
    staging = project.dbt / "models" / business_model / "staging"
    unions = {kind: staging / f"{model}.yml" for kind, model in UNIONS.items()}
    return Platform(
        frozenset(
            name.removeprefix(_NORMALISE)
            for path in macros
            for name in blocks(path.read_text(), "macro")
            if name.startswith(_NORMALISE)
        ),
        frozenset(name for path in pages for name in blocks(path.read_text(), "docs")),
        {
            kind: yaml.safe_load(path.read_text())["models"][0]["columns"]
            for kind, path in unions.items()
            if path.exists()
        },
    )


def _files(project: Project, folder: str, pattern: str) -> Iterator[Path]:
    """Files in a folder of the project's dbt, and in that of the software."""
    for dbt in dict.fromkeys((project.dbt, DBT_PROJECT)):
        yield from (dbt / folder).rglob(pattern)


def read_entities(declared: Declarations) -> list[Entity]:
    """The entities of a business model, with the attributes of their records.

    Args:
        declared: What it declares.

    Raises:
        OnboardingError: It resolves none, or one has no attributes; says what to add.
    """
    if not declared.entities:
        raise OnboardingError(
            f"{declared.folder} resolves no entity yet: add an IdentityResolution first, which "
            "says whose records there are"
        )
    for entity in declared.entities.values():
        if not entity.attributes:
            raise OnboardingError(
                f"{entity.path}: add `attributes`, the columns of the records, of a line each, "
                "such as last_name: {survivorship: most_frequent, personal: name}"
            )
    return [Entity(name, tuple(each.attributes)) for name, each in declared.entities.items()]
