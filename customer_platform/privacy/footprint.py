"""What a warehouse holds of a person: the rows of every table, and what erasing does with each.

Rows of records, and all that is kept of them, are deleted. Facts stay for the books, without the
person: a table of the masters says so in its dbt model, as `meta: {rows_stay: true}`, or by what
restating may change in it; a raw table follows from the staging views that the YAML of the facts
names.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations
from customer_platform.privacy.declared import Declared
from customer_platform.privacy.kept_rows import KeptRows
from customer_platform.privacy.marks import Marks
from customer_platform.privacy.part import MASTER, Part
from customer_platform.privacy.people import Person
from customer_platform.privacy.personal import Kinds
from customer_platform.privacy.raw_rows import Pseudonym, RawRows
from customer_platform.privacy.traces import Traces

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_IDENTITY = "identity"


class Footprint:
    """Finds the rows of a person; the connection keeps temporary tables of them."""

    def __init__(
        self,
        connection: "DuckDBPyConnection",
        declarations: Declarations,
        declared: Declared,
        person: Person,
        pseudonym: Pseudonym,
        visitors: Sequence[str] = (),
        since: Mapping[str, datetime] | None = None,
        traces: Traces | None = None,
    ) -> None:
        """Marks whose rows they are.

        Args:
            connection: The warehouse.
            declarations: What the business model declares.
            declared: What is declared of personal data.
            person: Whose rows are looked for.
            pseudonym: What stands for a visitor whose events stay.
            visitors: Visitors who are the person, whatever their events name.
            since: By raw table, the moment after which rows count: of what was delivered before,
                and of what was made of it, nothing is looked for. None for all there is.
            traces: Where the warehouse names records, where that is known already.
        """
        traces = traces or Traces(connection, declarations)
        self._declared = declared
        self._only_new = since is not None
        self._schemas = sorted(
            {_IDENTITY, *(each.tables.schema for each in declarations.entities.values())}
        )
        self._marks = Marks(connection, traces, person, visitors, since)
        self._raw = RawRows(connection, declarations, traces, self._marks, pseudonym)
        self._kept = KeptRows(connection, declared, traces, self._marks, self._raw.facts, pseudonym)

    def parts(self) -> list[Part]:
        """The rows in every table that has any.

        Raises:
            PrivacyError: A staging view's records can't be traced to rows of raw tables.
        """
        if self._only_new:
            return [part for part in self._raw.parts() if part.rows]
        facts = [part for part in self._kept.parts(MASTER) if part.assigned and part.is_named]
        self._marks.mark_visitors(facts)
        self._raw.mark_visitors(facts)
        found = list(self._raw.parts())
        # The masters once more: it is known now which visitors are the person's.
        for schema in (MASTER, *self._schemas):
            found += self._kept.parts(schema)
        return [part for part in found if part.rows]

    def find_replaced(self) -> None:
        """Finds what becomes of keys of facts, once raw rows are without the person."""
        self._raw.facts.find_replaced()

    def kinds(self, table: str, columns: Sequence[str]) -> Kinds:
        """What is declared of the columns of a table, schema.table."""
        return self._declared.relation(table, columns)

    def visitors(self) -> list[str]:
        """The visitors whose events are all the person's, once `parts` has been called."""
        return self._marks.visitors()

    def whole_ids(self) -> dict[str, list[str]]:
        """By entity, the IDs that have been those of the person alone."""
        return self._marks.ids(is_whole=True)

    def shared_ids(self) -> dict[str, list[str]]:
        """By entity, the IDs that somebody else has or has had, too."""
        return self._marks.ids(is_whole=False)
