"""Opens the identities of a deployment for reading: its maps, their records and their rules."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from customer_platform.environment import Environment, load_environment
from customer_platform.errors import EntityError, NoMapError
from customer_platform.identity import (
    IdentityStore,
    OutputTables,
    ResolutionRules,
    entity_tables,
)
from customer_platform.identity.entities import CUSTOMER, noun
from customer_platform.stewardship.health.bounds import Health
from customer_platform.stewardship.preview.rules import COMPONENT
from customer_platform.warehouse.duckdb import table_kind
from customer_platform.warehouse.suggestions import suggestion

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class DeclaredIdentity:
    """What an `IdentityResolution` component declares.

    Attributes:
        entity: What it resolves.
        path: Its YAML.
        records: Table of the records.
        overrides: Table of what stewards have decided, schema.table; None where they can't.
        rules: The rules.
        health: The bounds of a healthy map.
    """

    entity: str
    path: Path
    records: str
    overrides: str | None
    rules: ResolutionRules
    health: Health = field(default_factory=Health)

    @property
    def tables(self) -> OutputTables:
        """Where the warehouse keeps the map."""
        return entity_tables(self.entity, self.overrides)


@dataclass(frozen=True)
class DeployedIdentity:
    """The identities of a deployment.

    Attributes:
        connection: A connection that only reads.
        declared: What the deployment declares.
    """

    connection: "DuckDBPyConnection"
    declared: DeclaredIdentity

    @property
    def store(self) -> IdentityStore:
        """The map with its records and rules."""
        return IdentityStore(self.connection, self.records, self.rules, self.declared.tables)

    @property
    def records(self) -> str:
        """Table of the records."""
        return self.declared.records

    @property
    def rules(self) -> ResolutionRules:
        """The rules that the deployment declares."""
        return self.declared.rules


def declared_identities(environment: Environment) -> dict[str, DeclaredIdentity]:
    """What the deployment's business model resolves, by entity, in order of the YAML files.

    They are the `IdentityResolution` components in `defs/<business model>/identity`: one in its
    `defs.yaml`, or one per entity in folders below.

    Raises:
        EntityError: None is declared, two are of one entity, or a YAML can't be read.
    """
    folder = environment.project.defs / environment.business_model / "identity"
    found: dict[str, DeclaredIdentity] = {}
    for path in sorted(folder.rglob("defs.yaml")):
        for attributes in _components(path):
            declared = _declared(path, attributes)
            if other := found.get(declared.entity):
                raise EntityError(
                    f"{path} and {other.path} both resolve the entity {declared.entity!r}: "
                    "say which other it is, as `entity` among the attributes of one"
                )
            found[declared.entity] = declared
    if not found:
        raise EntityError(
            f"the business model {environment.business_model} resolves no entity: "
            f"there is no {COMPONENT} component in {folder}"
        )
    return found


def declared_identity(environment: Environment, entity: str | None = None) -> DeclaredIdentity:
    """What the deployment's business model declares for an entity.

    Args:
        environment: The deployment.
        entity: The entity; None for the only one.

    Raises:
        EntityError: See `declared_identities`; or there is no such entity, or there are several
            and none was named; names those there are.
    """
    found = declared_identities(environment)
    if entity is None and len(found) == 1:
        return next(iter(found.values()))
    if entity is None:
        raise EntityError(
            f"the business model {environment.business_model} resolves several entities: say "
            f"which one with --entity (entity: ... in the config of a job): {', '.join(found)}"
        )
    if entity not in found:
        raise EntityError(
            f"the business model {environment.business_model} doesn't resolve the entity "
            f"{entity!r}{suggestion(entity, found)}"
        )
    return found[entity]


def overrides_seed(environment: Environment, declared: DeclaredIdentity) -> Path:
    """The CSV file in which stewards decide about an entity: the seed of its `overrides`.

    Raises:
        EntityError: The entity has no overrides.
    """
    if declared.overrides is None:
        raise EntityError(
            f"nothing can be decided about the entity {declared.entity!r}: {declared.path} names "
            "no `overrides`, the table of a seed such as "
            f"identity.{declared.entity}_link_overrides"
        )
    name = declared.overrides.rpartition(".")[2]
    seeds = environment.project.dbt / "seeds" / environment.business_model
    return seeds / f"{name}.csv"


def component_rules(attributes: Mapping[str, object]) -> ResolutionRules:
    """The rules among the attributes of an `IdentityResolution` component's YAML."""
    return ResolutionRules.model_validate(
        {name: attributes[name] for name in ResolutionRules.model_fields if name in attributes}
    )


@contextmanager
def open_identity(
    environment: Environment | None = None, entity: str | None = None
) -> Iterator[DeployedIdentity]:
    """Opens the warehouse for reading the map of an entity.

    Args:
        environment: The deployment; by default that of the environment variables.
        entity: The entity; None for the only one of the business model.

    Raises:
        EntityError: See `declared_identity`.
        NoMapError: There is no warehouse or no map in it yet, or a run is writing to it.
    """
    import duckdb

    environment = environment or load_environment()
    declared = declared_identity(environment, entity)
    if not environment.warehouse.exists():
        raise NoMapError(
            f"There is no warehouse at {environment.warehouse} yet: "
            "`customer-platform run` builds it."
        )
    try:
        connection = duckdb.connect(str(environment.warehouse), read_only=True)
    except duckdb.IOException as error:
        raise NoMapError(
            f"{environment.warehouse} can't be read now, as a run holds it: try again when it "
            f"has ended. ({error})"
        ) from error
    try:
        tables = declared.tables
        if table_kind(connection, tables.schema, tables.customer_id_map) is None:
            raise NoMapError(
                f"{environment.warehouse} has no {noun(declared.entity)} ID map yet: "
                "`customer-platform run` builds it."
            )
        yield DeployedIdentity(connection, declared)
    finally:
        connection.close()


def _components(path: Path) -> Iterator[Mapping[str, Any]]:
    """The attributes of the components in a file that resolve identities."""
    try:
        documents = list(yaml.safe_load_all(path.read_text()))
    except yaml.YAMLError as error:
        raise EntityError(f"{path} is no YAML: {error}") from error
    for document in documents:
        if isinstance(document, Mapping):
            kind, attributes = str(document.get("type")), document.get("attributes")
            if kind.rpartition(".")[2] == COMPONENT and isinstance(attributes, Mapping):
                yield attributes


def _declared(path: Path, attributes: Mapping[str, Any]) -> DeclaredIdentity:
    try:
        overrides = attributes.get("overrides")
        declared = DeclaredIdentity(
            entity=str(attributes.get("entity", CUSTOMER)),
            path=path,
            records=str(attributes["records"]),
            overrides=None if overrides is None else str(overrides),
            rules=component_rules(attributes),
            health=Health.model_validate(attributes.get("health", {})),
        )
        # Refuses what can't name an entity.
        entity_tables(declared.entity)
    except KeyError as error:
        raise EntityError(f"{path}: the attributes lack {error}") from error
    except ValueError as error:
        raise EntityError(f"{path}: {error}") from error
    return declared
