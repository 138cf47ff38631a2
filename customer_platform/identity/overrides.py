"""What a steward has decided about two records: `same` or `different`, above every match rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.errors import OverridesError
from customer_platform.identity.record_files import read_records
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAME = "same"
DIFFERENT = "different"
KINDS = (SAME, DIFFERENT)

COLUMNS = ("kind", "source", "source_record_id", "other_source", "other_record_id")
EXPLANATORY_COLUMNS = ("author", "date", "reason")


@dataclass(frozen=True, order=True)
class Override:
    """Two records that are the same customer, or that never are.

    Attributes:
        kind: `same` or `different`.
        source: Source of the one record, the empty string when records have no source.
        record_id: Its id.
        other_source: Source of the other record.
        other_record_id: Its id.
    """

    kind: str
    source: str
    record_id: str
    other_source: str
    other_record_id: str

    @property
    def sides(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """The two records, the smaller name first."""
        one, other = (self.source, self.record_id), (self.other_source, self.other_record_id)
        return (one, other) if one <= other else (other, one)


def read_overrides(connection: "DuckDBPyConnection", overrides: str) -> list[Override]:
    """Reads and checks overrides.

    Args:
        connection: A connection.
        overrides: A table name or a query with the columns kind, source, source_record_id,
            other_source, other_record_id; others, such as author, date and reason, are for people.

    Returns:
        Each once, sorted, whichever of its records came first.

    Raises:
        OverridesError: A column is missing, a kind is unknown, a record isn't named, a record is
            overridden against itself, or two lines say the opposite of the same two records.
    """
    described = connection.execute(f"describe select * from {sql.relation(overrides)}").fetchall()
    there = {row[0].lower() for row in described}
    if absent := [column for column in COLUMNS if column not in there]:
        raise OverridesError(
            f"the overrides lack the columns {', '.join(absent)}; they need {', '.join(COLUMNS)}"
        )
    columns = ", ".join(
        f"coalesce(trim(cast({sql.identifier(column)} as varchar)), '')" for column in COLUMNS
    )
    rows = connection.execute(f"select {columns} from {sql.relation(overrides)}").fetchall()
    return check_overrides([Override(*row) for row in rows])


def read_overrides_file(connection: "DuckDBPyConnection", path: Path) -> list[Override]:
    """Reads and checks overrides from a CSV file with a header; see `read_overrides`.

    Raises:
        OverridesError: As `read_overrides`, or the file can't be read; names the file.
    """
    given = read_records(connection, path, "overrides", OverridesError)
    try:
        return read_overrides(connection, given.query)
    except OverridesError as error:
        raise OverridesError(f"{path}: {error}") from error


def check_overrides(overrides: Sequence[Override]) -> list[Override]:
    """Checks overrides; returns each once, sorted, with its records in order of their names.

    Raises:
        OverridesError: See `read_overrides`.
    """
    said: dict[tuple[tuple[str, str], tuple[str, str]], str] = {}
    for override in overrides:
        one, other = override.sides
        if override.kind not in KINDS:
            raise OverridesError(
                f"the override of {_name(one)} and {_name(other)} has the kind "
                f"{override.kind!r}; choose {' or '.join(KINDS)}",
                (one, other),
            )
        if not one[1] or not other[1]:
            raise OverridesError(
                f"an override of {_name(one)} and {_name(other)} doesn't name both records",
                (one, other),
            )
        if one == other:
            raise OverridesError(
                f"an override says that {_name(one)} is {override.kind} as itself; name two "
                "records",
                (one,),
            )
        if said.setdefault((one, other), override.kind) != override.kind:
            raise OverridesError(
                f"{_name(one)} and {_name(other)} are overridden both as same and as different; "
                "remove one of the two lines, or withdraw it where it stands in the store of "
                "decisions",
                (one, other),
            )
    return sorted(Override(kind, *one, *other) for (one, other), kind in said.items())


def _name(record: tuple[str, str]) -> str:
    source, record_id = record
    return f"{source}:{record_id}" if source else record_id or "(no record)"
