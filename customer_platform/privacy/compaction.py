"""Old bytes go: what was deleted stays in a database's free pages until the file is written again.

Nothing here may run beside a process that writes the same file: it says so, and changes nothing.
"""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.database_errors import without_values
from customer_platform.errors import PrivacyError
from customer_platform.ingestion.rewriting.replacing import beside, like, put_in_place, real_file
from customer_platform.privacy.personal import HIDDEN
from customer_platform.privacy.scanning.contents import is_container
from customer_platform.privacy.scanning.needles import Hit, Needles
from customer_platform.privacy.scanning.sought import Sought, sought_of
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What a database has besides rows, and what of it has to be the same in a copy.
_CATALOGUE = {
    "duckdb_tables()": "schema_name, table_name, sql, comment",
    "duckdb_columns()": "schema_name, table_name, column_name, data_type, column_default, comment",
    "duckdb_constraints()": "schema_name, table_name, constraint_text",
    "duckdb_indexes()": "schema_name, index_name, sql, comment",
    "duckdb_views()": "schema_name, view_name, sql, comment",
    "duckdb_functions()": "schema_name, function_name, parameters, macro_definition, comment",
    "duckdb_sequences()": "schema_name, sequence_name, sql, last_value, comment",
    "duckdb_types()": "schema_name, type_name, labels, comment",
}


def compact_warehouse(path: Path) -> int:
    """Writes a DuckDB file again with what is in its tables, and nothing that was deleted.

    Who reads the file meanwhile reads on in the old one. Where the process is killed, the file is
    the old one or the new one, whole; the next call removes what was left.

    Args:
        path: The file.

    Returns:
        By how many bytes it is smaller.

    Raises:
        PrivacyError: Somebody writes it, or it can't be copied; it stays as it is.
    """
    import duckdb

    path = real_file(path)
    copy = path.with_name(f".{path.name}.compacted")
    spilled = path.with_name(f".{path.name}.compacted.tmp")
    log = path.with_name(f"{path.name}.wal")
    _remove(copy, spilled)
    before = path.stat().st_size
    try:
        if log.exists():
            # If it outlived the swap, it would be applied to the new file.
            with duckdb.connect(str(path)) as connection:
                connection.execute("force checkpoint")
        with duckdb.connect() as connection:
            connection.execute(f"set temp_directory = {literal(str(spilled))}")
            connection.execute("set preserve_insertion_order = true")
            # Nobody can write it from here on, up to the end of the block.
            connection.execute(f"attach {literal(str(path))} as old (read_only)")
            if log.exists():
                raise PrivacyError(f"{path}: is in use; compact it when no run is writing it")
            connection.execute(f"attach {literal(str(copy))} as new")
            # While there is nothing in it, anybody may read it.
            copy.chmod(0o600)
            connection.execute("copy from database old to new")
            _check_same(connection, path)
            connection.execute("detach new")
            like(copy, path)
            put_in_place(copy, path)
    except duckdb.Error as error:
        raise PrivacyError(f"{path}: can't be compacted: {without_values(error)}") from None
    finally:
        _remove(copy, spilled)
    return before - path.stat().st_size


def compact_sqlite(path: Path) -> int:
    """Writes an SQLite file again without free pages, and empties its write-ahead log.

    Args:
        path: The file.

    Returns:
        By how many bytes it and its log are smaller.

    Raises:
        PrivacyError: Somebody uses it, or it can't be read; what was in it is still there.
    """
    files = [path, path.with_name(f"{path.name}-wal")]
    before = _size(files)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("pragma secure_delete = on")
            connection.execute("vacuum")
            # In the log there are old pages.
            [busy, _, _] = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    except sqlite3.Error as error:
        raise PrivacyError(f"{path}: can't be compacted: {error}") from None
    if busy:
        raise PrivacyError(f"{path}: is in use; compact it when nobody reads or writes it")
    return before - _size(files)


def clear_text(path: Path, values: Sought | Sequence[str]) -> int:
    """Writes `***` in a text file in place of values, in every form that `scan` finds.

    Of base64, what stands for parts of other characters stays.

    Args:
        path: The file, which is read as a whole.
        values: The values, or what is kept of them; those that `scan` calls too short stay.

    Returns:
        How many places were changed.

    Raises:
        PrivacyError: The file is no text, has another name, or is being written.
    """
    real = real_file(path)
    status = real.stat()
    content = real.read_bytes()
    if is_container(content[:16]):
        raise PrivacyError(f"{path}: is no text; what is in it can't be replaced there")
    needles = Needles(sought_of(values))
    count = 0
    # Pieces around what was replaced may make up a value.
    while hits := _hits(needles, content):
        content, replaced = _replaced(content, hits)
        count += replaced
    if not count:
        return 0
    with beside(real) as made:
        made.touch(mode=0o600)
        made.write_bytes(content)
        like(made, real)
        now = real.stat()
        if (now.st_size, now.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
            raise PrivacyError(f"{path}: is being written; try again when it is complete")
        put_in_place(made, real)
    return count


def _check_same(connection: "DuckDBPyConnection", path: Path) -> None:
    """Compares a copy with the original: what there is, and how many rows."""
    for function, columns in _CATALOGUE.items():
        old, new = (
            connection.execute(
                f"select {columns} from {function} where database_name = '{name}' order by all"
            ).fetchall()
            for name in ("old", "new")
        )
        if old != new:
            what = function.removeprefix("duckdb_").removesuffix("()")
            raise PrivacyError(f"{path}: can't be compacted: a copy has other {what}")
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'old'"
    ).fetchall()
    for schema, table in tables:
        named = f"{identifier(schema)}.{identifier(table)}"
        [[old, new]] = connection.execute(
            f"select (select count(*) from old.{named}), (select count(*) from new.{named})"
        ).fetchall()
        if old != new:
            raise PrivacyError(
                f"{path}: can't be compacted: of {schema}.{table} a copy has {new} rows, not {old}"
            )


def _remove(copy: Path, spilled: Path) -> None:
    copy.unlink(missing_ok=True)
    copy.with_name(f"{copy.name}.wal").unlink(missing_ok=True)
    shutil.rmtree(spilled, ignore_errors=True)


def _size(files: Sequence[Path]) -> int:
    return sum(os.stat(file).st_size for file in files if file.exists())


def _hits(needles: Needles, content: bytes) -> list[Hit]:
    """All places, where `search` itself gives the first of each."""
    seen = needles.none_found()
    found = []
    for hit in needles.search(content, seen):
        seen.fill(0)
        found.append(hit)
    # From the second half of one character to the first half of another, UTF-16 looks like the
    # same text with the other byte order.
    aligned = [hit for hit in found if hit.form != "UTF-16" or hit.start % 2 == 0]
    return sorted(aligned or found, key=lambda hit: (hit.start, -hit.end))


def _replaced(content: bytes, hits: Sequence[Hit]) -> tuple[bytes, int]:
    """The content without values, and how many pieces of it were replaced."""
    pieces, position, count = [], 0, 0
    for hit in hits:
        if hit.start >= position:
            pieces += [content[position : hit.start], _hidden(content, hit)]
            count += 1
        position = max(position, hit.end)
    return b"".join([*pieces, content[position:]]), count


def _hidden(content: bytes, hit: Hit) -> bytes:
    """What is written in place of a value, in the encoding that it has."""
    if hit.form != "UTF-16":
        return HIDDEN.encode()
    is_big = content[hit.start : hit.end : 2].count(0) > content[hit.start + 1 : hit.end : 2].count(
        0
    )
    return HIDDEN.encode("utf-16-be" if is_big else "utf-16-le")
