"""Where the numbers of records stand: in raw tables, and in what the platform keeps.

Which entity a record is of follows from the name of the column (`buyer_record_id`), else from the
source, else from the lookup that knows most of the numbers.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations, Entity
from customer_platform.errors import PrivacyError
from customer_platform.privacy.declared import RECORD_IDS
from customer_platform.privacy.people import is_over_maps
from customer_platform.privacy.reach import StagingViews
from customer_platform.privacy.reference import KEYS_OF_FACTS, RawTraces, Reference, columns_in
from customer_platform.warehouse.duckdb import table_kind
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Rows to ask the lookups of several entities for, where only that tells which entity is meant.
_SAMPLE = 10_000


class Traces:
    """Where a warehouse names records."""

    def __init__(self, connection: "DuckDBPyConnection", declarations: Declarations) -> None:
        """Reads the staging views.

        Args:
            connection: The warehouse.
            declarations: What the business model declares.
        """
        self._connection = connection
        self._declared = declarations
        self.entities = declarations.entities
        self.views = StagingViews(connection)

    @cached_property
    def sources(self) -> Mapping[str, frozenset[str]]:
        """By entity, the sources of its records: of its lookup, and of its staging views.

        A lookup is that of the run before: it may be lost, lack a source that delivers for the
        first time, or one all of whose records were erased.
        """
        found: dict[str, set[str]] = {name: set() for name in self.entities}
        for name, entity in self.entities.items():
            if self._has_lookup(entity):
                found[name] |= self._distinct_sources(entity.records)
            for view in entity.sources:
                if self.views.columns(view):
                    stated = self.views.constants(view, "source")
                    found[name] |= (
                        self._distinct_sources(f"staging.{identifier(view)}")
                        if stated is None
                        else stated
                    )
        for name in self.entities:
            if is_over_maps(self.entities, name):
                found[name] |= {
                    f"{role}/{each}" for role in self.entities if role != name
                    for each in found[role]
                }  # fmt: skip
        return {name: frozenset(each) for name, each in found.items()}

    @cached_property
    def raw(self) -> dict[str, RawTraces]:
        """By raw table, where its rows name persons.

        Raises:
            PrivacyError: A view's records can't be traced to rows of raw tables.
        """
        references: dict[str, list[Reference]] = {}
        visitors: dict[str, list[tuple[str, frozenset[str]]]] = {}
        keys: dict[str, list[tuple[str, str]]] = {}
        facts: set[str] = set()
        for view, owner in self._views_of_records():
            for table, reference in self._references(view, owner):
                references.setdefault(table, []).append(reference)
            self._check_coverage(view, owner, references)
        for view in self._views_of_facts():
            facts |= self.views.raw_tables(view)
            for table, reference in self._references(view, None):
                references.setdefault(table, []).append(reference)
            for column in self.views.columns(view):
                if column == "anonymous_id":
                    for traced in self.views.trace(view, [column]):
                        visitors.setdefault(traced.table, []).append(
                            (traced.expressions[0], traced.columns[0])
                        )
                elif column in KEYS_OF_FACTS:
                    for traced in self.views.trace(view, [column]):
                        keys.setdefault(traced.table, []).append((column, traced.expressions[0]))
        return {
            table: RawTraces(
                tuple(dict.fromkeys(references.get(table, ()))),
                tuple(dict.fromkeys(visitors.get(table, ()))),
                tuple(dict.fromkeys(keys.get(table, ()))),
                table in facts,
            )
            for table in sorted({*references, *visitors})
        }

    def kept(self, schema: str, table: str, columns: Sequence[str]) -> list[Reference]:
        """Where a table of the schemas identity and master names records.

        Args:
            schema: Its schema.
            table: Its name.
            columns: Its columns.
        """
        relation = f"{identifier(schema)}.{identifier(table)}"
        owner = next((
            name for name, entity in self.entities.items() if entity.tables.schema == schema
            and (len(self.entities) == 1 or schema != "identity")
        ), None)  # fmt: skip
        return [
            Reference(
                identifier(source), identifier(number), frozenset({number}),
                frozenset({source, number}),
                self._entities(relation, identifier(source), identifier(number), number, owner),
                owner,
            )
            for source, number in self._pairs(columns)
        ]  # fmt: skip

    def _views_of_records(self) -> Iterator[tuple[str, str]]:
        for name, entity in self.entities.items():
            for view in entity.sources:
                if self.views.columns(view):
                    yield view, name

    def _views_of_facts(self) -> Iterator[str]:
        for views in (self._declared.facts.sources if self._declared.facts else {}).values():
            for view in views:
                if self.views.columns(view):
                    yield view

    def _pairs(self, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
        """The references among columns, as the columns of the source and of the number."""
        ids = {f"{entity}_id" for entity in self.entities}
        for number, source in RECORD_IDS.items():
            if number not in columns or number in ids:
                continue
            # What an event is of may come from another source than the event.
            if number == "source_record_id" and "record_source" in columns:
                source = "record_source"
            # An account's parent, as its own source numbers it.
            if source not in columns and number.endswith("_source_record_id"):
                source = "source"
            if source in columns:
                yield source, number

    def _references(self, view: str, owner: str | None) -> Iterator[tuple[str, Reference]]:
        for source, number in self._pairs(self.views.columns(view)):
            entities = self._entities(f"staging.{view}", source, number, number, owner)
            # The record itself, and not another that it refers to, as to its parent.
            itself = owner if number == "source_record_id" else None
            # What records can't be traced to shows when they are looked for; facts are too many.
            for traced in self.views.trace(view, [source, number], strict=owner is None):
                (source_sql, number_sql), (_, columns) = traced.expressions, traced.columns
                made_of = columns_in(source_sql, number_sql)
                yield (
                    traced.table,
                    Reference(source_sql, number_sql, columns, made_of, entities, itself),
                )

    def _entities(
        self, relation: str, source: str, number: str, column: str, owner: str | None
    ) -> dict[str, str]:
        """By source, the entity of the records that a pair of columns names."""
        named = next((name for name in self.entities if column.startswith(f"{name}_")), None)
        found: dict[str, str] = {}
        for each in sorted({each for known in self.sources.values() for each in known}):
            candidates = [name for name, known in self.sources.items() if each in known]
            meant = owner or named
            if meant is not None:
                if meant in candidates:
                    found[each] = meant
                continue
            if len(candidates) == 1:
                found[each] = candidates[0]
            elif best := self._best(relation, source, number, each, candidates):
                found[each] = best
        return found

    def _best(
        self, relation: str, source: str, number: str, value: str, candidates: Sequence[str]
    ) -> str | None:
        """The entity whose lookup has most of the numbers."""
        counted = {}
        for name in candidates:
            rows = self._connection.execute(
                f"select count(*) from (select distinct {number} as number from {relation} "
                f"where {source} = ? and {number} is not null limit {_SAMPLE}) "
                f"where (?, number) in (select (source, source_record_id) "
                f"from {self._records(self.entities[name])})",
                [value, value],
            ).fetchall()
            counted[name] = rows[0][0]
        best = max(counted, key=lambda name: counted[name], default=None)
        return best if best is not None and counted[best] else None

    def _records(self, entity: Entity) -> str:
        """The records of an entity: its lookup, or what it is going to be made of."""
        if self._has_lookup(entity):
            return entity.records
        views = [view for view in entity.sources if self.views.columns(view)]
        selects = [
            f"select source, source_record_id from staging.{identifier(view)}" for view in views
        ]
        nobody = "select null::varchar as source, null::varchar as source_record_id where false"
        return f"({' union all '.join(selects) or nobody})"

    def _has_lookup(self, entity: Entity) -> bool:
        return table_kind(self._connection, *entity.records.split(".")) is not None

    def _distinct_sources(self, relation: str) -> set[str]:
        rows = self._connection.execute(f"select distinct source from {relation}").fetchall()
        return {row[0] for row in rows if row[0] is not None}

    def _check_coverage(
        self, view: str, owner: str, references: Mapping[str, Sequence[Reference]]
    ) -> None:
        """Refuses where a record of a view would not be found in any raw table."""
        if is_over_maps(self.entities, owner):
            return
        traced = [
            f"select {reference.source}, {reference.number} from raw.{identifier(table)}"
            for table, each in references.items()
            for reference in each
            if reference.owner == owner
        ]
        found = " union ".join(traced) or "select null, null where false"
        [(missing,)] = self._connection.execute(
            "select count(*) from (select source, source_record_id "
            f"from staging.{identifier(view)} except ({found}))"
        ).fetchall()
        if missing:
            raise PrivacyError(
                f"{missing:,} records of staging.{view} can't be traced to rows of raw tables: "
                "make their `source_record_id` of the columns of one raw table, row by row"
            )
