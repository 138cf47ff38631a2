"""What a column holds, told from its values alone: emails, phones, postcodes, countries, names."""

from collections.abc import Mapping

import duckdb

from customer_platform.ingestion.casts import identifier
from customer_platform.onboarding.names import fold
from customer_platform.onboarding.vocabulary import COUNTRIES, FIRST_NAMES, LAST_NAMES

# The share of its values that must look like it.
_MOST = 0.8
# Names are of too many kinds for most of them to be in a list.
_SOME = 0.2
_SAMPLE = 10_000

_PATTERNS: Mapping[str, str] = {
    "email": r"\s*[^@\s]+@[^@\s]+\.[A-Za-z]{2,}\s*",
    # A plus, a leading zero or separators: a number without any could be any number.
    "phone": r"\s*((\+|00)[1-9][0-9 ()./-]{6,17}|\(?0[1-9][0-9]{0,3}\)?[ ./-]?[0-9][0-9 ./-]{4,11}"
    r"|\([2-9][0-9]{2}\) ?[0-9]{3}-[0-9]{4}|[2-9][0-9]{2}-[0-9]{3}-[0-9]{4})\s*",
    # Dutch and British; five digits could be any number.
    "postcode": r"\s*([1-9][0-9]{3} ?[A-Za-z]{2}"
    r"|[A-Za-z]{1,2}[0-9][A-Za-z0-9]? ?[0-9][A-Za-z]{2})\s*",
}


def attribute_by_content(
    connection: duckdb.DuckDBPyConnection, table: str, column: str
) -> str | None:
    """The attribute that the values of a text column show it to be, None when they show none.

    Args:
        connection: Where the table is.
        table: Its qualified name.
        column: Name of the column.
    """
    values = _sample(connection, table, column)
    if not values:
        return None
    for attribute, pattern in _PATTERNS.items():
        if _share_matching(connection, values, pattern) >= _MOST:
            return attribute
    folded = [fold(value).strip() for value in values]
    if _share(folded, COUNTRIES) >= _MOST:
        return "country"
    # The last word of 'Jan van Dijk' is of the family; several words are no name of one kind.
    single = [value for value in folded if value.replace("-", "").replace("'", "").isalpha()]
    if len(single) < _MOST * len(folded):
        return None
    first, last = _share(folded, FIRST_NAMES), _share(folded, LAST_NAMES)
    if max(first, last) < _SOME:
        return None
    return "first_name" if first > last else "last_name"


def is_full_name(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    """Whether most values of a column are several words, the first of them often a first name."""
    values = [fold(value).split() for value in _sample(connection, table, column)]
    several = [parts for parts in values if len(parts) > 1]
    if not several or len(several) < _MOST * len(values):
        return False
    return _share([parts[0] for parts in several], FIRST_NAMES) >= _SOME / 2


def _sample(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    name = identifier(column)
    rows = connection.execute(
        f"select distinct {name}::VARCHAR from {table} where trim({name}::VARCHAR) <> '' "
        f"order by hash({name}) limit {_SAMPLE}"
    ).fetchall()
    return [value for (value,) in rows]


def _share_matching(
    connection: duckdb.DuckDBPyConnection, values: list[str], pattern: str
) -> float:
    [(share,)] = connection.execute(
        "select avg(regexp_full_match(value, ?)::INTEGER) "
        "from (select unnest(?::VARCHAR[]) as value)",
        [pattern, values],
    ).fetchall()
    return float(share)


def _share(values: list[str], known: frozenset[str]) -> float:
    return sum(value in known for value in values) / len(values)
