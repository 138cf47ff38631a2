"""What is declared of personal data, read for one deployment.

A column of a dbt relation is what its YAML says as `config: {meta: {personal: ...}}`. Where it says
nothing, it is what it inherits:

- a column that has the name of an entity's attribute is of the kind that the attribute has in the
  entity's YAML; its match key (`email_key`) is, too;
- a column that the platform makes is what `platform_columns.yaml` says;
- in a staging view, which hands on a source's own columns, a name alone makes nothing harmless: the
  column has to be described by the block of the records or facts that it is part of.

Everything else is personal.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import Any

import yaml

from customer_platform.declarations import EntitySpec, declarations_of
from customer_platform.environment import Environment, load_environment
from customer_platform.identity import ResolutionRules
from customer_platform.personal_kinds import Personal, read_personal, strictest
from customer_platform.privacy.personal import BySource, Kinds
from customer_platform.privacy.records import RecordMask, kind_of_key

_PLATFORM = yaml.safe_load(
    resources.files("customer_platform.privacy").joinpath("platform_columns.yaml").read_text()
)
_KINDS: Mapping[str, Personal] = {
    **dict.fromkeys(_PLATFORM["not_personal"].split(), False),
    **dict.fromkeys(_PLATFORM["identifier"].split(), "identifier"),
    **dict.fromkeys(_PLATFORM["free_text"].split(), "free_text"),
}
_OF_TESTS = frozenset(_PLATFORM["of_tests"].split())
RECORD_IDS: Mapping[str, str] = _PLATFORM["record_ids"]

# Before an entity's ID: that of a customer who was, or who is on the other side.
_BEFORE_IDS = ("", "other_", "previous_")


@dataclass(frozen=True)
class Declared:
    """What a deployment declares.

    Attributes:
        manifest: dbt's manifest.
        entities: What the business model resolves, by name.
    """

    manifest: Mapping[str, Any] = field(default_factory=dict)
    entities: Mapping[str, EntitySpec] = field(default_factory=dict)

    def relation(self, table: str, columns: Iterable[str]) -> Kinds:
        """What is declared of the columns of a table or view.

        Args:
            table: Its name, schema.table.
            columns: The columns that it has.

        Raises:
            PersonalError: A column's YAML names a kind that there isn't.
        """
        # What Python writes has no model: its schema says that the platform made it.
        node = self._relations.get(table, {"schema": table.rpartition(".")[0]})
        return {column.lower(): self._of(node, column.lower()) for column in columns}

    def test(self, node: Mapping[str, Any], columns: Iterable[str]) -> Kinds:
        """What is declared of the columns of the rows that a data test finds.

        A column is what those of its name are in the relations that the test reads, and personal
        where they differ; or what the test says as `meta: {personal: {column: ...}}`.

        Args:
            node: The test, in the manifest.
            columns: The columns of its rows.
        """
        said = _meta(node).get("personal") or {}
        read = [
            found
            for unique_id in node.get("depends_on", {}).get("nodes", ())
            if (found := self._nodes.get(unique_id))
        ]
        kinds: dict[str, Personal | BySource] = {}
        for column in map(str.lower, columns):
            if column in said:
                kinds[column] = read_personal(said[column], f"{node['name']}.{column}")
                continue
            there = [each for each in read if column in _columns(each)]
            if there:
                kinds[column] = _together([self._of(each, column) for each in there])
            else:
                kinds[column] = False if column in _OF_TESTS else self._inherited(column)
        return kinds

    def record_mask(self, rules: ResolutionRules, records: str) -> RecordMask:
        """Masks the values and names of an entity's records.

        Args:
            rules: Its rules.
            records: The table of its records, schema.table.
        """
        columns = [rules.record_id, *(key.column for key in rules.match_keys.values())]
        declared = self.relation(records, columns)
        # Values may be shown under the name of their attribute, key or column.
        keys: dict[str, Personal] = dict(self._attributes)
        for name, key in rules.match_keys.items():
            inherited = declared[key.column.lower()]
            of_column = "identifier" if isinstance(inherited, BySource) else inherited
            keys[name] = keys[key.column] = kind_of_key(key, of_column)
        of_records = declared[rules.record_id.lower()]
        return RecordMask(
            keys, of_records if isinstance(of_records, BySource) else BySource("", {}, of_records)
        )

    @cached_property
    def _nodes(self) -> Mapping[str, Mapping[str, Any]]:
        return {**self.manifest.get("nodes", {}), **self.manifest.get("sources", {})}

    @cached_property
    def _relations(self) -> Mapping[str, Mapping[str, Any]]:
        return {
            f"{node['schema']}.{node.get('identifier') or node['name']}": node
            for node in self._nodes.values()
            if node["resource_type"] in ("model", "seed", "source")
        }

    @cached_property
    def _attributes(self) -> Mapping[str, Personal]:
        """By name; of one that several entities have, what holds for all of them."""
        found: dict[str, list[Personal]] = {}
        for entity in self.entities.values():
            for name, attribute in entity.attributes.items():
                found.setdefault(name, []).append(attribute.personal)
        return {name: strictest(said) for name, said in found.items()}

    @cached_property
    def _record_ids(self) -> Mapping[str, Personal]:
        """By source, what the staging views of its records say of their numbers."""
        found: dict[str, list[Personal]] = {}
        views = {node["name"]: node for node in self._nodes.values() if _layer(node) == "staging"}
        for entity in self.entities.values():
            for view in entity.sources:
                source = view.removeprefix("stg_").partition("__")[0]
                said = _said(views.get(view, {}), "source_record_id")
                found.setdefault(source, []).append("identifier" if said is None else said)
        return {source: strictest(said) for source, said in found.items()}

    def _of(self, node: Mapping[str, Any], column: str) -> Personal | BySource:
        said = _said(node, column)
        if said is not None:
            return said
        if _layer(node) in ("identity", "master") or column in _described_by(node, column):
            return self._inherited(column)
        if node.get("resource_type") == "seed" and column in RECORD_IDS:
            # What stewards have decided names records.
            return self._inherited(column)
        # The source's own: its name may say how it is masked, and not that it needs no mask.
        return self._attributes.get(column) or None

    def _inherited(self, column: str) -> Personal | BySource:
        attribute = column.removesuffix("_key")
        if attribute in self._attributes:
            return self._attributes[attribute]
        # Before the numbers of records: an account may be an entity, or a record of a customer.
        ids = (f"{before}{entity}_id" for entity in self.entities for before in _BEFORE_IDS)
        if attribute in ids:
            return False
        if column in RECORD_IDS:
            return BySource(RECORD_IDS[column], self._record_ids)
        if column.removesuffix("_source") in self._attributes:
            return False
        return False if column in RECORD_IDS.values() else _KINDS.get(column)


def read_declared(environment: Environment | None = None) -> Declared:
    """Reads what a deployment declares.

    Args:
        environment: The deployment, by default that of the environment variables. Where its dbt
            project hasn't been parsed, only the attributes of its entities are declared.
    """
    environment = environment or load_environment()
    path = environment.dbt_target / "manifest.json"
    manifest = json.loads(path.read_text()) if path.exists() else {}
    return Declared(manifest, declarations_of(environment).entities)


def _layer(node: Mapping[str, Any]) -> str:
    """The schema of what dbt builds from records; of a seed, which people write, nothing."""
    return "" if node.get("resource_type") == "seed" else str(node.get("schema", ""))


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**node.get("meta", {}), **node.get("config", {}).get("meta", {})}


def _columns(node: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    return {name.lower(): column for name, column in node.get("columns", {}).items()}


def _said(node: Mapping[str, Any], column: str) -> Personal:
    """What the YAML of a column says."""
    return read_personal(
        _meta(_columns(node).get(column, {})).get("personal"), f"{node.get('name')}.{column}"
    )


def _described_by(node: Mapping[str, Any], column: str) -> list[str]:
    """What the shared blocks that describe a column are of."""
    blocks = _columns(node).get(column, {}).get("doc_blocks") or ()
    return [block.rpartition("__")[2] for block in blocks if "__" in block]


def _together(kinds: Sequence[Personal | BySource]) -> Personal | BySource:
    """What holds for a value that may come from any of several columns."""
    by_source = [kind for kind in kinds if isinstance(kind, BySource)]
    others = [kind for kind in kinds if not isinstance(kind, BySource)]
    if not by_source:
        return strictest(others)
    return by_source[0] if not any(others) and None not in others else "free_text"
