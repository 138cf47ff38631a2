"""Parquet and CSV files as relations."""

from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.identity import sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_READERS = {
    ".parquet": "read_parquet({file})",
    # As text: 007 is another id than 7, and a rule's normaliser says what a date is.
    ".csv": "read_csv({file}, all_varchar = true)",
}


def relation_of(
    connection: "DuckDBPyConnection", path: Path, what: str, error_class: type[ValueError]
) -> str:
    """The query that reads a Parquet or CSV file.

    Raises:
        ValueError: The file isn't there or can't be read; of the given class, naming the file.
    """
    import duckdb

    if not path.is_file():
        raise error_class(f"there is no file of the {what} at {path}")
    if path.suffix.lower() not in _READERS:
        raise error_class(
            f"{path}: the {what} must be a {' or '.join(_READERS)} file, by the name's ending"
        )
    relation = "select * from " + _READERS[path.suffix.lower()].format(file=sql.text(str(path)))
    try:
        connection.execute(f"describe {relation}").fetchall()
    except duckdb.Error as error:
        raise error_class(f"{path}: the {what} can't be read: {error}") from error
    return relation
