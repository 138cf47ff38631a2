"""Parquet and CSV files as relations."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from customer_platform.errors import IngestionError, UnreadableFileError
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from customer_platform.ingestion.csv_reader import Header
    from customer_platform.ingestion.sniff import FileFormat

_ENDINGS = (".parquet", ".csv", ".csv.gz", ".csv.zst")
_LISTED_LINES = 3
_HEAD = 1 << 18
_LONGEST_LINE = 16_000_000


@dataclass(frozen=True)
class RecordFile:
    """A file of records that can be read.

    Attributes:
        query: The query that reads it: its rows that have a value.
        skipped: Rows without any value, lines of totals, and headers that come again; left out.
    """

    query: str
    skipped: int = 0


def read_records(
    connection: "DuckDBPyConnection",
    path: Path,
    what: str,
    error_class: type[ValueError],
    key: str | None = None,
) -> RecordFile:
    """Opens a Parquet or CSV file. A CSV file is read to its end, so that no row is misread later.

    Delimiter and encoding of a CSV file are found; titles above its header are passed over.

    Args:
        connection: A connection; a CSV file that DuckDB can't read as it is gets a temporary table.
        path: The file.
        what: What is in it, for messages.
        error_class: The error that is raised.
        key: The column that every row with a value has a value in, where the file has it.

    Raises:
        ValueError: The file isn't there, or a row can't be read; of the given class, naming file
            and line.
    """
    import duckdb

    from customer_platform.database_errors import reason_of

    if not path.is_file():
        raise error_class(f"there is no file of the {what} at {path}")
    if not path.name.lower().endswith(_ENDINGS):
        raise error_class(
            f"{path}: the {what} must be a .parquet or .csv file (or .csv.gz, .csv.zst), by the "
            "name's ending"
        )
    try:
        if path.suffix.lower() == ".parquet":
            return _parquet(connection, path, key)
        return _csv(connection, path, sql.identifier(f"the {what}"), key)
    except IngestionError as error:
        raise error_class(str(error)) from error
    except duckdb.Error as error:
        raise error_class(f"{path}: the {what} can't be read: {reason_of(error)}") from error


def refuse_unreadable(path: Path, error_class: type[ValueError]) -> None:
    """Reads a Parquet file to its end, to tell a damaged one from any other fault.

    Raises:
        ValueError: It can't be read; of the given class, naming the file.
    """
    import duckdb

    from customer_platform.database_errors import reason_of

    if path.suffix.lower() != ".parquet":
        return
    with duckdb.connect() as connection:
        rows = f"read_parquet({sql.literal(_literally(path))})"
        try:
            connection.execute(f"select bit_xor(hash(r)) from {rows} r").fetchall()
        except duckdb.Error as error:
            raise error_class(f"{path}: damaged: {reason_of(error)}") from error


def _parquet(connection: "DuckDBPyConnection", path: Path, key: str | None) -> RecordFile:
    from customer_platform.ingestion.casts import is_blank

    query = f"select * from read_parquet({sql.literal(_literally(path))})"
    columns = {name: kind for name, kind, *_ in connection.execute(f"describe {query}").fetchall()}
    if key in columns:
        column = sql.identifier(str(key))
        absent = is_blank(column) if columns[str(key)] == "VARCHAR" else f"{column} is null"
        # Reads one column: nearly always no row lacks it, and the others needn't be looked at.
        if not connection.execute(f"select 1 from ({query}) where {absent} limit 1").fetchall():
            return RecordFile(query)
    return _with_values(connection, query, (), columns)


def _csv(connection: "DuckDBPyConnection", path: Path, table: str, key: str | None) -> RecordFile:
    import duckdb

    from customer_platform.ingestion.records import take_apart
    from customer_platform.ingestion.sniff import sniff
    from customer_platform.ingestion.text_files import opened, undecodable, write_text

    # That all of a file is UTF-8 is for DuckDB to say, which reads it anyway.
    written = sniff(path, encoding=_wide(path) or "utf-8", checked=False)
    header = _header(path, written)
    if written.encoding == "utf-8" and not header.lines_above:
        query = _read_csv(path, header.names, written.delimiter, written.quote)
        try:
            return _without_total(connection, query, header.names, key)
        except duckdb.Error:
            # Taken apart line by line, the file says which of them is wrong, if any is.
            pass
    written = sniff(path, checked=False)
    header = _header(path, written)
    with opened(str(path)) as stream:
        text = stream.read().decode(written.encoding, undecodable(written.encoding))
    text = text.removeprefix("\ufeff")[header.start :]
    lines = take_apart(text, written.delimiter, written.quote, len(header.names))
    if lines.faults:
        raise UnreadableFileError(
            _describe(path, lines.faults, header.lines_above, written.encoding)
        )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "records.csv"
        write_text(copy, "\n".join(lines.records) + "\n")
        query = _read_csv(copy, header.names, written.delimiter, written.quote)
        connection.execute(f"create temp table {table} as {query}")
    read = _without_total(connection, f"select * from {table}", header.names, key)
    return RecordFile(read.query, read.skipped + lines.skipped)


def _wide(path: Path) -> str:
    from customer_platform.ingestion.text_files import opened, wide_encoding

    with opened(str(path)) as stream:
        return wide_encoding(stream.read(_HEAD))


def _header(path: Path, written: "FileFormat") -> "Header":
    from customer_platform.ingestion.sniff import header_of
    from customer_platform.ingestion.text_files import opened

    if written.format != "csv":
        raise UnreadableFileError(
            f"{path}: is {written.format}, whatever its name says; give it as CSV"
        )
    with opened(str(path)) as stream:
        head = stream.read(_HEAD).decode(written.encoding, "replace").removeprefix("\ufeff")
    header = header_of(head, written.delimiter, written.quote)
    if header is None:
        raise UnreadableFileError(f"{path}: holds no header; give a file with one")
    _check_names(path, header.names)
    return header


def _check_names(path: Path, names: Sequence[str]) -> None:
    folded = [name.lower() for name in names]
    twice = sorted({name for name in names if folded.count(name.lower()) > 1})
    if twice:
        raise UnreadableFileError(
            f"{path}: the column {', '.join(map(repr, twice))} comes more than once (SQL takes "
            "upper and lower case for the same); name each column once"
        )


def _read_csv(path: Path, names: Sequence[str], delimiter: str, quote: str) -> str:
    """The query that reads a CSV file as RFC 4180 has it, nothing being guessed from a sample.

    Everything is text: 007 is another id than 7, and a rule's normaliser says what a date is.
    """
    columns = ", ".join(f"{sql.literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"select * from read_csv({sql.literal(_literally(path))}, columns = {{{columns}}}, "
        f"auto_detect = false, header = true, delim = {sql.literal(delimiter)}, "
        f"quote = {sql.literal(quote)}, escape = {sql.literal(quote)}, "
        f"max_line_size = {_LONGEST_LINE})"
    )


def _without_total(
    connection: "DuckDBPyConnection", query: str, header: Sequence[str], key: str | None
) -> RecordFile:
    """The rows of a CSV file that are records; the last one may be of totals."""
    from customer_platform.ingestion.records import is_total

    read = _with_values(connection, query, header)
    if key not in header:
        return read
    names = list(map(sql.identifier, header))
    empty = " + ".join(f"(trim(coalesce({name}, '')) = '')::int" for name in names)
    # Only a row of few values may be of totals; most files have none, and are read no more.
    [(rows, sparse)] = connection.execute(
        f"select count(*), count_if(2 * ({empty}) >= {len(names)}) from ({read.query})"
    ).fetchall()
    if not sparse:
        return read
    [last] = connection.execute(f"from ({read.query}) limit 1 offset {rows - 1}").fetchall()
    values = {name: text for name, text in zip(header, last, strict=True) if (text or "").strip()}
    if not is_total(values, [str(key)], len(header)):
        return read
    others = " ".join(
        f"when {name} is distinct from {'null' if text is None else sql.literal(text)} then true"
        for name, text in zip(names, last, strict=True)
    )
    kept = f"select * from ({read.query}) where case {others} else false end"
    [(records,)] = connection.execute(f"select count(*) from ({kept})").fetchall()
    return RecordFile(kept, read.skipped + rows - records)


def _with_values(
    connection: "DuckDBPyConnection",
    query: str,
    header: Sequence[str],
    columns: Mapping[str, str] = MappingProxyType({}),
) -> RecordFile:
    """The rows of a query that are records; reads all of them, to count the others.

    Args:
        connection: A connection.
        query: The query.
        header: The columns of a CSV file, whose header may come again where files were joined.
        columns: Columns -> types of another file.
    """
    from customer_platform.ingestion.casts import no_value
    from customer_platform.ingestion.csv_reader import is_header

    kinds = columns or dict.fromkeys(header, "VARCHAR")
    empty = no_value({sql.identifier(name): kind for name, kind in kinds.items()})
    if header:
        empty = f"({empty} or {is_header({sql.identifier(name): name for name in header})})"
    # Nothing but the count would let the reader pass over fields that are wrong.
    read = f"count_if({empty}), bit_xor(hash(rows)) from ({query}) rows"
    [(skipped, _)] = connection.execute(f"select {read}").fetchall()
    if not skipped:
        return RecordFile(query)
    return RecordFile(f"select * from ({query}) where not ({empty})", skipped)


def _describe(
    path: Path, faults: Sequence[tuple[int, str]], lines_above: int, encoding: str
) -> str:
    listed = "; ".join(
        f"line {lines_above + line}: {fault}" for line, fault in faults[:_LISTED_LINES]
    )
    return (
        f"{path}: {len(faults):,} lines can't be read as {encoding}: {listed}. Have the source "
        "correct them, or take them out yourself: a record that is left out loses its customer"
    )


def _literally(path: Path) -> str:
    """A path in which nothing is a pattern."""
    return "".join(f"[{c}]" if c in "[*?" else c for c in str(path))
