"""What a demo consists of, whichever company it is of."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class DemoSummary:
    """What a demo consists of.

    Attributes:
        landing: Folder with the files of the sources.
        truth: Parquet file that says which record is whom (entity, source, source_record_id,
            person_id).
        first: First day there are files for.
        last: Last day there are files for.
        people: People behind the records.
        records: Customer records per source.
        files: Files per table, by `<source>__<table>`.
        rows: Rows per table, by `<source>__<table>`, over all files.
    """

    landing: Path
    truth: Path
    first: date
    last: date
    people: int
    records: dict[str, int]
    files: dict[str, int]
    rows: dict[str, int]
