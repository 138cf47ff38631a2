"""What a reader hands over: files that one statement can read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from customer_platform.database_errors import without_values
from customer_platform.errors import IngestionError, SchemaError, UnreadableFileError
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.text_files import ScanFile
from customer_platform.warehouse.sql import literal

# Options of DuckDB's CSV reader that make it list what it cannot read instead of failing.
REJECTS = "_ingest_errors"
REJECT_SCANS = "_ingest_scans"
STORE_REJECTS = (
    "store_rejects = true, rejects_limit = 0, "
    f"rejects_table = '{REJECTS}', rejects_scan = '{REJECT_SCANS}'"
)


@dataclass(frozen=True)
class Batch:
    """Files of the same shape.

    Attributes:
        files: In the order in which their rows are staged.
        select: Makes the statement that delivers the staged rows of a list of paths (a SQL list).
        unexpected: Columns that these files have and the table does not declare.
        fields: Number of fields of a record (CSV).
    """

    files: Sequence[ScanFile]
    select: Callable[[str], str]
    unexpected: Sequence[str] = ()
    fields: int = 0

    def column(self, reader_name: str | None, table: TableSpec) -> str | None:
        """The column that the reader calls c<i> or x<i>; None for what is no column."""
        kind, number = (reader_name or "-")[0], (reader_name or "-")[1:]
        names = {"c": list(table.columns), "x": list(self.unexpected)}.get(kind, [])
        return names[int(number)] if names and number.isdigit() else None


@dataclass
class Shapes:
    """Batches, and the files that fit none.

    Attributes:
        batches: What can be read.
        failures: Path that DuckDB would have read -> why it cannot.
    """

    batches: list[Batch] = field(default_factory=list)
    failures: dict[str, IngestionError] = field(default_factory=dict)


def path_list(files: Sequence[ScanFile]) -> str:
    """A SQL list of paths, none read as a pattern."""
    return "[" + ", ".join(literal(_without_wildcards(file.path)) for file in files) + "]"


def unreadable(file: ScanFile, table: TableSpec, error: Exception) -> UnreadableFileError:
    """The error of a file that DuckDB gives up on."""
    said = without_values(error).rstrip(".")
    return UnreadableFileError(
        f"{file.landed.path}: cannot be read as {table.format}: {said}. Have the source deliver "
        "it again, or correct the declared format."
    )


def check_columns(file: ScanFile, table: TableSpec, present: Sequence[str], note: str = "") -> None:
    """Compare the columns of a file with those declared.

    Raises:
        SchemaError: A declared column is missing, or a column comes twice.
    """
    twice = sorted({name for name in present if present.count(name) > 1})
    if twice:
        raise SchemaError(
            f"{file.landed.path}: column {_named(twice)} comes more than once; have the source "
            "name each column once"
        )
    missing = [name for name in table.columns if name not in present]
    if not missing:
        return
    others = [name for name in present if name not in table.columns]
    hints = []
    for name in missing:
        folded = {other.lower().strip(): other for other in others}
        close = get_close_matches(name.lower(), folded, n=1)
        if close:
            hints.append(f"{folded[close[0]]!r} for {name!r}")
    meant = f" Did it mean {', '.join(hints)}?" if hints else ""
    has = f"The file has {', '.join(present) or 'no columns'}.{meant}"
    declared = {name.lower() for name in table.columns}
    if present and not declared & {name.lower().strip() for name in present}:
        # Its first line is a row, perhaps: that of a person.
        has = f"None of its {len(present)} columns is declared; is its first line a header?"
    raise SchemaError(
        f"{file.landed.path}: declared column {_named(missing)} is missing{note}. {has} Have the "
        f"source deliver it, or change the declaration of table {table.name!r}."
    )


def _named(columns: Sequence[str]) -> str:
    return ", ".join(repr(column) for column in columns)


def _without_wildcards(path: str) -> str:
    return "".join(f"[{c}]" if c in "[*?" else c for c in path)
