"""What becomes of facts in the masters when the raw rows that they are made of are emptied."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations
from customer_platform.privacy.part import Part
from customer_platform.privacy.reference import KEYS_OF_FACTS
from customer_platform.privacy.secret import ERASED
from customer_platform.privacy.traces import Traces
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# By key of facts and column: what the column of a fact becomes, and the key that the fact has now.
REPLACED = "temp.privacy_replaced"
_STANDING_IN = "temp.privacy_standing_in"

# What stands in for a value in a text, an ID or a number.
_PSEUDONYMS = rf"(?i){ERASED}[0-9a-f]+|[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}|[0-9]+"


class DerivedFacts:
    """Finds what columns of facts follow from columns of raw rows.

    Attributes:
        emptied: Key of facts and column: what is made of columns that will be empty, and has to be,
            too. The key is there as facts share names of columns.
        replaced: The same of what is made of keys that something else will stand in place of; the
            table `REPLACED` has the new values.
    """

    def __init__(
        self, connection: "DuckDBPyConnection", declarations: Declarations, traces: Traces
    ) -> None:
        """Args as in `Footprint`."""
        self._connection = connection
        self._declarations = declarations
        self._traces = traces
        self.emptied: set[tuple[str, str]] = set()
        self.replaced: set[tuple[str, str]] = set()
        self._replacing: set[tuple[str, str, str]] = set()
        self._connection.execute(
            f"create or replace temp table {REPLACED.removeprefix('temp.')} "
            "(key_name varchar, column_name varchar, old_key varchar, new_value varchar);"
            f"create or replace temp table {_STANDING_IN.removeprefix('temp.')} "
            "(old varchar, new varchar)"
        )

    def note(self, rows: Part, keys: Collection[str]) -> None:
        """Notes what follows from rows of a raw table that stay without the person.

        Args:
            rows: The rows, and what their columns become.
            keys: The columns that identify rows or facts, in lower case.
        """
        emptied = {
            column.lower()
            for column, to in rows.assigned.items()
            if to == "null" and not column.startswith("_")
        }
        standing_in = {
            column
            for column, to in rows.assigned.items()
            if to != "null" and column.lower() in keys
        }
        for column in standing_in if rows.rows else ():
            self._connection.execute(
                f"insert into {_STANDING_IN} "
                f"select distinct cast({identifier(column)} as varchar), "
                f"cast({rows.assigned[column]} as varchar) from {rows.quoted} "
                f"where rowid in (select row_id from {rows.marked})"
            )
        names = {column.lower() for column in standing_in}
        for view, of_facts in self._views_of_facts(rows.table):
            for column, made_of in self._made_of(view, rows.table):
                if made_of & names and rows.rows:
                    self.replaced |= {(key, column) for key in of_facts}
                    self._replacing |= {(view, key, column) for key in of_facts}
                elif made_of and made_of <= emptied:
                    self.emptied |= {(key, column) for key in of_facts}

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


def _holding(keys: str) -> str:
    """The query of keys that hold what stands in for something, and for what."""
    written = f"select *, unnest(regexp_extract_all(old_key, '{_PSEUDONYMS}')) as written"
    return f"select * from ({written} from ({keys})) join {_STANDING_IN} on new = lower(written)"
