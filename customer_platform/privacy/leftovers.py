"""What no number of a record leads to: rejected lines, old values, decisions, the demo's truth."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations
from customer_platform.deployed_identity import overrides_seed
from customer_platform.environment import Environment
from customer_platform.ingestion.tables import SCHEMA as RAW
from customer_platform.privacy.declared import Declared
from customer_platform.privacy.erase import ErasedRows
from customer_platform.privacy.part import MASTER
from customer_platform.privacy.people import PersonRecord, records_of
from customer_platform.privacy.values import SHORTEST, VALUES
from customer_platform.stewardship.decide.overrides_file import (
    read_lines,
    remove_leftovers,
    remove_override,
)
from customer_platform.stewardship.decisions_store import open_decisions
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.warehouse.duckdb import columns_of, table_kind, tables_of
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_REJECTED = "__rejected"

_HOLDS_A_VALUE = (
    f"exists (select 1 from {VALUES} as v where v.is_sought "
    f"and length(v.value) >= {SHORTEST} and contains(lower(raw_text), lower(v.value)))"
)


@dataclass(frozen=True)
class RejectedLine:
    """A rejected line that holds a value of the person.

    Attributes:
        table: The raw table that it was rejected from, without its schema.
        file: The landed file.
        line: Its line.
    """

    table: str
    file: str
    line: int


def find_rejected(connection: "DuckDBPyConnection") -> list[RejectedLine]:
    """The rejected lines that hold a value of the person, which `values_of` has gathered."""
    return [
        RejectedLine(table.removesuffix(_REJECTED), file, line)
        for table in _rejected_tables(connection)
        for file, line in connection.execute(
            f"select _source_file, line from {RAW}.{identifier(table)} "
            f"where {_HOLDS_A_VALUE} and line is not null"
        ).fetchall()
    ]


def erase_rejected(connection: "DuckDBPyConnection") -> list[ErasedRows]:
    """Deletes the rejected lines that hold a value of the person."""
    erased = []
    for table in _rejected_tables(connection):
        [(count,)] = connection.execute(
            f"delete from {RAW}.{identifier(table)} where {_HOLDS_A_VALUE}"
        ).fetchall()
        if count:
            erased.append(ErasedRows(f"{RAW}.{table}", count, stayed=False))
    return erased


def _rejected_tables(connection: "DuckDBPyConnection") -> Iterator[str]:
    return (table for table in tables_of(connection, RAW) if table.endswith(_REJECTED))


def empty_old_values(
    connection: "DuckDBPyConnection", declared: Declared, shared: Mapping[str, Sequence[str]]
) -> list[ErasedRows]:
    """Empties values of the person in versions of customers whom others are, too.

    Args:
        connection: The warehouse.
        declared: What is declared of personal data.
        shared: By entity, the IDs that were not the person's alone.
    """
    erased = []
    for entity, ids in shared.items():
        table = f"{entity}_changes"
        if table not in tables_of(connection, MASTER):
            continue
        relation = f"{MASTER}.{identifier(table)}"
        columns = columns_of(connection, relation)
        kinds = declared.relation(f"{MASTER}.{table}", columns)
        personal = [column for column in columns if kinds[column.lower()] is not False]
        if not personal:
            continue
        theirs = {
            column: f"lower(cast({identifier(column)} as varchar)) in "
            f"(select lower(value) from {VALUES})"
            for column in personal
        }
        changes = ", ".join(
            f"{identifier(column)} = case when {mine} then null else {identifier(column)} end"
            for column, mine in theirs.items()
        )
        of_shared = f"{identifier(f'{entity}_id')} in (select unnest(?::varchar[]))"
        any_of_theirs = " or ".join(theirs.values())
        [(count,)] = connection.execute(
            f"update {relation} set {changes} where {of_shared} and ({any_of_theirs})",
            [list(ids)],
        ).fetchall()
        if count:
            erased.append(ErasedRows(f"{MASTER}.{table}", count, stayed=True))
    return erased


def forget_in_models(connection: "DuckDBPyConnection", declarations: Declarations) -> None:
    """Takes values of the person out of the frequent values that models of similar rules know.

    Only the person had them, so that no pair of others is compared otherwise. The model counts as
    the one that it was: a new one would have all records compared again.
    """
    gone = {row[0] for row in connection.execute(f"select lower(value) from {VALUES}").fetchall()}
    for entity in declarations.entities.values():
        tables = entity.tables
        if table_kind(connection, tables.schema, tables.similar_models) is None:
            continue
        relation = tables.qualified(tables.similar_models)
        for rule, text in connection.execute(f"select rule, model from {relation}").fetchall():
            model = json.loads(text)
            for column in model["term_frequencies"].values():
                column["frequent"] = {
                    value: share
                    for value, share in column["frequent"].items()
                    if value.lower() not in gone
                }
            changed = json.dumps(model, sort_keys=True, ensure_ascii=False)
            if changed != text:
                connection.execute(
                    f"update {relation} set model = ? where rule = ?", [changed, rule]
                )


def remove_decisions(
    environment: Environment, declarations: Declarations, records: Sequence[PersonRecord]
) -> int:
    """Takes the decisions about records of the person out of the seeds of overrides and the store.

    Returns:
        How many lines and rows there were.

    Raises:
        DecisionsError: The store can't be written to.
    """
    removed = 0
    for name, entity in declarations.entities.items():
        mine = set(records_of(declarations.entities, name, records))
        removed += open_decisions(environment, name).forget({RecordName(*each) for each in mine})
        if entity.overrides is None:
            continue
        path = overrides_seed(environment, entity)
        # From the end, as lines before stay where they are.
        for line in reversed(read_lines(path)):
            sides = (line.decision.record, line.decision.other)
            if any((side.source, side.record_id) in mine for side in sides):
                remove_override(path, line)
                removed += 1
        # A run that was killed here has left some of the lines that are gone now.
        remove_leftovers(path)
    return removed


def forget_truth(environment: Environment, records: Sequence[PersonRecord]) -> None:
    """Takes the records out of the file in which the demo says who is who."""
    import duckdb

    path = environment.home / "truth.parquet"
    if not path.exists():
        return
    made = path.with_name(f".{path.name}.new")
    read = f"read_parquet({literal(str(path))})"
    with duckdb.connect() as connection:
        connection.execute(
            "create temp table gone as select unnest(?::varchar[]) as source, "
            "unnest(?::varchar[]) as source_record_id",
            [[record.source for record in records], [record.record_id for record in records]],
        )
        connection.execute(
            f"copy (select * from {read} anti join gone using (source, source_record_id)) "
            f"to {literal(str(made))} (format parquet, compression zstd)"
        )
    made.replace(path)
