"""JSON Lines files: read as lines by DuckDB, each parsed once."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb

from customer_platform.errors import IngestionError, UnreadableFileError
from customer_platform.ingestion.batch import (
    STORE_REJECTS,
    Batch,
    Shapes,
    check_columns,
    path_list,
    unreadable,
)
from customer_platform.ingestion.casts import NOT_JSON, is_nested, select_typed
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.text_files import (
    ScanFile,
    check_not_empty,
    opened,
    read_text,
    write_text,
)
from customer_platform.warehouse.sql import literal

# No JSON text contains this character raw, so a line is always one field.
_NO_DELIMITER = "\x01"

# DuckDB's default of 2 MB would reject a long but healthy document.
_LONGEST_LINE = 16_000_000

_HEAD = 1 << 18
_RETURN = re.compile(r"\r(?!\n|\Z)")
_ONE_A_LINE = "write one object a line (JSONL), for instance with jq -c"

_ARRAYS = (
    "has JSON arrays, which name no columns; write one object a line (JSONL), each value under the "
    "name of its column"
)

_BLANKS = "' ' || chr(9) || chr(13)"
_IS_OBJECT = f"(starts_with(line, '{{') or starts_with(ltrim(line, {_BLANKS}), '{{'))"
_IS_FILLED = f"(starts_with(line, '{{') or trim(line, {_BLANKS}) <> '')"


def shapes(
    connection: duckdb.DuckDBPyConnection, files: Sequence[ScanFile], table: TableSpec
) -> Shapes:
    """One batch of all files that can be read."""
    result = Shapes()
    readable, doubtful = [], []
    first_keys: Counter[tuple[str, ...]] = Counter()
    for file in files:
        try:
            keys = _first_keys(file)
        except IngestionError as error:
            result.failures[file.path] = error
            continue
        readable.append(file)
        first_keys[keys] += 1
        if not set(table.columns) <= set(keys):
            doubtful.append(file)
    result.failures |= _missing_keys(connection, doubtful, table)
    readable = [file for file in readable if file.path not in result.failures]
    if readable:
        usual = first_keys.most_common(1)[0][0]
        result.batches.append(Batch(readable, lambda paths: _select(paths, table, usual)))
    return result


def keys_of(connection: duckdb.DuckDBPyConnection, paths: str) -> dict[str, list[str]]:
    """The keys of all objects in the order in which they come -> DuckDB's types of their values.

    Args:
        connection: Any connection.
        paths: A SQL list of files.
    """
    entries = "map_entries(try(cast(cast(line as JSON) as MAP(VARCHAR, JSON))))"
    rows = connection.execute(
        "select entry.key, list(distinct json_type(entry.value)) from (select "
        "row, generate_subscripts(entries, 1) as place, unnest(entries) as entry from (select "
        f"row_number() over () as row, {entries} as entries "
        f"from ({_lines(paths, 'ignore_errors = true')}) where {_IS_OBJECT})) "
        "group by entry.key order by min((row, place))"
    ).fetchall()
    return dict(rows)


def has_returns(file: ScanFile) -> bool:
    """Whether a file has a carriage return that is not part of a line end."""
    return _RETURN.search(read_text(file.path)) is not None


def repair(file: ScanFile, folder: Path) -> ScanFile:
    """A plain copy of a file with a blank for every carriage return that is part of no line end.

    They are blanks to JSON, and ends of lines to DuckDB.
    """
    copy = folder / f"{len(list(folder.iterdir()))}.repaired"
    write_text(copy, _RETURN.sub(" ", read_text(file.path)))
    return ScanFile(file.landed, str(copy), repaired=True)


def not_by_line(text: str) -> str | None:
    """How JSON is written that is not one object a line, and what to do about it; else None.

    Args:
        text: The beginning of a file.
    """
    start = text.lstrip("\ufeff \t\r\n")
    line = start.partition("\n")[0].rstrip()
    if start.startswith("["):
        return _as_array(start)
    end = _object_at(start, 0)
    if end is None:
        return None
    rest = line[end:].lstrip(" \t,")
    if rest.startswith("{"):
        return f"has several JSON objects on one line; {_ONE_A_LINE} ."
    if start[end:].lstrip().startswith(","):
        return (
            "has JSON objects with commas between them; write one object a line (JSONL), and no "
            "comma behind it, for instance with sed 's/,[[:space:]]*$//' where each has a line"
        )
    if end > len(line):
        return f"has JSON objects over several lines (pretty-printed); {_ONE_A_LINE} ."
    return None


def _as_array(text: str) -> str | None:
    """How JSON is written that begins with an array; None if it is none."""
    if _object_at(text, 1) is not None:
        return f"is one JSON array; {_ONE_A_LINE} '.[]'"
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        # Only the beginning of a long one may be there.
        return _ARRAYS if re.match(r"\[\s*\[", text) else None
    is_line = text[end:].lstrip(" \t,")[:1] in ("", "\r", "\n")
    return _ARRAYS if is_line else None


def _object_at(text: str, start: int) -> int | None:
    """Where the object ends that begins at a position or after blanks; None if there is none."""
    start += len(text[start:]) - len(text[start:].lstrip())
    try:
        document, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return end if isinstance(document, dict) else None


def _first_keys(file: ScanFile) -> tuple[str, ...]:
    """Keys of the first line; none if it is no object.

    Raises:
        UnreadableFileError: The file is empty, damaged, or JSON of another form.
    """
    check_not_empty(file)
    with opened(file.path) as stream:
        first = next((line for line in stream if line.strip()), b"")
        try:
            document = json.loads(first.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            form = not_by_line((first + stream.read(_HEAD)).decode("utf-8-sig", "replace"))
            if form is not None:
                raise UnreadableFileError(f"{file.landed.path}: {form}")
    return tuple(document) if isinstance(document, dict) else ()


def _missing_keys(
    connection: duckdb.DuckDBPyConnection, files: Sequence[ScanFile], table: TableSpec
) -> dict[str, IngestionError]:
    """Files none of whose objects has a declared key, and files that cannot be read."""
    if not files:
        return {}
    query = (
        "select _file, list_sort(list_distinct(flatten(list(distinct keys)))) from (select _file, "
        f"try(json_keys(line)) as keys from ({_lines(path_list(files), 'ignore_errors = true')}) "
        f"where {_IS_OBJECT}) where keys is not null group by _file"
    )
    try:
        found = dict(connection.execute(query).fetchall())
    except duckdb.Error as error:
        if len(files) > 1:
            middle = len(files) // 2
            return _missing_keys(connection, files[:middle], table) | _missing_keys(
                connection, files[middle:], table
            )
        return {files[0].path: unreadable(files[0], table, error)}
    failures: dict[str, IngestionError] = {}
    for file in files:
        try:
            if file.path in found:
                check_columns(file, table, found[file.path], " in every line")
        except IngestionError as error:
            failures[file.path] = error
    return failures


def _lines(paths: str, on_error: str) -> str:
    return (
        f"select line, _file from read_csv({paths}, columns = {{'line': 'VARCHAR'}}, "
        "auto_detect = false, header = false, filename = '_file', hive_partitioning = false, "
        f"delim = {literal(_NO_DELIMITER)}, quote = '', escape = '', strict_mode = false, "
        f"max_line_size = {_LONGEST_LINE}, {on_error}) where line is not null and {_IS_FILLED}"
    )


def _select(paths: str, table: TableSpec, usual_keys: Sequence[str]) -> str:
    types = table.column_types
    given = {name: "JSON" if is_nested(kind) else "VARCHAR" for name, kind in types.items()}
    structure = literal(json.dumps(given, ensure_ascii=False))
    columns = ", ".join(
        f"struct_extract(document, {literal(name)}) as c{index}" for index, name in enumerate(given)
    )
    source = (
        f"select line, _file, document, keys, {columns} from (select line, _file, "
        "try(json_keys(line)) as keys, "
        f"try(json_transform(line, {structure})) as document from ({_lines(paths, STORE_REJECTS)}))"
    )
    return select_typed(
        table,
        given,
        source,
        _unexpected(table, usual_keys),
        row_problems={
            NOT_JSON: f"(document is null or not {_IS_OBJECT} or {_repeats_a_key(usual_keys)})"
        },
        keys=table.filled_columns,
        otherwise_empty=f"not coalesce({_has_other_keys(table)}, false)",
    )


def _repeats_a_key(usual_keys: Sequence[str]) -> str:
    """Whether an object has two values of one key; nothing says which is right."""
    usual = ", ".join(literal(key) for key in usual_keys)
    repeated = "coalesce(len(keys) > len(list_distinct(keys)), false)"
    return f"case when keys = [{usual}]::VARCHAR[] then false else {repeated} end"


def _has_other_keys(table: TableSpec) -> str:
    declared = ", ".join(literal(name) for name in table.columns)
    return f"len(list_filter(keys, lambda key: key not in ({declared}))) > 0"


def _unexpected(table: TableSpec, usual_keys: Sequence[str]) -> str:
    """JSON of the undeclared keys of a line.

    Taking a document apart into a map costs as much as all the rest: it is done only for lines
    whose keys are not the usual ones, or include undeclared ones.
    """
    declared = ", ".join(literal(name) for name in table.columns)
    entries = (
        "list_filter(map_entries(try(cast(cast(line as JSON) as MAP(VARCHAR, JSON)))), "
        f"lambda entry: entry.key not in ({declared}))"
    )
    taken_apart = f"case when len({entries}) > 0 then to_json(map_from_entries({entries})) end"
    conditions = ["document is null"]
    if usual_keys and set(usual_keys) <= set(table.columns):
        usual = ", ".join(literal(key) for key in usual_keys)
        conditions.append(f"keys = [{usual}]")
    return f"case when {' or '.join(conditions)} then null else {taken_apart} end"
