"""Opens the identities of a deployment for reading: its maps, their records and their rules."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.declarations import Entity, declarations_of
from customer_platform.environment import Environment, load_environment
from customer_platform.errors import EntityError, NoMapError
from customer_platform.identity import IdentityStore, ResolutionRules
from customer_platform.identity.entities import noun
from customer_platform.run_lock import running
from customer_platform.suggestions import suggestion
from customer_platform.warehouse.duckdb import opened, table_kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class DeployedIdentity:
    """The identities of a deployment.

    Attributes:
        connection: A connection that only reads.
        declared: What the deployment declares.
    """

    connection: "DuckDBPyConnection"
    declared: Entity

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


def declared_entities(environment: Environment) -> Mapping[str, Entity]:
    """What the deployment's business model resolves, by name in the order of the YAML files.

    Raises:
        EntityError: Nothing.
        DeclarationError: A YAML isn't right.
    """
    declared = declarations_of(environment)
    if not declared.entities:
        raise EntityError(
            f"the business model {environment.business_model} resolves no entity: "
            f"there is no IdentityResolution component in {declared.folder}"
        )
    return declared.entities


def declared_entity(environment: Environment, entity: str | None = None) -> Entity:
    """What the deployment's business model declares for an entity.

    Args:
        environment: The deployment.
        entity: The entity; None for the only one.

    Raises:
        EntityError: See `declared_entities`; or there is no such entity, or there are several
            and none was named; names those there are.
    """
    found = declared_entities(environment)
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


@contextmanager
def deciding() -> Iterator[Environment]:
    """The deployment, for who decides inside the with block.

    No other version is put in force meanwhile: the decision would stay behind.
    """
    environment = load_environment()
    if environment.version is None:
        yield environment
        return
    with running(environment.home):
        yield load_environment()


def overrides_seed(environment: Environment, declared: Entity) -> Path:
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


@contextmanager
def open_identity(
    environment: Environment | None = None, entity: str | None = None
) -> Iterator[DeployedIdentity]:
    """Opens the warehouse for reading the map of an entity.

    Args:
        environment: The deployment; by default that of the environment variables.
        entity: The entity; None for the only one of the business model.

    Raises:
        EntityError: See `declared_entity`.
        NoMapError: There is no warehouse or no map in it yet, or a run is writing to it.
    """
    environment = environment or load_environment()
    declared = declared_entity(environment, entity)
    with opened(environment.warehouse, NoMapError) as connection:
        tables = declared.tables
        if table_kind(connection, tables.schema, tables.customer_id_map) is None:
            raise NoMapError(
                f"{environment.warehouse} has no {noun(declared.entity)} ID map yet: "
                "`customer-platform run` builds it."
            )
        yield DeployedIdentity(connection, declared)
