"""What a business model declares in `defs/<model>`, as typed objects that are read once.

Whoever wants to know something of a source, an entity or what is published asks `Declarations`:
components, dbt, onboarding, commands and tests.
"""

from customer_platform.declarations.entity import Attribute, Bounds, EntitySpec
from customer_platform.declarations.for_dbt import VARIABLE, for_dbt
from customer_platform.declarations.match_keys import KeySource
from customer_platform.declarations.reader import (
    Declarations,
    Entity,
    Facts,
    FactsSpec,
    PublicationSpec,
    Source,
    declarations_of,
    default_country,
    read_declarations,
    read_entity,
    read_rules,
)
from customer_platform.declarations.retention import RetentionSpec

__all__ = [
    "VARIABLE",
    "Attribute",
    "Bounds",
    "Declarations",
    "Entity",
    "EntitySpec",
    "Facts",
    "FactsSpec",
    "KeySource",
    "PublicationSpec",
    "RetentionSpec",
    "Source",
    "declarations_of",
    "default_country",
    "for_dbt",
    "read_declarations",
    "read_entity",
    "read_rules",
]
