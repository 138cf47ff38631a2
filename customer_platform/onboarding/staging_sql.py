"""The staging view of a proposed table: customer records, or its own columns renamed."""

from collections.abc import Callable, Mapping

import duckdb

from customer_platform.onboarding.names import unique_names
from customer_platform.onboarding.proposal import Column, Proposal

# What DuckDB allows as a name and Spark or BigQuery do not.
_ALSO_RESERVED = {"rows", "groups", "hash", "range", "set", "date", "timestamp", "interval", "user"}

# The order of the columns of a customer record.
RECORD_ATTRIBUTES = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "birth_date",
    "street",
    "postcode",
    "city",
    "country",
    "loyalty_card",
    "email_consent",
)

# What a column may be said to be.
KNOWN_ATTRIBUTES = (*RECORD_ATTRIBUTES, "full_name", "house_number", "created_at", "updated_at")


def reserved_words() -> frozenset[str]:
    """Words that are no names in SQL."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select keyword_name from duckdb_keywords() "
            "where keyword_category in ('reserved', 'type_function')"
        ).fetchall()
    return frozenset(word for (word,) in rows) | _ALSO_RESERVED


class Naming:
    """How the columns of a table are written in SQL."""

    def __init__(self, proposal: Proposal) -> None:
        self._reserved = reserved_words()
        self._staged = unique_names([column.name for column in proposal.columns])
        self.cte = self._free(proposal.table, "_rows")

    def _free(self, name: str, behind: str) -> str:
        return f"{name}{behind}" if name in self._reserved else name

    def staged(self, column: str) -> str:
        """The name of a column in the staging view."""
        return self._free(self._staged[column], "_value")

    def is_plain(self, column: str) -> bool:
        """Whether a column's own name is written as it is."""
        return column == self._staged[column] and column not in self._reserved

    def reference(self, column: str) -> str:
        """A column in SQL."""
        return column if self.is_plain(column) else f"{{{{ {self.argument(column)} }}}}"

    def argument(self, column: str) -> str:
        """A column as the argument of a macro."""
        return _jinja(column) if self.is_plain(column) else f"adapter.quote({_jinja(column)})"


def staging_sql(source: str, proposal: Proposal) -> str:
    """The staging view."""
    naming = Naming(proposal)
    lines = ["with", "", f"{naming.cte} as (", *_rows(source, proposal, naming), "),", ""]
    if proposal.kind == "customers":
        lines += _records(source, proposal, naming)
    else:
        lines += _plain(proposal, naming)
    return "\n".join([*lines, "", "select * from final", ""])


def _rows(source: str, proposal: Proposal, naming: Naming) -> list[str]:
    relation = f"source({_jinja(source)}, {_jinja(proposal.table)})"
    if proposal.load_mode.load_mode == "snapshot":
        return [f"    {{{{ latest_snapshot({relation}) }}}}"]
    # Customers may be delivered again; lines of an append never are.
    newest = proposal.load_mode.load_mode == "delta" or proposal.kind == "customers"
    if newest and proposal.primary_key.columns:
        keys = ", ".join(map(naming.argument, proposal.primary_key.columns))
        return [f"    {{{{ latest_per_key({relation}, [{keys}]) }}}}"]
    return [f"    select * from {{{{ {relation} }}}}"]


def _plain(proposal: Proposal, naming: Naming) -> list[str]:
    columns = [_renamed(naming, column) for column in proposal.columns]
    return _final([*columns, "_partition as partition_date"], naming.cte)


def _renamed(naming: Naming, column: Column) -> str:
    reference, staged = naming.reference(column.name), naming.staged(column.name)
    portable = data_type(column.type.type)
    if portable != column.type.type and column.type.type != "varchar":
        reference = f"cast({reference} as {portable})"
    return reference if reference == staged else f"{reference} as {staged}"


def _final(columns: list[str], relation: str) -> list[str]:
    selected = [f"        {column}," for column in columns[:-1]] + [f"        {columns[-1]}"]
    return ["final as (", "    select", *selected, f"    from {relation}", ")"]


def _records(source: str, proposal: Proposal, naming: Naming) -> list[str]:
    column = {name: proposal.column_of(name) for name in (*RECORD_ATTRIBUTES, "full_name")}
    lines, relation, country = [], naming.cte, None
    if column["phone"] is not None and column["country"] is not None:
        code = f"{{{{ normalise_country({naming.argument(column['country'].name)}) }}}}"
        lines = [
            "-- A phone number without a country code is one of the country of the address.",
            "located as (", "    select", "        *,", f"        {code} as country_code",
            f"    from {naming.cte}", "),", "",
        ]  # fmt: skip
        relation, country = "located", "country_code"
    return [*lines, *_final(record_columns(source, proposal, naming, country), relation)]


def record_columns(
    source: str, proposal: Proposal, naming: Naming, country: str | None
) -> list[str]:
    """The columns of a customer record as SQL, those that the table knows.

    Args:
        source: Name of the source.
        proposal: The table.
        naming: How its columns are written.
        country: The column that holds the country's code, where there is one already.
    """
    created, updated = proposal.column_of("created_at"), proposal.column_of("updated_at")
    since = _timestamp(naming, created) if created else None
    changed = _timestamp(naming, updated) if updated else since
    columns = [
        f"'{source}' as source",
        _aliased(_record_id(proposal, naming), "source_record_id"),
        _aliased(since or changed or "cast(null as timestamp)", "created_at"),
        _aliased(changed or "cast(_partition as timestamp)", "updated_at"),
    ]
    full_name = proposal.column_of("full_name")
    for name in RECORD_ATTRIBUTES:
        column = proposal.column_of(name)
        if column is not None:
            columns.append(_aliased(_attribute(name, column, proposal, naming, country), name))
        elif full_name is not None and name in _PARTS_OF_NAME:
            trimmed = f"'trim(' ~ {naming.argument(full_name.name)} ~ ')'"
            part = f"replace_regex({trimmed}, {_PARTS_OF_NAME[name]}, \"''\")"
            columns.append(f"{{{{ normalise_name({part}) }}}} as {name}")
    return columns


# What is taken out of a full name so that its first word is left, or the others.
_PARTS_OF_NAME = {"first_name": r"'\\s.*$'", "last_name": r"'^\\S+'"}


def _aliased(expression: str, name: str) -> str:
    return expression if expression == name else f"{expression} as {name}"


def _record_id(proposal: Proposal, naming: Naming) -> str:
    types = {column.name: column.type.type for column in proposal.columns}
    parts = [
        naming.reference(name)
        if types[name] == "varchar"
        else f"cast({naming.reference(name)} as string)"
        for name in proposal.primary_key.columns
    ]
    return " || ':' || ".join(parts)


def _timestamp(naming: Naming, column: Column) -> str:
    reference = naming.reference(column.name)
    return reference if column.type.type == "timestamp" else f"cast({reference} as timestamp)"


def _attribute(
    name: str, column: Column, proposal: Proposal, naming: Naming, country: str | None
) -> str:
    reference, argument = naming.reference(column.name), naming.argument(column.name)
    if column.type.type == "bigint" and name in ("phone", "postcode", "loyalty_card"):
        inner = f"'cast(' ~ {argument} ~ ' as string)'"
        reference, argument = f"cast({reference} as string)", inner
    if name == "street":
        return _street(reference, argument, proposal.column_of("house_number"), naming)
    if name == "country" and country is not None:
        return country
    if name == "phone" and country is not None:
        return f"{{{{ normalise_phone({argument}, '{country}') }}}}"
    expressions: Mapping[str, Callable[[], str]] = {
        "birth_date": lambda: _birth_date(reference, column),
        "loyalty_card": lambda: f"nullif(trim({reference}), '')",
        "email_consent": lambda: _consent(reference, column),
    }
    if name in expressions:
        return expressions[name]()
    macros = {"email": "email", "phone": "phone", "postcode": "postcode", "country": "country"}
    return f"{{{{ normalise_{macros.get(name, 'name')}({argument}) }}}}"


def _street(reference: str, argument: str, number: Column | None, naming: Naming) -> str:
    if number is None:
        return f"{{{{ normalise_name({argument}) }}}}"
    behind = naming.reference(number.name)
    if number.type.type != "varchar":
        behind = f"cast({behind} as string)"
    # Without its street a number says nothing; a street without a number does.
    return f"nullif(trim({reference}), '') || coalesce(' ' || nullif(trim({behind}), ''), '')"


def _birth_date(reference: str, column: Column) -> str:
    if column.type.type == "date":
        return reference
    if column.type.type == "varchar" and column.type.note:
        day = f"trim({reference})"
        parts = f"substr({day}, 1, 4) || '-' || substr({day}, 5, 2) || '-' || substr({day}, 7, 2)"
        return f"try_cast({parts} as date)"
    return (
        f"try_cast({reference} as date)"
        if column.type.type == "varchar"
        else (f"cast({reference} as date)")
    )


def _consent(reference: str, column: Column) -> str:
    if column.type.type == "boolean":
        return reference
    if column.type.type == "bigint":
        return f"{reference} = 1"
    agreed = "'true', 'yes', 'y', '1', 'ja', 'j', 'oui', 'si', 'sim'"
    return f"lower(trim({reference})) in ({agreed})"


def data_type(declared: str) -> str:
    """The portable name of a type in a contract; what has parts is JSON text there."""
    if declared in _PORTABLE or declared.startswith("decimal"):
        return declared
    return _WIDER.get(declared, "string")


_PORTABLE = {
    "bigint", "integer", "smallint", "tinyint", "date", "timestamp", "boolean", "double",
}  # fmt: skip
_WIDER = {"float": "double", "utinyint": "bigint", "usmallint": "bigint", "uinteger": "bigint"}


def _jinja(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
