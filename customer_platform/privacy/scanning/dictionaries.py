"""Values in the dictionaries of Parquet files, which may hold some that are in no row.

Whoever filters rows and writes them again, categories of pandas for instance, writes the values of
all the rows that there were.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from customer_platform.privacy.scanning.columns import cells_of
from customer_platform.privacy.scanning.finder import Column, Finder


def scan_dictionaries(path: Path, finder: Finder, within: str = "") -> None:
    """Looks through the dictionaries of the columns of text, but for those within structures.

    Args:
        path: The file.
        finder: What is looked for.
        within: What to write before the name of a column.

    Raises:
        pyarrow.ArrowException: The file can't be read.
    """
    names = _encoded(path)
    if not names:
        return
    with pq.ParquetFile(path, read_dictionary=names) as file:
        columns = {name: Column(finder, f"{within}dictionary of {name}") for name in names}
        for group in range(file.metadata.num_row_groups):
            rows = file.read_row_group(group, columns=names)
            for name, column in columns.items():
                for chunk in rows[name].chunks:
                    _search(chunk, column)


def _encoded(path: Path) -> list[str]:
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
        groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
        return [
            file.schema.column(index).path
            for index in range(metadata.num_columns)
            if file.schema.column(index).physical_type == "BYTE_ARRAY"
            and file.schema.column(index).max_repetition_level == 0
            and "." not in file.schema.column(index).path
            and any(group.column(index).has_dictionary_page for group in groups)
        ]


def _search(chunk: pa.Array, column: Column) -> None:
    if pa.types.is_dictionary(chunk.type) and (cells := cells_of(chunk.dictionary)) is not None:
        column.texts(*cells)
