"""SQL expressions that turn what a file holds into the declared types, and name what does not fit.

Every reader delivers a column `c<i>` per declared column as the file has it; the value of the
declared type is `v<i>`. One place casts for all formats, because DuckDB's own casts accept what a
loader must not: '3.7' becomes the integer 4, and the offset of '10:00+02' is dropped on the way to
a TIMESTAMP.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from customer_platform.ingestion.spec import TableSpec
from customer_platform.warehouse.functions import inlined
from customer_platform.warehouse.sql import literal

PROBLEMS_TYPE = 'STRUCT("column" VARCHAR, kind VARCHAR, "value" VARCHAR)[]'

_INSTANTS = {"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"}
_INTEGERS = {
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")
} | {"INTEGER", "UINTEGER"}

_USUAL_TIMESTAMPS = "['%Y-%m-%d %H:%M:%S', '%Y-%m-%dT%H:%M:%S']"

# Characters that can be seen, not all of them.
_SEEN = r"[\p{Lu}\p{Ll}\p{Nd}\p{Han}]"

# Kinds of problems of rows as a whole; a row without any value is skipped rather than rejected.
NO_VALUE = "no value"
NOT_JSON = "json"
HEADER = "header"

# A rejected value is quoted in a reason up to this length; the whole row is next to it anyway.
_QUOTED_CHARACTERS = 200


def is_blank(text: str) -> str:
    """The condition that a text is null, or nothing but blanks and invisible characters.

    Args:
        text: SQL of a text.
    """
    # Nearly every value begins with a printable character of ASCII, which costs one comparison, and
    # most others have one that can be seen, which costs a tenth of taking out what can't.
    return (
        f"case when {text} >= '!' and {text} < chr(127) then false when {text} is null then true "
        f"when regexp_matches({text}, '{_SEEN}') then false "
        f"else trim({inlined('without_invisible', text)}) = '' end"
    )


def no_value(columns: Mapping[str, str]) -> str:
    """The condition that none of the columns has a value.

    Args:
        columns: SQL of each column -> its type.
    """
    # A case stops at the first column that is filled; `and` would look at all of them.
    filled = (
        f"not ({is_blank(column)})" if kind == "VARCHAR" else f"{column} is not null"
        for column, kind in columns.items()
    )
    return f"case {' '.join(f'when {each} then false' for each in filled)} else true end"


def is_nested(declared: str) -> bool:
    """Whether a type has parts, so that its text form is JSON."""
    return declared == "JSON" or declared.endswith("]") or declared.startswith(("STRUCT", "MAP"))


def to_declared(expression: str, given: str, declared: str, written: str | None = None) -> str:
    """Cast an expression of type `given`; null where the value does not fit.

    Timestamps without an offset are UTC. A number with a fraction does not fit an integer.

    Args:
        expression: SQL of the value.
        given: Its type.
        declared: The type it must have.
        written: How a date or timestamp is written, where not as ISO 8601.
    """
    if given == declared:
        return expression
    if written is not None and (given == "VARCHAR" or given in _INTEGERS):
        parsed = f"try_strptime(cast({expression} as VARCHAR), {literal(written)})"
        if "%z" in written.lower():
            # An instant, which a cast would turn into the session's local time.
            parsed = f"({parsed} at time zone 'UTC')"
        return f"cast({parsed} as {declared})"
    if declared == "VARCHAR" and given in ("DOUBLE", "FLOAT"):
        # A missing value makes pandas write whole numbers as floats: 12 is not '12.0'.
        whole = to_declared(expression, given, "BIGINT")
        return f"coalesce(cast({whole} as VARCHAR), cast({expression} as VARCHAR))"
    if declared == "VARCHAR":
        return f"cast({expression} as VARCHAR)"
    if declared == "TIMESTAMP" and (given in _INSTANTS or given == "VARCHAR"):
        instant = f"(try_cast({expression} as TIMESTAMPTZ) at time zone 'UTC')"
        if given != "VARCHAR":
            return instant
        # The usual spellings have no offset to lose. As instants they would take four times as
        # long, because DuckDB's time zones go through a calendar.
        return f"coalesce(try_strptime({expression}, {_USUAL_TIMESTAMPS}), {instant})"
    cast = f"try_cast({expression} as {declared})"
    if declared in _INTEGERS and given not in _INTEGERS:
        if given == "VARCHAR":
            # Hexadecimal and underscored spellings are numbers to DuckDB, not to a delivery.
            return (
                f"case when try_cast({expression} as DOUBLE) = {cast} "
                f"and not contains({expression}, '_') then {cast} end"
            )
        return f"case when try_cast({expression} as DOUBLE) = {cast} then {cast} end"
    return cast


def select_typed(
    table: TableSpec,
    given: Mapping[str, str],
    source: str,
    unexpected: str,
    row_problems: Mapping[str, str] = MappingProxyType({}),
    keys: Collection[str] = (),
    undeclared: Mapping[str, str] = MappingProxyType({}),
    otherwise_empty: str = "true",
) -> str:
    """The statement that delivers staged rows.

    Args:
        table: The declared table.
        given: Per declared column the type in which `source` delivers it as `c<i>`.
        source: SQL that delivers `c<i>`, `_file` and whatever `unexpected` needs.
        unexpected: Expression of the JSON of undeclared columns.
        row_problems: Kind of problem -> condition under which a row as a whole is unusable.
        keys: Columns that must be filled.
        undeclared: Further columns of `source` in which a row may have its only value -> type.
        otherwise_empty: Condition that a row has no value outside of columns.

    Returns:
        SQL delivering `v<i>`, `_unexpected`, `_problems` (null when there are none), `_file`. The
        only problem of a row without any value is `NO_VALUE`.
    """
    values, problems = [], []
    for index, (name, declared) in enumerate(table.column_types.items()):
        cast = to_declared(f"c{index}", given[name], declared, table.formats[name])
        values.append(f"{cast} as v{index}")
        if given[name] != declared and declared != "VARCHAR":
            # An empty text is no value of another type, as in a CSV file.
            absent = is_blank(f"c{index}") if given[name] == "VARCHAR" else f"c{index} is null"
            condition = f"(v{index} is null and not ({absent}))"
            problems.append((condition, _problem(name, "type", f"c{index}")))
        if name in keys:
            absent = is_blank(f"c{index}") if given[name] == "VARCHAR" else f"c{index} is null"
            problems.append((absent, _problem(name, "null", "null")))
    names = ", ".join(f"v{index}" for index in range(len(values)))
    columns = {f"c{index}": given[name] for index, name in enumerate(table.columns)}
    empty = no_value(columns | dict(undeclared))
    whole = {**row_problems, NO_VALUE: f"{empty} and {otherwise_empty}"}
    cases = " ".join(
        f"when {condition} then {_listed([('true', _problem(None, kind, 'null'))])}"
        for kind, condition in whole.items()
    )
    return (
        f"select {names}, {unexpected} as _unexpected, "
        f"case {cases} else {_listed(problems)} end as _problems, _file "
        f"from (select *, {', '.join(values)} from ({source}))"
    )


def _problem(column: str | None, kind: str, value: str) -> str:
    named = "null" if column is None else literal(column)
    quoted = f"left(cast({value} as VARCHAR), {_QUOTED_CHARACTERS})"
    return f"""{{'column': {named}, 'kind': '{kind}', 'value': {quoted}}}"""


def _listed(problems: Sequence[tuple[str, str]]) -> str:
    if not problems:
        return f"cast(null as {PROBLEMS_TYPE})"
    any_problem = " or ".join(f"({condition})" for condition, _ in problems)
    each = ", ".join(f"case when {condition} then {problem} end" for condition, problem in problems)
    return f"case when {any_problem} then cast([{each}] as {PROBLEMS_TYPE}) end"
