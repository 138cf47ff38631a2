"""The values and hashes of match keys, in SQL."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from customer_platform.identity import normalisers
from customer_platform.identity.rules import MatchRule, ResolutionRules
from customer_platform.warehouse.functions import create_temporary_functions
from customer_platform.warehouse.sql import identifier, relation

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def key_column(key: str) -> str:
    """Name of the column that holds a match key's value in `keyed_records`."""
    return identifier(f"key {key}")


def source_value(rules: ResolutionRules) -> str:
    """The record's source as text; the empty string when the rules name no source column."""
    return f"cast({identifier(rules.source)} as varchar)" if rules.source else "''"


def source_text(column: str) -> str:
    """A column of sources as `RecordName` has them: text, empty where there is none."""
    return f"coalesce(cast({column} as varchar), '')"


def key_value(rules: ResolutionRules, key: str) -> str:
    """The comparable value of a match key as text, also where it is ignored; null when it has none.

    `keyed_records` leaves the ignored values out.
    """
    match_key = rules.match_keys[key]
    return normalisers.normalised(
        match_key.normalise, identifier(match_key.column), match_key.country
    )


def create_functions(connection: "DuckDBPyConnection", rules: ResolutionRules) -> None:
    """Creates on a connection the functions that `keyed_records` calls.

    Args:
        connection: A connection; its database needn't be writable.
        rules: The rules.
    """
    create_temporary_functions(
        connection,
        {
            function
            for key in rules.match_keys.values()
            for function in normalisers.functions_of(key.normalise)
        },
    )


def keyed_records(
    records: str,
    rules: ResolutionRules,
    keys: Collection[str] | None = None,
    also: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """A query over the records: source, record_id, and the values of match keys.

    Args:
        records: A table name or a query.
        rules: The rules.
        keys: The match keys; by default all that are used.
        also: By name, the SQL of further columns.
    """
    names = sorted(used_keys(rules) if keys is None else keys)
    further = "".join(f", {value} as {identifier(name)}" for name, value in also.items())
    named = "".join(f", {identifier(name)}" for name in also)
    values = "".join(f", {key_value(rules, key)} as {key_column(key)}" for key in names)
    # In a query of their own, so that a value is made comparable once and not again per condition.
    kept = "".join(f", {_unless_ignored(rules, key)} as {key_column(key)}" for key in names)
    return (
        f"select source, record_id{kept}{named} from (select {source_value(rules)} as source, "
        f"cast({identifier(rules.record_id)} as varchar) as record_id{values}{further} "
        f"from {relation(records)})"
    )


def used_keys(rules: ResolutionRules) -> set[str]:
    """The match keys that at least one rule or limit uses, and those that name a person."""
    matched = {key for rule in rules.match_rules for key in rule.keys}
    return matched | set(rules.limits) | set(rules.people)


def compared_hash(rule: MatchRule) -> str:
    """The 64-bit hash of all values that a similar rule compares, over `keyed_records`.

    It tells whether a record has to be compared again, and links nothing: it is the same for
    records that have no value at all.
    """
    return f"hash({', '.join(key_column(key) for key in rule.keys)})"


def rule_hash(rule: MatchRule) -> str:
    """The 64-bit hash of an exact rule's values over `keyed_records`; null when one is missing.

    hash(null) is a number in DuckDB: without the condition all missing values would be equal.
    Two different values share a hash with a probability of 2^-64: 3 in a million for any two of
    10 million values.
    """
    columns = [key_column(key) for key in rule.match]
    present = " and ".join(f"{column} is not null" for column in columns)
    return f"case when {present} then hash({', '.join(columns)}) end"


def limit_hash(key: str) -> str:
    """The 64-bit hash of one key's value over `keyed_records`; null when there is none."""
    column = key_column(key)
    return f"case when {column} is not null then hash({column}) end"


def _unless_ignored(rules: ResolutionRules, key: str) -> str:
    column = key_column(key)
    match_key = rules.match_keys[key]
    conditions = [
        normalisers.ignored(match_key.normalise, entry, column, match_key.country)
        for entry in rules.ignored_values.get(key, ())
    ]
    return (
        f"case when {' or '.join(conditions)} then null else {column} end" if conditions else column
    )
