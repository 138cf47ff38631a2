"""Reads the YAML of a business model: its sources, entities and published masters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from customer_platform import checked_yaml
from customer_platform.declarations.entity import EntitySpec
from customer_platform.declarations.retention import RetentionSpec
from customer_platform.environment import Environment
from customer_platform.errors import DeclarationError, FaultyYamlError, RulesError
from customer_platform.identity import ResolutionRules
from customer_platform.identity.rules_file import rules_in
from customer_platform.ingestion import DeclaredTable, SourceSpec
from customer_platform.ingestion.database import DatabaseSourceSpec
from customer_platform.ingestion.tables import SCHEMA as RAW
from customer_platform.ingestion.tables import raw_table
from customer_platform.project import Project
from customer_platform.publishing.relations import PublishedRelation

Source = SourceSpec | DatabaseSourceSpec


class Entity(EntitySpec):
    """An entity as a YAML declares it.

    Attributes:
        path: The YAML.
    """

    path: Path


class PublicationSpec(BaseModel):
    """Which masters analysts read."""

    model_config = ConfigDict(extra="forbid")

    owner: str = Field(description="Email or `team:...` of who answers for it.")
    relations: list[PublishedRelation] = Field(description="The relations that are published.")


class FactsSpec(BaseModel):
    """Which dbt models deliver the facts of a business model."""

    model_config = ConfigDict(extra="forbid")

    sources: dict[str, list[str]] = Field(
        description="By what they are, such as transactions or events, the staging models that "
        "deliver them."
    )


class Facts(FactsSpec):
    """Facts as a YAML declares them.

    Attributes:
        path: The YAML.
    """

    path: Path


# The components, by the last part of their `type`, and what their attributes state.
_KINDS: Mapping[str, type[BaseModel]] = {
    "FileSource": SourceSpec,
    "DatabaseSource": DatabaseSourceSpec,
    "Facts": FactsSpec,
    "IdentityResolution": EntitySpec,
    "PublishedMasters": PublicationSpec,
    "Retention": RetentionSpec,
}

# What is said of attributes that are no mapping.
_NO_ATTRIBUTES = "no attributes of a component: list keys"


@dataclass(frozen=True)
class Declarations:
    """What a business model declares.

    Attributes:
        folder: The folder of its YAML.
        sources: Its sources, by name in the order of their folders.
        entities: What it resolves, by name in the order of the files.
        published: The masters that analysts read.
        facts: Who delivers its facts, None where no YAML says so.
        retention: How long the platform keeps what it makes itself, None where no YAML says so.
    """

    folder: Path
    sources: Mapping[str, Source] = field(default_factory=dict)
    entities: Mapping[str, Entity] = field(default_factory=dict)
    published: tuple[PublishedRelation, ...] = ()
    facts: Facts | None = None
    retention: RetentionSpec | None = None

    def table_of(self, raw: str) -> DeclaredTable | None:
        """The table of a source that lands in a raw table; None where none is declared.

        Args:
            raw: Name of the raw table, without its schema.
        """
        for name, source in self.sources.items():
            for table in source.tables:
                if raw_table(name, table) == f"{RAW}.{raw}":
                    return table
        return None


def declarations_of(environment: Environment) -> Declarations:
    """What the business model of a deployment declares.

    Raises:
        DeclarationError: See `read_declarations`.
    """
    return read_declarations(environment.project, environment.business_model)


def read_declarations(project: Project, business_model: str) -> Declarations:
    """Reads what a business model declares.

    Args:
        project: The project.
        business_model: The business model.

    Raises:
        DeclarationError: A YAML isn't right, two are of one entity or source, or one below
            `sources` declares something else.
    """
    folder = project.defs / business_model
    sources: dict[str, Source] = {}
    entities: dict[str, Entity] = {}
    paths: dict[str, Path] = {}
    published: list[PublishedRelation] = []
    facts: Facts | None = None
    retention: RetentionSpec | None = None
    for path in sorted(folder.rglob("defs.yaml")):
        changed = path.stat()
        for kind, spec in _read(path, changed.st_mtime_ns, changed.st_size):
            if isinstance(spec, PublicationSpec):
                published += spec.relations
                continue
            if isinstance(spec, Facts):
                facts = spec
                continue
            if isinstance(spec, RetentionSpec):
                retention = spec
                continue
            if isinstance(spec, Entity):
                what, name = "entity", spec.entity
                entities.setdefault(name, spec)
            elif isinstance(spec, SourceSpec | DatabaseSourceSpec):
                what, name = "source", spec.source
                sources.setdefault(name, spec)
            elif path.is_relative_to(folder / "sources"):
                raise DeclarationError(
                    f"{path} declares {kind}; below `sources` declare a FileSource or a "
                    "DatabaseSource"
                )
            else:
                continue
            other = paths.setdefault(f"{what} {name}", path)
            if (entities if what == "entity" else sources)[name] is not spec:
                raise DeclarationError(
                    f"{path} and {other} both declare the {what} {name!r}: give one another "
                    f"`{what}`"
                )
    return Declarations(folder, sources, entities, tuple(published), facts, retention)


def default_country(project: Project) -> str:
    """The country of phone numbers that name none, ISO 3166: the var of the dbt project."""
    settings = yaml.safe_load((project.dbt / "dbt_project.yml").read_text("utf-8"))
    return str(settings["vars"]["default_country"])


def read_rules(rules: Path | str) -> ResolutionRules:
    """Reads match rules, stated alone or as the attributes of an `IdentityResolution`.

    Args:
        rules: A YAML file, or the text of one.

    Raises:
        RulesError: The file can't be read, or isn't right; every fault on a line of its own, as
            `file:line:column: what is wrong and what to do`.
    """
    name = "rules" if isinstance(rules, str) else str(rules)
    try:
        text = rules if isinstance(rules, str) else checked_yaml.read_text(rules)
        nodes = checked_yaml.compose(text, name)
        stated = checked_yaml.entries(nodes[0]) if nodes else {}
        if "type" not in stated or "attributes" not in stated:
            return rules_in(text, name)
        kind = str(stated["type"].value)
        if _KINDS.get(kind.rpartition(".")[2]) is not EntitySpec:
            raise RulesError(
                f"{name}:{checked_yaml.position(stated['type'])}: the component {kind} has no "
                "match rules; give the YAML of an IdentityResolution, or rules alone"
            )
        return _checked(EntitySpec, stated["attributes"], name).rules
    except FaultyYamlError as error:
        raise RulesError(str(error)) from error


def read_entity(text: str) -> EntitySpec:
    """Reads an entity that somebody has typed, as its YAML declares it.

    Nothing is filled in: `{{ env.NAME }}` stays as it is.

    Args:
        text: The YAML of an `IdentityResolution`, or its attributes alone.

    Raises:
        RulesError: It isn't right; every fault on a line of its own, as `rules:line:column: what
            is wrong and what to do`.
    """
    try:
        nodes = checked_yaml.compose(text, "rules")
        if len(nodes) != 1:
            raise RulesError(f"rules:1:1: there are {len(nodes)} YAML documents; write one")
        stated = checked_yaml.entries(nodes[0])
        attributes = stated["attributes"] if "type" in stated else nodes[0]
        return checked_yaml.validated(EntitySpec, attributes, "rules", _NO_ATTRIBUTES)
    except KeyError:
        raise RulesError("rules:1:1: the key 'attributes' is missing") from None
    except FaultyYamlError as error:
        raise RulesError(str(error)) from error


@lru_cache(maxsize=256)
def _read(path: Path, changed: int, size: int) -> list[tuple[str, BaseModel | None]]:
    """The components in a file, with what is known of each; as long as the file is the same."""
    text = checked_yaml.read_text(path)
    found = [_spec(node, str(path)) for node in checked_yaml.compose(text, str(path))]
    return [(kind, _with_path(spec, path)) for kind, spec in filter(None, found)]


def _with_path(spec: BaseModel | None, path: Path) -> BaseModel | None:
    if not isinstance(spec, EntitySpec | FactsSpec):
        return spec
    stated = {name: getattr(spec, name) for name in spec.model_fields_set}
    return (Entity if isinstance(spec, EntitySpec) else Facts)(path=path, **stated)


def _spec(node: yaml.Node, name: str) -> tuple[str, BaseModel | None] | None:
    """A component's type and what it declares, None of a type of somebody else's."""
    stated = checked_yaml.entries(node)
    if "type" not in stated:
        return None
    kind = str(stated["type"].value)
    model = _KINDS.get(kind.rpartition(".")[2])
    if model is None:
        return kind, None
    if "attributes" not in stated:
        raise FaultyYamlError(
            f"{name}:{checked_yaml.position(node)}: the key 'attributes' is missing"
        )
    return kind, _checked(model, stated["attributes"], name)


def _checked(model: type[checked_yaml.Model], node: yaml.Node, name: str) -> checked_yaml.Model:
    """The attributes of a component, as its model."""
    checked_yaml.fill_in(node, name)
    return checked_yaml.validated(model, node, name, _NO_ATTRIBUTES)
