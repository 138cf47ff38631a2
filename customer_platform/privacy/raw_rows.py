"""The rows of a person in raw tables: records go, facts stay without the person."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations
from customer_platform.errors import PrivacyError
from customer_platform.ingestion.tables import SCHEMA as RAW
from customer_platform.privacy.derived_facts import DerivedFacts
from customer_platform.privacy.marks import Marks
from customer_platform.privacy.part import Part
from customer_platform.privacy.reference import RawTraces, Reference, columns_in
from customer_platform.privacy.traces import Traces
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from customer_platform.ingestion.declared_table import DeclaredTable

# How many hexadecimal digits of a pseudonym a number has room for.
_HEX_DIGITS = {"INTEGER": 7, "UINTEGER": 7, "BIGINT": 15, "UBIGINT": 15, "HUGEINT": 15}

# SQL of the pseudonym of a visitor, given SQL of the visitor.
Pseudonym = Callable[[str], str]


class RawRows:
    """Finds the rows of a person in raw tables.

    Attributes:
        facts: What becomes of the facts that are made of them.
    """

    def __init__(
        self,
        connection: "DuckDBPyConnection",
        declarations: Declarations,
        traces: Traces,
        marks: Marks,
        pseudonym: Pseudonym,
    ) -> None:
        """Args as in `Footprint`."""
        self._declarations = declarations
        self._traces = traces
        self._marks = marks
        self._pseudonym = pseudonym
        self.facts = DerivedFacts(connection, declarations, traces)

    def mark_visitors(self, facts: Sequence[Part]) -> None:
        """Marks the visitors who are the person by what raw tables say of them.

        Args:
            facts: The rows of facts in the masters that name the person.
        """
        for table, traces in self._traces.raw.items():
            for visitor, _ in traces.visitors:
                self._marks.mark_delivered_visitors(table, visitor, traces.references, facts)

    def parts(self) -> Iterator[Part]:
        """The rows of every raw table.

        Raises:
            PrivacyError: A staging view's records can't be traced to rows of raw tables.
        """
        for table, traces in self._traces.raw.items():
            declared = self._declarations.table_of(table)
            if declared is None:
                continue
            own, keys = _own_references(declared, traces), _key_columns(declared, traces)
            gone = self._marks.mark(RAW, table, [self._marks.named(each) for each in own])
            yield gone
            others = [each for each in traces.references if each not in own]
            conditions = [self._marks.named(each) for each in others]
            if own:
                # Other people's records, which refer to the person.
                assigned = self._emptied_references(declared, others, keys)
            else:
                assigned = self._assigned_in_raw(declared, traces, keys)
                conditions += [
                    self._marks.of_visitors(visitor, traces.references)
                    for visitor, _ in traces.visitors
                ]
                conditions += [
                    self._marks.of_events(key) for name, key in traces.keys if name == "event_id"
                ]
            stays = self._marks.mark(RAW, table, conditions, without=gone)
            if not own:
                self.facts.note(replace(stays, assigned=assigned), keys)
            yield replace(stays, assigned=assigned, is_named=not own)

    def _emptied_references(
        self, table: "DeclaredTable", references: Sequence[Reference], keys: Collection[str]
    ) -> dict[str, str]:
        """What columns become that refer to records: empty, where they are the person's."""
        named: dict[str, list[Reference]] = {}
        for reference in references:
            for column in reference.columns:
                named.setdefault(column.lower(), []).append(reference)
        emptied = {}
        for column in table.columns:
            if column.lower() in named:
                mine = " or ".join(map(self._marks.is_mine, named[column.lower()]))
                empty = self._emptied(table, column, keys)
                emptied[column] = f"case when {mine} then {empty} else {identifier(column)} end"
        return emptied

    def _assigned_in_raw(
        self, table: "DeclaredTable", traces: RawTraces, keys: Collection[str]
    ) -> dict[str, str]:
        """What the columns of raw facts become: empty, but those that say nothing of the person."""
        named = self._emptied_references(table, traces.references, keys)
        visitors = {
            column.lower(): visitor for visitor, columns in traces.visitors for column in columns
        }
        assigned: dict[str, str] = {"_unexpected": "null"}
        for column, kind in table.personal.items():
            name = column.lower()
            if name in visitors and table.column_types[column] == "VARCHAR":
                numbers = [f"'account ' || ({each.number})" for each in traces.references]
                assigned[column] = self._pseudonym(
                    f"coalesce({', '.join([visitors[name], *numbers])})"
                )
            elif column in named:
                assigned[column] = named[column]
            elif kind is not False:
                assigned[column] = self._emptied(table, column, keys)
        return assigned

    def _emptied(self, table: "DeclaredTable", column: str, keys: Collection[str]) -> str:
        """SQL of what stands in place of a value: nothing, or in a key what says nothing."""
        if column.lower() not in keys:
            return "null"
        text = self._pseudonym(f"cast({identifier(column)} as varchar)")
        kind = table.column_types[column]
        if kind == "VARCHAR":
            return text
        if kind == "UUID":
            return f"cast(md5({text}) as uuid)"
        if kind not in _HEX_DIGITS and column not in table.primary_key:
            return "null"
        if kind not in _HEX_DIGITS:
            raise PrivacyError(
                f"column {column} of table {table.name} is personal and part of its primary key, "
                f"and nothing can stand in place of a {kind}: declare it VARCHAR, or "
                "`personal: false`"
            )
        return f"cast('0x' || right({text}, {_HEX_DIGITS[kind]}) as {kind})"


def _own_references(table: "DeclaredTable", traces: RawTraces) -> list[Reference]:
    """Where rows are records themselves, and no facts of them, the numbers that say whose.

    Of a table that delivers facts, too, the number is the key of the row.
    """
    key = {column.lower() for column in table.primary_key}
    return [
        reference
        for reference in traces.references
        if reference.owner is not None
        and (not traces.delivers_facts or {each.lower() for each in reference.columns} == key)
    ]


def _key_columns(table: "DeclaredTable", traces: RawTraces) -> frozenset[str]:
    """What identifies rows, and the facts that are made of them: without it these would be lost."""
    of_facts = [column for _, key in traces.keys for column in columns_in(key)]
    return frozenset(column.lower() for column in (*table.primary_key, *of_facts))
