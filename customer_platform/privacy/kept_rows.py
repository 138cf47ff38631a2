"""The rows of a person in what dbt and the engine of identity keep."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customer_platform.privacy.declared import Declared
from customer_platform.privacy.derived_facts import REPLACED, DerivedFacts
from customer_platform.privacy.marks import Marks
from customer_platform.privacy.part import MASTER, Part
from customer_platform.privacy.raw_rows import Pseudonym
from customer_platform.privacy.reference import KEYS_OF_FACTS, RELATION, Reference
from customer_platform.privacy.traces import Traces
from customer_platform.warehouse.duckdb import column_types, tables_of
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class KeptRows:
    """Finds the rows of a person in the schemas identity and master."""

    def __init__(
        self,
        connection: "DuckDBPyConnection",
        declared: Declared,
        traces: Traces,
        marks: Marks,
        facts: DerivedFacts,
        pseudonym: Pseudonym,
    ) -> None:
        """Args as in `Footprint`; facts says what follows from what becomes of raw rows."""
        self._connection = connection
        self._declared = declared
        self._traces = traces
        self._marks = marks
        self._pseudonym = pseudonym
        self._facts = facts
        self._nodes = {
            (node["schema"], node["name"]): node
            for node in declared.manifest.get("nodes", {}).values()
            if node["resource_type"] in ("model", "seed")
        }

    def parts(self, schema: str) -> list[Part]:
        """The rows in the tables of a schema.

        Args:
            schema: Its name.
        """
        parts = []
        for table in tables_of(self._connection, schema):
            columns = column_types(self._connection, schema, table)
            references = self._traces.kept(schema, table, list(columns))
            conditions = [self._marks.named(each) for each in references]
            if "anonymous_id" in columns:
                conditions.append(self._marks.of_visitors("anonymous_id", references))
            ids = list(self._id_columns(columns)) if schema == MASTER else []
            of_ids = [
                f"select rowid from {RELATION} where {self._marks.is_my_id(column, entity)}"
                for column, entity in ids
            ]
            if not self._stays(schema, table):
                parts.append(self._marks.mark(schema, table, [*conditions, *of_ids]))
                continue
            named = self._marks.mark(schema, table, conditions)
            assigned = self._assigned(schema, table, columns, references, ids)
            parts.append(replace(named, assigned=assigned))
            # Those that only the ID ties to the person say nothing else of it.
            with_id = self._marks.mark(schema, table, of_ids, without=named)
            parts.append(replace(with_id, assigned=self._emptied_ids(ids), is_named=False))
        return parts

    def _emptied_ids(self, ids: Sequence[tuple[str, str]]) -> dict[str, str]:
        return {
            column: f"case when {self._marks.is_my_id(column, entity)} then null "
            f"else {identifier(column)} end"
            for column, entity in ids
        }

    def _assigned(
        self,
        schema: str,
        table: str,
        columns: Mapping[str, str],
        references: Sequence[Reference],
        ids: Sequence[tuple[str, str]],
    ) -> dict[str, str]:
        """What the columns of facts in the masters become."""
        # Of what the engine keeps, the references are all that says who it was.
        is_model = (schema, table) in self._nodes
        kinds = self._declared.relation(f"{schema}.{table}", columns) if is_model else {}
        meta = self._meta(schema, table)
        keys = [key for key in KEYS_OF_FACTS if key in columns]
        assigned: dict[str, str] = {}
        for column, entity in ids:
            named = [each for each in references if entity in each.entities.values()]
            mine = " or ".join(
                [self._marks.is_my_id(column, entity), *map(self._marks.is_mine, named)]
            )
            assigned[column] = f"case when {mine} then null else {identifier(column)} end"
        for reference in references:
            column = next(iter(reference.columns))
            mine = self._marks.is_mine(reference)
            assigned[column] = f"case when {mine} then null else {identifier(column)} end"
        if len(references) == 1:
            # All that restating may change follows from the one record.
            assigned |= dict.fromkeys(meta.get("restated_columns", ()), "null")
        visitor = next((name for name in ("visitor", "anonymous_id") if name in columns), None)
        if visitor is not None:
            known = identifier(visitor)
            if visitor == "anonymous_id":
                number = references[0].number if references else "null"
                known = f"coalesce({known}, 'account ' || {number})"
            for name in ("visitor", "anonymous_id"):
                if name in columns:
                    assigned[name] = self._pseudonym(known)
        for key in keys:
            assigned |= self._replaced(f"{identifier(schema)}.{identifier(table)}", key, columns)
        for column, kind in kinds.items():
            is_emptied = any((key, column) in self._facts.emptied for key in keys)
            if (kind is not False or is_emptied) and column not in assigned:
                assigned[column] = "null"
        return assigned

    def _replaced(self, relation: str, key: str, columns: Mapping[str, str]) -> dict[str, str]:
        """What columns become that are made of primary keys in which something else will stand."""
        replaced = {}
        for column, kind in columns.items():
            if (key, column) in self._facts.replaced:
                made, by = column, key
            elif column.endswith(f"_{key}") and (key, key) in self._facts.replaced:
                # It names another fact of the person.
                made, by = key, column
            else:
                continue
            found = (
                f"select any_value(new_value) from {REPLACED} as replaced where key_name = '{key}' "
                f"and column_name = '{made}' and old_key = {relation}.{identifier(by)}"
            )
            replaced[column] = f"coalesce(cast(({found}) as {kind}), {identifier(column)})"
        return replaced

    def _stays(self, schema: str, table: str) -> bool:
        meta = self._meta(schema, table)
        # IDs that were given are never given again.
        is_registry = table in {
            e.tables.customer_id_registry for e in self._traces.entities.values()
        }
        return bool(is_registry or meta.get("rows_stay") or meta.get("restated_columns"))

    def _meta(self, schema: str, table: str) -> Mapping[str, Any]:
        node = self._nodes.get((schema, table), {})
        meta: Mapping[str, Any] = node.get("config", {}).get("meta", {})
        return meta

    def _id_columns(self, columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for entity in self._traces.entities:
            for prefix in ("", "previous_"):
                if f"{prefix}{entity}_id" in columns:
                    yield f"{prefix}{entity}_id", entity
