"""Temporary tables of whose rows are looked for, and SQL that asks them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from customer_platform.declarations import Entity
from customer_platform.ingestion.tables import SCHEMA as RAW
from customer_platform.privacy.part import Part
from customer_platform.privacy.people import Person, records_of
from customer_platform.privacy.reference import (
    RELATION,
    Reference,
    columns_in,
    distinct_rows,
    rows_where,
)
from customer_platform.privacy.traces import Traces
from customer_platform.warehouse.duckdb import column_types, table_kind
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BEFORE_ALL = datetime(1, 1, 1)

_IDS = "temp.privacy_ids"
_VISITORS = "temp.privacy_visitors"
_EVENTS = "temp.privacy_events"


class Marks:
    """Whose rows are looked for: records, the IDs they have and had, visitors and their events."""

    def __init__(
        self,
        connection: "DuckDBPyConnection",
        traces: Traces,
        person: Person,
        visitors: Sequence[str] = (),
        since: Mapping[str, datetime] | None = None,
    ) -> None:
        """Marks the IDs; `mark_visitors` marks the visitors.

        Args:
            connection: The warehouse.
            traces: Where it names records.
            person: Whose rows are looked for.
            visitors: Visitors who are the person, whatever their events name.
            since: By raw table, the moment after which rows count; None for all there is.
        """
        self._connection = connection
        self._traces = traces
        self._person = person
        self._since = since
        self._number = 0
        self._mark_ids()
        self._connection.execute(
            f"create or replace temp table {_VISITORS.removeprefix('temp.')} as "
            f"select unnest(?::varchar[]) as visitor",
            [list(visitors)],
        )
        self._connection.execute(
            f"create or replace temp table {_EVENTS.removeprefix('temp.')} (event_id varchar)"
        )

    def mark_visitors(self, facts: Sequence[Part]) -> None:
        """Marks the visitors whose events are all the person's, and events of shared devices.

        Args:
            facts: The rows of facts that name the person.
        """
        for part in facts:
            columns = column_types(self._connection, part.schema, part.table)
            if not {"event_id", "anonymous_id"} <= columns.keys():
                continue
            mine = f"rowid in (select row_id from {part.marked})"
            self._connection.execute(
                f"insert into {_EVENTS} select event_id from {part.quoted} where {mine};"
                f"insert into {_VISITORS} select anonymous_id from {part.quoted} "
                f"where anonymous_id in (select anonymous_id from {part.quoted} where {mine}) "
                f"group by anonymous_id having bool_and({mine} or source_record_id is null)"
            )

    def mark_delivered_visitors(
        self,
        table: str,
        visitor: str,
        references: Sequence[Reference],
        facts: Sequence[Part],
    ) -> None:
        """Marks the visitors whose rows in a raw table are all the person's, or nobody's.

        The masters don't know yet what was delivered since the last run.

        Args:
            table: The raw table, without its schema.
            visitor: SQL of the visitor.
            references: The records that its rows name.
            facts: The rows of facts in the masters that name the person.
        """
        mine = " or ".join(map(self.is_mine, references)) or "false"
        named = " or ".join(f"({each.number}) is not null" for each in references) or "false"
        of_others = "".join(
            f" and visitor not in (select anonymous_id from {part.quoted} where anonymous_id is "
            "not null and source_record_id is not null "
            f"and rowid not in (select row_id from {part.marked}))"
            for part in facts
            if {"source_record_id", "anonymous_id"}
            <= column_types(self._connection, part.schema, part.table).keys()
        )
        rows = distinct_rows(
            f"{RAW}.{identifier(table)}",
            columns_in(visitor).union(*(each.made_of for each in references)),
        )
        self._connection.execute(
            f"insert into {_VISITORS} select visitor from (select {visitor} as visitor, "
            f"({mine}) as is_mine, ({named}) as is_named from ({rows})) "
            f"where visitor is not null{of_others} group by visitor "
            "having bool_or(is_mine) and bool_and(is_mine or not is_named)"
        )

    def visitors(self) -> list[str]:
        """The visitors that are marked."""
        rows = self._connection.execute(f"select distinct visitor from {_VISITORS}").fetchall()
        return [row[0] for row in rows]

    def ids(self, *, is_whole: bool) -> dict[str, list[str]]:
        """By entity, the IDs that have been the person's alone, or those that others had, too."""
        found: dict[str, list[str]] = {}
        for entity, number in self._connection.execute(
            f"select entity, id from {_IDS} where is_whole = ? order by entity, id", [is_whole]
        ).fetchall():
            found.setdefault(entity, []).append(number)
        return found

    def named(self, reference: Reference) -> str:
        """The query of the rows that name the person's records; its table is `RELATION`."""
        return rows_where(reference.made_of, self.is_mine(reference))

    def of_visitors(self, visitor: str, references: Sequence[Reference]) -> str:
        """The query of the rows of marked visitors, but for those that name somebody else.

        Somebody else may use the device of a person who was erased.

        Args:
            visitor: SQL of the visitor.
            references: What rows name.
        """
        naming = [each for each in references if each.entities]
        others = "".join(
            f" and (({each.number}) is null or {self.is_mine(each)})" for each in naming
        )
        return rows_where(
            columns_in(visitor).union(*(each.made_of for each in naming)),
            f"{visitor} in (select visitor from {_VISITORS}){others}",
        )

    def of_events(self, event: str) -> str:
        """The query of the rows of marked events, given SQL of the number of an event."""
        return f"select rowid from {RELATION} where {event} in (select event_id from {_EVENTS})"

    def is_mine(self, reference: Reference) -> str:
        """A condition: the record that a row names is the person's."""
        return (
            f"coalesce(({reference.source}, {reference.number}) in "
            f"(select (source, number) from {self._pairs(reference)}), false)"
        )

    def is_my_id(self, column: str, entity: str) -> str:
        """A condition: an ID is one that has been the person's alone."""
        ids = f"select id from {_IDS} where entity = '{entity}' and is_whole"
        return f"{identifier(column)} in ({ids})"

    def mark(
        self, schema: str, table: str, conditions: Sequence[str], without: Part | None = None
    ) -> Part:
        """The rows that any of the conditions finds, but for those of another part."""
        self._number += 1
        name = f"privacy_rows_{self._number}"
        relation = f"{identifier(schema)}.{identifier(table)}"
        rows = " union ".join(f"({each.replace(RELATION, relation)})" for each in conditions)
        filters = [f"row_id not in (select row_id from {without.marked})"] if without else []
        if schema == RAW and self._since is not None:
            newest = self._since.get(table, BEFORE_ALL)
            filters.append(
                f"row_id in (select rowid from {relation} where _loaded_at > timestamp '{newest}')"
            )
        other = f"where {' and '.join(filters)}" if filters else ""
        self._connection.execute(
            f"create or replace temp table {name} as "
            f"select * from ({rows or 'select 0::bigint where false'}) as found(row_id) {other}"
        )
        [(count,)] = self._connection.execute(f"select count(*) from {name}").fetchall()
        return Part(schema, table, count, f"temp.{name}")

    def _mark_ids(self) -> None:
        """The IDs that the records have or had, and whether they were of nobody else ever."""
        self._connection.execute(
            f"create or replace temp table {_IDS.removeprefix('temp.')} "
            "(entity varchar, id varchar, is_whole boolean)"
        )
        for name, entity in self._traces.entities.items():
            pairs = records_of(self._traces.entities, name, self._person.records)
            if not pairs or not self._has_history(entity):
                continue
            history = entity.tables.qualified(entity.tables.customer_id_history)
            self._connection.execute(
                f"insert into {_IDS} with mine as (select unnest(?::varchar[]) as source, "
                "unnest(?::varchar[]) as number), memberships as (select customer_id, "
                "(source, source_record_id) in (select (source, number) from mine) as is_mine "
                f"from {history}) select ?, customer_id, bool_and(is_mine) from memberships "
                "group by customer_id having bool_or(is_mine)",
                [[source for source, _ in pairs], [number for _, number in pairs], name],
            )

    def _pairs(self, reference: Reference) -> str:
        """The temporary table of the person's records that a reference may name."""
        pairs = reference.among(self._traces.entities, self._person.records)
        name = f"privacy_pairs_{abs(hash(tuple(pairs)))}"
        if not self._has_temp(name):
            self._connection.execute(
                f"create temp table {name} as select unnest(?::varchar[]) as source, "
                "unnest(?::varchar[]) as number",
                [[source for source, _ in pairs], [number for _, number in pairs]],
            )
        return f"temp.{name}"

    def _has_history(self, entity: Entity) -> bool:
        tables = entity.tables
        return table_kind(self._connection, tables.schema, tables.customer_id_history) is not None

    def _has_temp(self, name: str) -> bool:
        rows = self._connection.execute(
            "select 1 from duckdb_tables() where temporary and table_name = ?",
            [name.removeprefix("temp.")],
        ).fetchall()
        return bool(rows)
