"""What the project has that a proposal is written with: entities, macros and descriptions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from customer_platform.declarations import Declarations
from customer_platform.environment import DBT_PROJECT, Project
from customer_platform.errors import OnboardingError
from customer_platform.onboarding.entities import Entity

# Kind of facts -> the model that is the union of what every source delivers.
UNIONS = {"transactions": "transaction_lines", "events": "visitor_events"}

_MACRO = re.compile(r"{%-?\s*macro\s+normalise_(\w+)\(")
_DOCS = re.compile(r"{%-?\s*docs\s+(\w+)\s*-?%}")


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
        frozenset(name for path in macros for name in _MACRO.findall(path.read_text())),
        frozenset(name for path in pages for name in _DOCS.findall(path.read_text())),
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
