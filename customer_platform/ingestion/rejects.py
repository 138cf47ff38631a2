"""Why a row was rejected, where it stands, and what to do about it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from customer_platform.ingestion.casts import HEADER
from customer_platform.ingestion.declared_table import canonical_type
from customer_platform.ingestion.landing import LandedFile
from customer_platform.ingestion.records import says_total
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.text_files import ScanFile

_AT_SOURCE = "have the source correct it"

# The kind of problem of a row that is a line of totals.
TOTAL = "total"
TOTAL_REASON = "a line of totals, not a row; have the source leave it out"
_NO_ROWS = {
    TOTAL: TOTAL_REASON,
    HEADER: "the header once more, not a row; have the source leave it out",
}


@dataclass(frozen=True)
class Reject:
    """One row that is not loaded.

    Attributes:
        file: The file it came in.
        line: 1-based line (of a Parquet file: row); None if it could not be found.
        column: The columns at fault, or None for the row as a whole.
        reason: What is wrong and what to do.
        raw_text: The row as it stands in the file.
        is_row: False for a line of totals and a second header, which say nothing of other rows.
        shown: The reason as it may stand in messages and logs: values of columns that aren't
            declared `personal: false` are left out. None where it quotes none.
    """

    file: LandedFile
    line: int | None
    column: str | None
    reason: str
    raw_text: str | None
    is_row: bool = True
    shown: str | None = None


@dataclass
class LineReject:
    """A line that DuckDB's reader could not take apart.

    Attributes:
        line: Line in the file as DuckDB read it.
        text: The line.
        errors: DuckDB's error types, each with the column (if any) and DuckDB's message.
    """

    line: int
    text: str
    errors: list[tuple[str, str | None, str]] = field(default_factory=list)

    def has_no_value(self, table: TableSpec) -> bool:
        """Whether the line is of delimiters, quotes and blanks alone."""
        counted = all(kind in ("TOO MANY COLUMNS", "MISSING COLUMNS") for kind, _, _ in self.errors)
        rest = self.text.replace(table.delimiter, "").replace(table.quote or " ", "")
        return counted and not any(c.isprintable() and not c.isspace() for c in rest)


@dataclass(frozen=True)
class BadRow:
    """A row that could be read and must not be loaded.

    Attributes:
        row: 1-based position in its file.
        problems: (column, kind, value) of what does not fit the declaration.
        other_day: The day the row belongs to, if it is not the day of the partition.
        first: Path and position of the row that has the same primary key.
        key: Values of the primary key, if it is a duplicate.
    """

    row: int
    problems: Sequence[tuple[str | None, str, str | None]] = ()
    other_day: date | None = None
    first: tuple[str, int] | None = None
    key: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: its line and its text."""

    line: int
    text: str


def of_line(reject: LineReject, scan: ScanFile, table: TableSpec, text: str | None) -> Reject:
    """The reject of a line that could not be taken apart."""
    # DuckDB names every field that is missing; the first says it all.
    first = {kind: said for kind, _, said in reversed(reject.errors)}
    kinds = dict.fromkeys(kind for kind, _, _ in reject.errors)
    total = "MISSING COLUMNS" in kinds and says_total(reject.text.strip(table.quote))
    counted = {"TOO MANY COLUMNS", "MISSING COLUMNS"} & set(kinds)
    columns = dict.fromkeys(column for kind, column, _ in reject.errors if column)
    shown = "; ".join(
        _line_reason(kind, first[kind] if kind in _WITHOUT_VALUES else "", table) for kind in kinds
    )
    return Reject(
        scan.landed,
        scan.landed_line(reject.line),
        None if counted else ", ".join(columns) or None,
        TOTAL_REASON
        if total
        else "; ".join(_line_reason(kind, first[kind], table) for kind in kinds),
        reject.text if text is None else text,
        not total,
        None if total else shown,
    )


def of_cut_lines(scan: ScanFile) -> list[Reject]:
    """Rejects of the lines that had to be removed before reading."""
    reason = _line_reason("UNQUOTED VALUE", "", None)
    return [
        Reject(scan.landed, scan.lines_above + cut.line, None, reason, printable(cut.text))
        for cut in scan.cut
    ]


def of_row(
    bad: BadRow,
    scan: ScanFile,
    table: TableSpec,
    place: Place | None,
    first: tuple[str, int | None] | None,
    fallback_text: str | None,
) -> Reject:
    """The reject of a row that could be read.

    Args:
        bad: The row.
        scan: Its file.
        table: What is declared.
        place: Where it stands, if that could be found out.
        first: File and line of the row with the same primary key.
        fallback_text: The row's values, for when its text could not be found.
    """
    columns: list[str] = []
    reasons: list[str] = []
    extra = next((kind for _, kind, _ in bad.problems if kind in _NO_ROWS), None)
    if extra is not None:
        return Reject(
            scan.landed,
            scan.landed_line(place.line) if place else None,
            None,
            _NO_ROWS[extra],
            printable(place.text) if place else fallback_text,
            is_row=False,
        )
    # By the reason that quotes values, the same without those that may be personal.
    unquoted: dict[str, str] = {}
    for column, kind, value in bad.problems:
        if column is None:
            reasons.append(_json_reason(place.text if place else ""))
            continue
        columns.append(column)
        if kind == "null":
            reasons.append(f"{column!r} is empty but must be filled; {_AT_SOURCE}")
        else:
            declared = canonical_type(table.columns[column].type)
            said = f"no {declared}; {_AT_SOURCE}, or change the declared type"
            reasons.append(f"wrong type: {column!r} is {value!r}, {said}")
            if table.columns[column].personal is not False:
                unquoted[reasons[-1]] = f"wrong type: {column!r} is {said}"
    if bad.other_day is not None and table.partition_column is not None:
        columns.append(table.partition_column)
        reasons.append(
            f"wrong partition: {table.partition_column!r} is of {bad.other_day}, the file of "
            f"{scan.landed.partition}; have the source deliver it in the file of {bad.other_day}"
        )
    if first is not None:
        columns.extend(table.primary_key)
        key = ", ".join(f"{n}={v}" for n, v in zip(table.primary_key, bad.key, strict=True))
        path, line = first
        seen = path if line is None else f"{path} line {line}"
        said = f"first seen in {seen}; {_AT_SOURCE}, or declare what makes a row unique"
        reasons.append(f"duplicate primary key ({key}): {said}")
        shown_key = ", ".join(
            f"{name}={value}" if table.columns[name].personal is False else name
            for name, value in zip(table.primary_key, bad.key, strict=True)
        )
        unquoted[reasons[-1]] = f"duplicate primary key ({shown_key}): {said}"
    return Reject(
        scan.landed,
        scan.landed_line(place.line) if place else None,
        ", ".join(dict.fromkeys(columns)) or None,
        "; ".join(reasons),
        printable(place.text) if place else fallback_text,
        shown="; ".join(unquoted.get(reason, reason) for reason in reasons),
    )


def printable(text: str) -> str:
    """Text in which bytes that are not UTF-8 are written out as backslash escapes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _json_reason(text: str) -> str:
    """Why a line of a JSONL file is no row."""
    try:
        pairs: object = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        pairs = None
    if not text.lstrip("\ufeff \t").startswith("{") or not isinstance(pairs, list):
        return f"malformed JSON: not one object on one line; {_AT_SOURCE}"
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is None:
        return f"malformed JSON; {_AT_SOURCE}"
    return f"the key {twice!r} comes more than once in one object; {_AT_SOURCE}"


def in_file_order(rejects: Sequence[Reject]) -> list[Reject]:
    """Rejects by line; those without a line last."""
    return sorted(rejects, key=lambda reject: (reject.line is None, reject.line or 0))


def _line_reason(kind: str, message: str, table: TableSpec | None) -> str:
    if kind == "INVALID ENCODING":
        if table is not None and table.encoding != "utf-8":
            return f"not {table.encoding}, the declared encoding; declare the one the file has"
        return "not UTF-8; if the file is Latin-1 declare `encoding: latin-1`"
    if kind == "LINE SIZE OVER MAXIMUM":
        return f"line too long: {message} {_AT_SOURCE}"
    return _LINE_REASONS.get(kind, f"{kind.lower()}: {{}} {_AT_SOURCE}").format(message)


# What DuckDB says of them counts fields and bytes; of others it may quote the line.
_WITHOUT_VALUES = ("TOO MANY COLUMNS", "MISSING COLUMNS", "LINE SIZE OVER MAXIMUM")

_LINE_REASONS: Mapping[str, str] = {
    "UNQUOTED VALUE": (
        "broken quote: a quote is not closed, or not doubled inside a quoted field; have the "
        "source double the quotes inside fields"
    ),
    "TOO MANY COLUMNS": (
        "too many fields: {}; have the source quote fields that contain the delimiter"
    ),
    "MISSING COLUMNS": "too few fields: {}; have the source deliver every field",
}
