"""Hands declarations over to dbt, whose macros read them by `declarations`."""

import json
from typing import Any

from customer_platform.declarations.entity import Attribute, EntitySpec
from customer_platform.declarations.match_keys import NORMALISERS, KeySource
from customer_platform.declarations.reader import Declarations

# The environment variable that macros read. dbt parses the models that depend on it again when it
# changes, so it holds what SQL is made of, and nothing that changes otherwise.
VARIABLE = "CUSTOMER_PLATFORM_DECLARATIONS"


def for_dbt(declarations: Declarations) -> str:
    """What dbt has to know of declarations, as JSON.

    That are entities, who delivers facts, and for how long histories are kept, where they aren't
    for ever.

    Args:
        declarations: Those of a business model.
    """
    entities = {name: _entity(each) for name, each in declarations.entities.items()}
    facts = declarations.facts.sources if declarations.facts else {}
    told: dict[str, Any] = {"entities": entities, "facts": facts}
    if declarations.retention and declarations.retention.history_days is not None:
        told["history_days"] = declarations.retention.history_days
    return json.dumps(told, separators=(",", ":"))


def _entity(entity: EntitySpec) -> dict[str, Any]:
    keys = {name: _key(name, key) for name, key in entity.match_keys.items() if key.column is None}
    return {
        "sources": entity.sources,
        "attributes": [_attribute(name, each) for name, each in entity.attributes.items()],
        "match_keys": keys,
    }


def _attribute(name: str, attribute: Attribute) -> dict[str, str]:
    # Who may see a value changes no SQL.
    stated = attribute.model_dump(exclude={"personal"}, exclude_defaults=True)
    return {"name": name, "survivorship": attribute.survivorship, **stated}


def _key(name: str, key: KeySource) -> dict[str, Any]:
    if key.normalise is None:
        return {"sql": key.sql}
    return {"function": NORMALISERS[key.normalise][0], "of": key.attributes(name)}
