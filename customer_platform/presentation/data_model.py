"""Draws the data model of every business model as a Mermaid entity-relationship diagram.

    python -m customer_platform.presentation.data_model

Reads the declarations and the YAML of the dbt models, and writes `docs/data-model.md`, which is
checked in.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from customer_platform.declarations import Declarations, Entity, declarations_of
from customer_platform.environment import load_environment
from customer_platform.errors import DataModelError
from customer_platform.identity.entities import nouns
from customer_platform.project import DBT_PROJECT, REPOSITORY, business_models
from customer_platform.publishing.relations import PublishedRelation

PAGE = REPOSITORY / "docs" / "data-model.md"

_HEAD = """# Data model

<!-- Written by `make generate` from the declarations and the dbt contracts. Don't edit it. -->

One diagram per business model, from the views that deliver **source records**, through the
**source lookup** with its match keys and the **customer ID map**, to the **masters** that are
published. Only keys are shown; the YAML next to each dbt model describes every column.
[Architecture](architecture.md) explains the layers.
"""

_RECORD = ("source", "source_record_id")
_LINK = ("linked_by_rule", "linked_to_source", "linked_to_record_id")
_GRAIN = re.compile(r"Grain: one row per \(?(\w+(?:, \w+)*)\)?\.")


@dataclass(frozen=True)
class Relation:
    """A relation of the diagram.

    Attributes:
        name: Its name with its schema.
        columns: The columns shown, with their types.
        primary_key: The columns that identify a row.
        foreign_keys: The relation that a column refers to, by column.
        not_null: The columns that are never null.
    """

    name: str
    columns: Mapping[str, str]
    primary_key: tuple[str, ...]
    foreign_keys: Mapping[str, str]
    not_null: frozenset[str]

    @property
    def box(self) -> Iterator[str]:
        """The lines that draw its columns."""
        yield f'    {_box_name(self.name)}["{self.name}"] {{'
        for column, data_type in self.columns.items():
            is_key = (column in self.primary_key, column in self.foreign_keys)
            keys = ", ".join(key for key, of in zip(("PK", "FK"), is_key, strict=True) if of)
            yield f"        {data_type} {column} {keys}".rstrip()
        yield "    }"

    @property
    def arrows(self) -> Iterator[str]:
        """The lines that draw what it refers to."""
        for column, target in self.foreign_keys.items():
            is_filled = column in self.not_null or (column,) == self.primary_key
            one = "||" if is_filled else "|o"
            many = "o|" if (column,) == self.primary_key else "o{"
            yield f'    {_box_name(target)} {one}--{many} {_box_name(self.name)} : "{column}"'


def data_model_page() -> str:
    """The page with the diagrams of all business models, as Markdown."""
    parts = [_HEAD]
    for name in sorted(business_models(), key=lambda name: (name != "retail", name)):
        diagram = "\n".join(entity_relationships(name, described_models(name)))
        parts.append(f"\n## {name}\n\n```mermaid\n{diagram}\n```\n")
    return "".join(parts)


def entity_relationships(business_model: str, models: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the diagram of a business model.

    Args:
        business_model: Its name.
        models: What the YAML of its dbt models says, by name of the model.

    Raises:
        DataModelError: An entity has no published master, or a key has no known type.
    """
    environment = load_environment({"CUSTOMER_PLATFORM_BUSINESS_MODEL": business_model})
    declared = declarations_of(environment)
    masters = _masters(declared, models)
    # At its own size: shrunk to the width of a page, nothing could be read.
    yield '%%{init: {"er": {"useMaxWidth": false}}}%%'
    yield "erDiagram"
    yield "    direction LR"
    for identity in declared.entities.values():
        yield from _identity_lines(identity, masters)
    for master in masters:
        yield from master.box
        yield from master.arrows


def described_models(business_model: str) -> dict[str, Any]:
    """What the YAML of the dbt models of a business model says, by name of the model."""
    paths = sorted((DBT_PROJECT / "models" / business_model).rglob("*.yml"))
    documents = [yaml.safe_load(path.read_text()) for path in paths]
    return {model["name"]: model for document in documents for model in document.get("models", [])}


def _identity_lines(identity: Entity, masters: list[Relation]) -> Iterator[str]:
    """The views that deliver an entity's records, their source lookup, and their ID map."""
    lookup, id_map = _box_name(identity.records), f"identity_{identity.entity}_id_map"
    for view in identity.sources:
        yield f'    {view}["{view}"]'
        yield f'    {view} |o--|| {lookup} : "delivers"'
    keys = [key.column for key in identity.rules.match_keys.values()]
    yield from _plain(identity.records, (*_RECORD, *keys), {}).box
    # A record of a party is one of a buyer or seller, whose ID is a match key.
    for key in identity.rules.match_keys:
        if any(master.primary_key == (key,) for master in masters):
            other = f"identity_{key}_map"
            yield f'    {other} |o--|| {lookup} : "delivers"'
    entity_id = f"{identity.entity}_id"
    home = _home(entity_id, masters)
    columns = (*_RECORD, entity_id, *_LINK)
    yield from _plain(f"identity.{entity_id}_map", columns, {entity_id: home}).box
    yield f'    {lookup} ||--|| {id_map} : "is resolved in"'
    yield f'    {id_map} }}|--|| {_box_name(home)} : "{entity_id}"'


def _plain(name: str, columns: tuple[str, ...], foreign_keys: Mapping[str, str]) -> Relation:
    """A relation of texts that is identified by the record."""
    types = dict.fromkeys(columns, "string")
    return Relation(name, types, _RECORD, foreign_keys, frozenset(_RECORD))


def _masters(declared: Declarations, models: Mapping[str, Any]) -> list[Relation]:
    """The published relations, each with its keys."""
    types = {
        column["name"]: column["data_type"]
        for model in models.values()
        for column in model.get("columns", [])
        if "data_type" in column
    }
    masters = [_master(one, models[one.name]) for one in declared.published]
    ids = [f"{entity}_id" for entity in declared.entities]
    facts = [master.primary_key[0] for master in masters if len(master.primary_key) == 1]
    ids += [key for key in facts if key.endswith("_id") and key not in ids]
    homes = {key: _home(key, masters) for key in ids}
    return [_with_keys(master, homes, types) for master in masters]


def _master(published: PublishedRelation, model: Mapping[str, Any]) -> Relation:
    """A published relation with all of its columns, and the key that its tests or grain state."""
    columns = [column["name"] for column in model.get("columns", [])]
    tests = {column["name"]: _tests(column) for column in model.get("columns", [])}
    combination = _tests(model).get("unique_combination", {}).get("arguments", {})
    unique = [column for column in columns if "unique" in tests[column]]
    grain = _GRAIN.search(" ".join(model["description"].split()))
    stated = grain[1].split(", ") if grain else []
    if published.versions_of and published.since:
        key = [published.versions_of, published.since]
    elif combination:
        key = combination["columns"]
    else:
        key = unique[:1] or (stated if set(stated) <= set(columns) else [])
    return Relation(
        name=f"master.{published.name}",
        columns=dict.fromkeys(columns, ""),
        primary_key=tuple(key),
        foreign_keys={},
        not_null=frozenset(column for column in columns if "not_null" in tests[column]),
    )


def _with_keys(master: Relation, homes: Mapping[str, str], types: Mapping[str, str]) -> Relation:
    """A master with its foreign keys, and no other columns than keys."""
    foreign_keys = {
        column: home
        for column in master.columns
        for key, home in homes.items()
        if column == key or column.endswith(f"_{key}")
        if not (home == master.name and column == key)
    }
    shown = [column for column in master.columns if column in (*master.primary_key, *foreign_keys)]
    columns = {column: _type(column, types) for column in shown}
    return replace(master, columns=columns, foreign_keys=foreign_keys)


def _home(key: str, masters: list[Relation]) -> str:
    """The master that has one row per value of an ID."""
    keyed = [master.name for master in masters if master.primary_key == (key,)]
    if not keyed:
        raise DataModelError(
            f"no published master has the primary key {key}: publish one, and state its key by a "
            "`unique` test or as its grain"
        )
    named = f"master.{nouns(key.removesuffix('_id'))}"
    return named if named in keyed else keyed[0]


def _type(column: str, types: Mapping[str, str]) -> str:
    """The type of a key: that of the contracts, or, of IDs, text."""
    if column in types:
        return types[column].partition("(")[0]
    if column.endswith("_id"):
        return "string"
    raise DataModelError(f"state the `data_type` of the key {column} in the YAML of its model")


def _tests(described: Mapping[str, Any]) -> dict[str, Any]:
    """The data tests of a model or column, by name, with their arguments."""
    tests = [
        {test: {}} if isinstance(test, str) else test for test in described.get("data_tests", [])
    ]
    return {name: arguments for test in tests for name, arguments in test.items()}


def _box_name(relation: str) -> str:
    return relation.replace(".", "_")


if __name__ == "__main__":
    PAGE.write_text(data_model_page())
