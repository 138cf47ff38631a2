"""The evidence of identities: what says why records are one, as of a publication.

A DuckDB file beside the masters has the relations of the schemas `identity` and
`identity_<entity>` under their names, so that an `IdentityStore` on it answers whatever one on the
warehouse does, while a run holds that. Its schema `search` finds who is looked for. It is of the
full edition alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.identity.entities import CUSTOMER
from customer_platform.identity.keeping.state import create_entity_views, create_views
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.store import IDENTITY, IdentityStore, OutputTables
from customer_platform.personal_kinds import Personal
from customer_platform.publishing.catalogue import EVIDENCE, PublishedFile
from customer_platform.publishing.relations import PublishedRelation
from customer_platform.publishing.search_index import write_search_index
from customer_platform.warehouse.duckdb import tables_of
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# A file that is attached has a name.
_DATABASE = "written_evidence"


@dataclass(frozen=True)
class Resolved:
    """An entity whose evidence is published.

    Attributes:
        records: Table of its records, schema.table.
        rules: The rules of its map.
        tables: Where its map is kept.
        attributes: By name of an attribute, which kind of personal data it is.
    """

    records: str
    rules: ResolutionRules
    tables: OutputTables
    attributes: Mapping[str, Personal]


def write_evidence(
    connection: "DuckDBPyConnection",
    folder: Path,
    resolved: Sequence[Resolved],
    relations: Sequence[PublishedRelation],
    version: str,
) -> PublishedFile:
    """Writes the evidence of identities, under a name that no file has had before.

    Of an entity that has never been resolved there is none.

    Args:
        connection: The warehouse.
        folder: The folder of what is published.
        resolved: What is resolved.
        relations: What is published with it.
        version: Name of this publication.
    """
    import duckdb

    path = folder / f"{EVIDENCE}-{version}.duckdb"

    mapped = [each for each in resolved if _store(connection, each).has(_state(each))]
    connection.execute(f"attach {literal(str(path))} as {_DATABASE}")
    try:
        for schema in sorted({IDENTITY, *(each.tables.schema for each in mapped)}):
            _copy_schema(connection, schema, mapped)
        write_search_index(connection, _DATABASE, mapped, relations)
    finally:
        connection.execute(f"detach {_DATABASE}")
    with duckdb.connect(str(path)) as written:
        for each in mapped:
            store = _store(written, each)
            create_views(store)
            create_entity_views(store)
    return PublishedFile(EVIDENCE, None, path.name)


def _copy_schema(
    connection: "DuckDBPyConnection", schema: str, resolved: Sequence[Resolved]
) -> None:
    """Copies the tables of a schema, and the records, which may be a view."""
    target = f"{_DATABASE}.{identifier(schema)}"
    connection.execute(f"create schema if not exists {target}")
    # Who shows a customer reads its rows alone, which then lie together.
    sorted_tables = {
        table
        for each in resolved
        if each.tables.schema == schema
        for table in (_state(each), each.tables.customer_id_registry)
    }
    records = {each.records.rpartition(".")[2] for each in resolved if _is_in(each, schema)}
    for table in sorted({*tables_of(connection, schema), *records}):
        order = f"order by {CUSTOMER}_id" if table in sorted_tables else ""
        connection.execute(
            f"create table {target}.{identifier(table)} as "
            f"select * from {identifier(schema)}.{identifier(table)} {order}"
        )


def _is_in(resolved: Resolved, schema: str) -> bool:
    return resolved.records.rpartition(".")[0] == schema


def _state(resolved: Resolved) -> str:
    return resolved.tables.resolution_state


def _store(connection: "DuckDBPyConnection", resolved: Resolved) -> IdentityStore:
    return IdentityStore(connection, resolved.records, resolved.rules, resolved.tables)
