"""Opens the identities of a deployment for reading: its map, its records and its rules."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from customer_platform.environment import Environment, load_environment
from customer_platform.identity import OutputTables, ResolutionRules

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCHEMA = "identity"


class NoMapError(RuntimeError):
    """The deployment has no customer ID map yet, or it can't be read now."""


@dataclass(frozen=True)
class DeployedIdentity:
    """The identities of a deployment.

    Attributes:
        connection: A connection that only reads.
        tables: Where the map is.
        records: Table of the customer records.
        rules: The rules that the deployment declares.
    """

    connection: "DuckDBPyConnection"
    tables: OutputTables
    records: str
    rules: ResolutionRules


def declared_identity(environment: Environment) -> Path:
    """The YAML that declares the rules of the deployment's business model."""
    return Path(__file__).parent / "defs" / environment.business_model / "identity" / "defs.yaml"


def component_rules(attributes: Mapping[str, object]) -> ResolutionRules:
    """The rules among the attributes of an `IdentityResolution` component's YAML."""
    return ResolutionRules.model_validate(
        {name: attributes[name] for name in ResolutionRules.model_fields if name in attributes}
    )


@contextmanager
def open_identity(environment: Environment | None = None) -> Iterator[DeployedIdentity]:
    """Opens the warehouse for reading.

    Args:
        environment: The deployment; by default that of the environment variables.

    Raises:
        NoMapError: There is no warehouse or no map in it yet, or a run is writing to it.
    """
    import duckdb

    environment = environment or load_environment()
    attributes = yaml.safe_load(declared_identity(environment).read_text())["attributes"]
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
        tables = OutputTables(SCHEMA)
        found = connection.execute(
            "select count(*) from information_schema.tables "
            "where table_schema = ? and table_name = ?",
            [SCHEMA, tables.customer_id_map],
        ).fetchall()
        if not found[0][0]:
            raise NoMapError(
                f"{environment.warehouse} has no customer ID map yet: "
                "`customer-platform run` builds it."
            )
        yield DeployedIdentity(
            connection=connection,
            tables=tables,
            records=str(attributes["records"]),
            rules=component_rules(attributes),
        )
    finally:
        connection.close()
