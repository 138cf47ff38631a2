"""How the columns of a proposed table are written in SQL, and which types they have there."""

from collections.abc import Mapping, Sequence
from functools import cache

import duckdb

from customer_platform.onboarding.fact_reading import InnerColumn
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.readings import DayReading, NumberReading, Reading
from customer_platform.onboarding.vocabulary import unique_names

# What DuckDB allows as a name and Spark or BigQuery do not.
_ALSO_RESERVED = {"rows", "groups", "hash", "range", "set", "date", "timestamp", "interval", "user"}


@cache
def reserved_words() -> frozenset[str]:
    """Words that are no names in SQL."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select keyword_name from duckdb_keywords() "
            "where keyword_category in ('reserved', 'type_function')"
        ).fetchall()
    return frozenset(word for (word,) in rows) | _ALSO_RESERVED


class Naming:
    """How the columns of a table are written in SQL."""

    def __init__(self, proposal: Proposal, inside: Mapping[str, InnerColumn] | None = None) -> None:
        """Reads the columns of a proposal.

        Args:
            proposal: The table.
            inside: What JSON columns hold; that of its facts where it isn't given.
        """
        of_facts = proposal.facts.inside if proposal.facts is not None else {}
        self._inside = of_facts if inside is None else inside
        self._reserved = reserved_words()
        self._staged = unique_names([column.name for column in proposal.columns])
        # A CTE named as one of those that follow it would be defined twice.
        of_view = proposal.table in ("final", "located", "addressed", "of_one_address")
        self.cte = f"{proposal.table}_rows" if of_view else self._free(proposal.table, "_rows")

    def _free(self, name: str, behind: str) -> str:
        return f"{name}{behind}" if name in self._reserved else name

    def staged(self, column: str) -> str:
        """The name of a column in the staging view."""
        return self._free(self._staged[column], "_value")

    def unused(self, name: str) -> str:
        """A name, with `_of_address` behind it while a column has it already."""
        taken = {column.lower() for column in self._staged}
        while name in taken:
            name = f"{name}_of_address"
        return name

    def is_plain(self, column: str) -> bool:
        """Whether a column's own name is written as it is."""
        return column == self._staged.get(column) and column not in self._reserved

    def reference(self, column: str) -> str:
        """A column in SQL."""
        return column if self.is_plain(column) else f"{{{{ {self.argument(column)} }}}}"

    def argument(self, column: str) -> str:
        """A column as the argument of a macro."""
        inner = self._inside.get(column)
        if inner is not None:
            text = f"json_text({self.argument(inner.outer)}, {jinja(inner.key)})"
            kind = inner.column.type.type
            return text if kind == "varchar" else f"'cast(' ~ {text} ~ ' as {kind})'"
        return jinja(column) if self.is_plain(column) else f"adapter.quote({jinja(column)})"


def data_type(declared: str) -> str:
    """The portable name of a type in a contract; what has parts is JSON text there."""
    if declared in _PORTABLE or declared.startswith("decimal"):
        return declared
    return _WIDER.get(declared, "string")


_PORTABLE = {
    "bigint", "integer", "smallint", "tinyint", "date", "timestamp", "boolean", "double",
}  # fmt: skip
_WIDER = {"float": "double", "utinyint": "bigint", "usmallint": "bigint", "uinteger": "bigint"}


def jinja(text: str) -> str:
    """A text as a literal in Jinja."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def read_as(reading: Reading, naming: Naming, column: str) -> str:
    """A column of text as the number, day, or yes and no, that it is in the staging view."""
    if isinstance(reading, NumberReading):
        mark, kind = jinja(reading.decimal_mark), jinja(reading.type)
        return f"{{{{ parse_number({naming.argument(column)}, {mark}, {kind}) }}}}"
    if isinstance(reading, DayReading):
        return f"{{{{ parse_day({naming.argument(column)}, {jinja(reading.order)}) }}}}"
    words = [(word, "true") for word in reading.yes] + [(word, "false") for word in reading.no]
    cases = [f"            when {jinja(word)} then {truth}" for word, truth in words]
    return "\n".join([f"case lower(trim({naming.reference(column)}))", *cases, "        end"])


def final_cte(columns: Sequence[str], relation: str) -> list[str]:
    """The lines of the last CTE, which selects columns from another."""
    selected = [f"        {column}," for column in columns[:-1]] + [f"        {columns[-1]}"]
    return ["final as (", "    select", *selected, f"    from {relation}", ")"]
