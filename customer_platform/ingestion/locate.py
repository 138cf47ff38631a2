"""Where accepted rows stand in their files: DuckDB tells the line of rejected ones only.

Only files that have such a row to report are read again.
"""

from collections.abc import Collection, Iterator

import duckdb

from customer_platform.ingestion import parquet_reader
from customer_platform.ingestion.records import Record, csv_records, lines
from customer_platform.ingestion.rejects import Place
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.staging import StagedFile
from customer_platform.ingestion.text_files import read_text


def locate_rows(
    connection: duckdb.DuckDBPyConnection,
    table: TableSpec,
    file: StagedFile,
    wanted: Collection[int],
    rows: int,
) -> dict[int, Place]:
    """Line and text of rows of a file.

    Args:
        connection: For reading Parquet.
        table: What is declared.
        file: The file.
        wanted: 1-based positions among the rows that DuckDB read.
        rows: How many those are. If the file taken apart here has another number, no place is
            given rather than a wrong one.
    """
    if table.format == "parquet":
        texts = parquet_reader.raw_rows(connection, file.scan, sorted(wanted))
        return {row: Place(row, text) for row, text in texts.items()}
    unread = {reject.line for reject in file.line_rejects}
    places, position = {}, 0
    for record in _records(table, file):
        if record.line in unread:
            continue
        position += 1
        if position in wanted:
            places[position] = Place(record.line, record.text)
    return places if position == rows else {}


def locate_lines(file: StagedFile, wanted: Collection[int]) -> dict[int, str]:
    """The text of lines as the file has them, bytes that are not UTF-8 included."""
    if not wanted:
        return {}
    numbered = enumerate(read_text(file.scan.path).split("\n"), start=1)
    return {number: line.removesuffix("\r") for number, line in numbered if number in wanted}


def _records(table: TableSpec, file: StagedFile) -> Iterator[Record]:
    text = read_text(file.scan.path)
    if table.format == "jsonl":
        return lines(text)
    records = csv_records(text, table.delimiter, table.quote, file.batch.fields)
    next(records, None)
    return records
