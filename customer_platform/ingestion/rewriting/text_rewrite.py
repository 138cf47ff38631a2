"""A CSV or JSONL file without some of its records, all other bytes as they were."""

from collections.abc import Sequence
from pathlib import Path

from customer_platform.errors import PrivacyError
from customer_platform.ingestion.csv_reader import find_header
from customer_platform.ingestion.records import Record, csv_records, lines
from customer_platform.ingestion.rewriting.change import RowChange
from customer_platform.ingestion.rewriting.text_edits import (
    Edit,
    Text,
    compressed_like,
    csv_edits,
    json_edits,
)
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.staging import StagedFile
from customer_platform.ingestion.text_files import opened

# As much as the reader looks at for a header.
_HEAD = 1 << 18


def rewrite_text(
    path: Path, made: Path, table: TableSpec, file: StagedFile, rows: int, change: RowChange
) -> None:
    """Writes a text file again.

    Args:
        path: The file.
        made: The new file.
        table: What is declared.
        file: The file as it was read.
        rows: How many rows were read of it.
        change: What is to be changed.

    Raises:
        PrivacyError: It can't be said where a row stands, or it can't be changed so.
    """
    with opened(str(path)) as stream:
        content = stream.read()
    text = Text(path, content, table.encoding)
    header, records = _records(text.text, table)
    by_line = {record.line: record for record in records}
    unread = {file.scan.landed_line(reject.line) for reject in file.line_rejects}
    unread |= {file.scan.lines_above + cut.line for cut in file.scan.cut}
    read = [record for record in records if record.line not in unread]
    if len(read) != rows:
        raise PrivacyError(
            f"{path}: can't be rewritten, as it can't be said on which line each row stands. Have "
            "the source deliver it without the rows"
        )
    edits: list[Edit] = []
    for position in change.drop:
        edits.append((read[position - 1].start, read[position - 1].end, ""))
    for line in change.lines:
        if line not in by_line:
            raise PrivacyError(f"{path}: no row begins on line {line}")
        edits.append((by_line[line].start, by_line[line].end, ""))
    for position, written in change.blank.items():
        record = read[position - 1]
        if table.format == "jsonl":
            edits += json_edits(path, record.text, record.start, written)
        else:
            edits += csv_edits(
                path, record.text, header, record.start, written, table.delimiter, table.quote
            )
    # A file without a byte would be taken for one that has been cut off.
    compressed_like(path, text.changed(edits) or b"\n", made)


def _records(text: str, table: TableSpec) -> tuple[Sequence[str], list[Record]]:
    """The columns of a CSV file, and all records behind its header."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    if table.format == "jsonl":
        return (), list(lines(text))
    header = find_header(text[:_HEAD], table.delimiter, table.quote, table.columns)
    if header is None:
        return (), []
    found = csv_records(text[header.start :], table.delimiter, table.quote, len(header.names))
    next(found, None)
    return header.names, [
        Record(
            record.line + header.lines_above,
            record.text,
            record.broken,
            record.start + header.start,
            record.end + header.start,
        )
        for record in found
    ]
