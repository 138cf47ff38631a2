"""The values of a person that a scan looks for: what is in no other record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations, Entity
from customer_platform.environment import Environment
from customer_platform.ingestion.tables import SCHEMA as RAW
from customer_platform.personal_kinds import Personal
from customer_platform.privacy.part import Part
from customer_platform.privacy.people import PersonRecord, is_over_maps, records_of
from customer_platform.privacy.scanning.databases import search_relation
from customer_platform.privacy.scanning.forms import forms_in_text
from customer_platform.privacy.scanning.sought import Sought
from customer_platform.privacy.secret import Secret
from customer_platform.privacy.traces import Traces
from customer_platform.warehouse.duckdb import columns_of, table_kind
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# The values of the person that nobody else has; those that a scan can look for are sought.
VALUES = "temp.privacy_values"

# Any file has shorter ones by chance.
SHORTEST = 6

# Days, and what is written in one's own words, such as the address of a page, others have, too.
_NOT_SOUGHT = ("date", "free_text")


def values_of(
    connection: "DuckDBPyConnection",
    declarations: Declarations,
    traces: Traces,
    records: Sequence[PersonRecord],
    parts: Sequence[Part],
) -> list[str]:
    """The values of a person that nobody else has, in their records and in all raw versions.

    What is part of a value of somebody else, as a name is of an email address, is nobody's alone.

    Args:
        connection: The warehouse, before anything is erased.
        declarations: What the business model declares.
        traces: Where the warehouse names records.
        records: The records.
        parts: The rows of the person.

    Returns:
        The values as they stand there, sorted.
    """
    connection.execute(
        "create or replace temp table privacy_values (value varchar, is_sought boolean);"
        "create or replace temp table privacy_mine "
        "(entity varchar, source varchar, number varchar)"
    )
    others = []
    for name, entity in declarations.entities.items():
        columns = list(_personal_columns(connection, entity))
        if not columns or is_over_maps(declarations.entities, name):
            continue
        mine = records_of(declarations.entities, name, records)
        connection.execute(
            "insert into temp.privacy_mine select ?, unnest(?::varchar[]), unnest(?::varchar[])",
            [name, [source for source, _ in mine], [number for _, number in mine]],
        )
        is_mine = (
            "(source, source_record_id) in (select (source, number) from temp.privacy_mine "
            f"where entity = {literal(name)})"
        )
        if mine:
            _add(connection, entity.records, columns, is_mine)
        sought = ", ".join(identifier(column) for column, is_sought in columns if is_sought)
        if sought:
            others.append(f"(select {sought} from {entity.records} where not {is_mine})")
    for part in parts:
        if part.schema == RAW and part.is_named:
            columns = [
                (column, kind not in _NOT_SOUGHT)
                for column, kind in _personal(declarations, part.table).items()
                if kind is not False
            ]
            _add(connection, part.quoted, columns, f"rowid in (select row_id from {part.marked})")
    others += list(_rows_of_others(declarations, traces, parts))
    values = [
        row[0]
        for row in connection.execute(
            f"select distinct value from {VALUES} where is_sought order by value"
        ).fetchall()
    ]
    shared: set[int] = set()
    looked_for = Sought.of(values, written=forms_in_text)
    for relation in others:
        shared |= search_relation(connection, relation, looked_for)
    connection.execute(
        f"delete from {VALUES} where is_sought and value in (select unnest(?::varchar[]))",
        [[values[index] for index in sorted(shared)]],
    )
    return [value for index, value in enumerate(values) if index not in shared]


def _rows_of_others(
    declarations: Declarations, traces: Traces, parts: Sequence[Part]
) -> Iterator[str]:
    """Queries of what raw rows hold that name somebody else.

    Of rows that name nobody only what is longer than a value of the person: where they hold the
    value itself, they may be the person's, and nobody has found them.
    """
    for table, traced in traces.raw.items():
        named = [f"({each.number}) is not null" for each in traced.references]
        sought = [
            identifier(column)
            for column, kind in _personal(declarations, table).items()
            if kind is not False and kind not in _NOT_SOUGHT
        ]
        if not sought:
            continue
        mine = "".join(
            f" and rowid not in (select row_id from {part.marked})"
            for part in parts
            if part.schema == RAW and part.table == table
        )
        rows = f"from {RAW}.{identifier(table)} where ({' or '.join(named) or 'false'})"
        yield f"(select distinct {', '.join(sought)} {rows}{mine})"
        unnamed = rows.replace("where (", "where not (")
        for column in sought:
            text = f"lower(trim(cast({column} as varchar)))"
            is_theirs = f"{text} in (select lower(value) from {VALUES})"
            yield f"(select distinct {column} {unnamed}{mine} and not {is_theirs})"


def _personal_columns(
    connection: "DuckDBPyConnection", entity: Entity
) -> Iterator[tuple[str, bool]]:
    """The personal columns of a lookup, and whether a scan looks for their values."""
    if table_kind(connection, *entity.records.split(".")) is None:
        return
    columns = columns_of(connection, entity.records)
    kinds = {name: attribute.personal for name, attribute in entity.attributes.items()}
    for name, key in entity.match_keys.items():
        of = [kinds.get(attribute) for attribute in key.attributes(name)] or [None]
        kinds[entity.rules.match_keys[name].column] = key.personal or of[0]
    for column, kind in kinds.items():
        if kind is not False and column in columns:
            yield column, kind not in _NOT_SOUGHT


def _personal(declarations: Declarations, table: str) -> Mapping[str, Personal]:
    declared = declarations.table_of(table)
    return declared.personal if declared else {}


def _add(
    connection: "DuckDBPyConnection",
    relation: str,
    columns: Sequence[tuple[str, bool]],
    condition: str,
) -> None:
    for column, is_sought in columns:
        connection.execute(
            f"insert into {VALUES} select distinct trim(value), ? from "
            f"(select cast({identifier(column)} as varchar) as value from {relation} "
            f"where {condition}) where trim(value) <> ''",
            [is_sought],
        )


def keep_sought(
    environment: Environment,
    secret: Secret,
    batch: str,
    values: Sequence[str],
    others: Iterable[str | None] = (),
) -> None:
    """Keeps keyed hashes of values, with which they are looked for from then on.

    Args:
        environment: The deployment.
        secret: Its secret.
        batch: The number of a request that stands for all that are carried out together.
        values: The values. What a run has kept that was cut off stays.
        others: Numbers under which more is kept that hasn't been looked for yet.
    """
    path = sought_path(environment, batch)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    sought = Sought.of(values, secret)
    for each in sorted({batch, *filter(None, others)}):
        kept = sought_path(environment, each)
        if kept.exists():
            sought = Sought.read(kept, secret).joined(sought)
    sought.write(path)


def sought_path(environment: Environment, batch: str) -> Path:
    """Where that is kept which has to be looked for."""
    return environment.privacy / "sought" / f"{batch}.sought"
