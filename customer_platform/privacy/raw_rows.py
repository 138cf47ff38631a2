"""The rows of a person in raw tables: records go, facts stay without the person."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations
from customer_platform.errors import PrivacyError
from customer_platform.ingestion.tables import SCHEMA as RAW
from customer_platform.privacy.marks import Marks
from customer_platform.privacy.part import Part
from customer_platform.privacy.reference import KEYS_OF_FACTS, RawTraces, Reference
from customer_platform.privacy.secret import ERASED
from customer_platform.privacy.traces import Traces
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from customer_platform.ingestion.declared_table import DeclaredTable

# How many hexadecimal digits of a pseudonym a number has room for.
_HEX_DIGITS = {"INTEGER": 7, "UINTEGER": 7, "BIGINT": 15, "UBIGINT": 15, "HUGEINT": 15}

# By key of facts and column: what the column of a fact becomes, and the key that the fact has now.
REPLACED = "temp.privacy_replaced"
_STANDING_IN = "temp.privacy_standing_in"

# What stands in for a value in a text, an ID or a number.
_PSEUDONYMS = rf"(?i){ERASED}[0-9a-f]+|[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}|[0-9]+"

# SQL of the pseudonym of a visitor, given SQL of the visitor.
Pseudonym = Callable[[str], str]


class RawRows:
    """Finds the rows of a person in raw tables.

    Attributes:
        emptied: Key of facts and column: what facts are made of, and will be empty, so that the
            masters' columns have to be, too. The key is there as facts share names of columns.
        replaced: The same of what is made of primary keys that something else will stand in place
            of; the table `REPLACED` has the new values.
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
        self._connection = connection
        self._declarations = declarations
        self._traces = traces
        self._marks = marks
        self._pseudonym = pseudonym
        self.emptied: set[tuple[str, str]] = set()
        self.replaced: set[tuple[str, str]] = set()
        self._replacing: set[tuple[str, str, str]] = set()

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
        self._connection.execute(
            f"create or replace temp table {REPLACED.removeprefix('temp.')} "
            "(key_name varchar, column_name varchar, old_key varchar, new_value varchar);"
            f"create or replace temp table {_STANDING_IN.removeprefix('temp.')} "
            "(old varchar, new varchar)"
        )
        for table, traces in self._traces.raw.items():
            declared = self._declarations.table_of(table)
            if declared is None:
                continue
            own = _own_references(declared, traces)
            gone = self._marks.mark(RAW, table, [self._marks.named(each) for each in own])
            yield gone
            others = [each for each in traces.references if each not in own]
            conditions = [self._marks.named(each) for each in others]
            if own:
                # Other people's records, which refer to the person.
                assigned = self._emptied_references(declared, others)
            else:
                assigned = self._assigned_in_raw(declared, traces)
                self._mark_emptied(table, declared, assigned)
                conditions += [
                    self._marks.of_visitors(visitor, traces.references)
                    for visitor, _ in traces.visitors
                ]
                conditions += [
                    self._marks.of_events(key) for name, key in traces.keys if name == "event_id"
                ]
            stays = self._marks.mark(RAW, table, conditions, without=gone)
            if not own:
                self._note_replaced(table, declared, assigned, stays)
            yield replace(stays, assigned=assigned, is_named=not own)

    def _mark_emptied(
        self, table: str, declared: "DeclaredTable", assigned: Mapping[str, str]
    ) -> None:
        """Notes what facts are made of, and will be empty: the masters' columns have to be, too."""
        emptied = {
            column.lower()
            for column, to in assigned.items()
            if to == "null" and column in declared.columns
        }
        for view, keys in self._views_of_facts(table):
            for column, made_of in self._made_of(view, table):
                if made_of and made_of <= emptied:
                    self.emptied |= {(key, column) for key in keys}

    def _note_replaced(
        self, table: str, declared: "DeclaredTable", assigned: Mapping[str, str], rows: Part
    ) -> None:
        """Notes what will stand in primary keys, and what of facts is made of these."""
        replaced = [column for column in declared.primary_key if rows.rows and column in assigned]
        for column in replaced:
            self._connection.execute(
                f"insert into {_STANDING_IN} select distinct {identifier(column)}, "
                f"cast({assigned[column]} as varchar) from {rows.quoted} "
                f"where rowid in (select row_id from {rows.marked})"
            )
        names = {column.lower() for column in replaced}
        for view, keys in self._views_of_facts(table) if names else ():
            columns = {column for column, made_of in self._made_of(view, table) if made_of & names}
            self.replaced |= {(key, column) for key in keys for column in columns}
            self._replacing |= {(view, key, column) for key in keys for column in columns}

    def find_replaced(self) -> None:
        """Reads from the staging views what has become of facts, once raw rows have changed.

        Keys hold what stands in for parts of them; with these parts in their places they are the
        keys that the masters have still.
        """
        for view, key, column in sorted(self._replacing):
            made = (
                f"select {identifier(key)} as old_key, cast({identifier(column)} as varchar) "
                f"as new_value from staging.{identifier(view)}"
            )
            self._connection.execute(
                f"insert into {REPLACED} with recursive back as (select old_key, new_value "
                f"from ({_holding(made)}) union select replace(old_key, written, "
                "unnest([old, trim(old), upper(trim(old)), lower(trim(old))])), new_value "
                f"from ({_holding('select * from back')})) "
                f"select '{key}', '{column}', old_key, new_value from back"
            )

    def _views_of_facts(self, table: str) -> Iterator[tuple[str, list[str]]]:
        """The views that deliver facts of a raw table, and what identifies these there."""
        facts = self._declarations.facts.sources if self._declarations.facts else {}
        for view in (view for views in facts.values() for view in views):
            if table in self._traces.views.raw_tables(view):
                columns = self._traces.views.columns(view)
                yield view, [key for key in KEYS_OF_FACTS if key in columns]

    def _made_of(self, view: str, table: str) -> Iterator[tuple[str, set[str]]]:
        """The columns of a view, and of which of a raw table each is made, in lower case."""
        for column in self._traces.views.columns(view):
            for traced in self._traces.views.trace(view, [column]):
                if traced.table == table:
                    yield column, {each.lower() for each in traced.columns[0]}

    def _emptied_references(
        self, table: "DeclaredTable", references: Sequence[Reference]
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
                empty = self._emptied(table, column)
                emptied[column] = f"case when {mine} then {empty} else {identifier(column)} end"
        return emptied

    def _assigned_in_raw(self, table: "DeclaredTable", traces: RawTraces) -> dict[str, str]:
        """What the columns of raw facts become: empty, but those that say nothing of the person."""
        named = self._emptied_references(table, traces.references)
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
                assigned[column] = self._emptied(table, column)
        return assigned

    def _emptied(self, table: "DeclaredTable", column: str) -> str:
        """SQL of what stands in place of a value: nothing, or in a key what says nothing."""
        if column not in table.primary_key:
            return "null"
        text = self._pseudonym(f"cast({identifier(column)} as varchar)")
        kind = table.column_types[column]
        if kind == "VARCHAR":
            return text
        if kind == "UUID":
            return f"cast(md5({text}) as uuid)"
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


def _holding(keys: str) -> str:
    """The query of keys that hold what stands in for something, and for what."""
    written = f"select *, unnest(regexp_extract_all(old_key, '{_PSEUDONYMS}')) as written"
    return f"select * from ({written} from ({keys})) join {_STANDING_IN} on new = lower(written)"
