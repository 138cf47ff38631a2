"""Makes the match keys of a record as a lookup makes them, and their hashes as the engine does."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from customer_platform.declarations import Entity, KeySource
from customer_platform.identity.key_sql import key_column, keyed_records, limit_hash, rule_hash
from customer_platform.warehouse.duckdb import table_kind
from customer_platform.warehouse.sql import identifier, literal, statement
from customer_platform.workbench.normalising import EndlessQuery
from customer_platform.workbench.reading import Published

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Seeds that a lookup reads: match key and value with wildcards, and domains that are nobody's.
_IGNORED, _FREE_MAIL = "ignored_values", "free_mail_domains"


def keying_of(published: Published, entity: Entity) -> EndlessQuery:
    """What makes the match keys of an entity's records, by what was in force at a publication.

    Args:
        published: The publication.
        entity: The entity.

    Returns:
        By attributes and source, what gives `made_keys` by name, and in the order of rules, limits
        and people's names `digests`, `limits` and `people`.

    Raises:
        NoEvidenceError: The publication has no evidence.
    """
    known = published.keying.get(entity.entity)
    if known is None:
        with published.evidence() as connection:
            query = _query(connection, published, entity)
        known = published.queries.of(entity.entity, columns_of_record(entity), query)
        published.keying[entity.entity] = known
    return known


def columns_of_record(entity: Entity) -> tuple[str, ...]:
    """What a record may have: its attributes, and its source, as a key may be a number of one."""
    source = entity.rules.source
    return (*entity.attributes, *([source] if source else []))


def _query(connection: "DuckDBPyConnection", published: Published, entity: Entity) -> str:
    rules = entity.rules
    ignored = _ignored(connection)
    keys = []
    for name, source in entity.match_keys.items():
        value = _expression(published, entity, name, source)
        column = rules.match_keys[name].column
        conditions = [each.replace("{value}", f"({value})") for each in ignored.get(name, ())]
        kept = (
            f"case when not ({' or '.join(conditions)}) then {value} end" if conditions else value
        )
        keys.append(f"{kept} as {identifier(column)}")
    attributes = ", ".join(
        f"try_cast({_cleaned(published, entity, name)} as {each.type}) as {identifier(name)}"
        for name, each in entity.attributes.items()
    )
    of_source, given = "", ""
    if rules.source:
        column = identifier(rules.source)
        of_source, given = f", {column}", f", coalesce({column}, '') as {column}"
    records = (
        f"select number, number as {identifier(rules.record_id)}{of_source}, "
        f"{', '.join(keys)} from (select number, {attributes}{given} from {{rows}})"
    )
    return statement(
        "workbench/keyed",
        key_values=", ".join(f"{identifier(key)} := {key_column(key)}" for key in _used(entity)),
        rule_hashes=", ".join(
            "null" if rule.similar else rule_hash(rule) for rule in rules.match_rules
        ),
        limit_hashes=", ".join(limit_hash(key) for key in rules.limits),
        all_names=", ".join(key_column(key) for key in rules.people),
        keyed=keyed_records(records, rules, _used(entity), {"number": "number"}),
    )


def _cleaned(published: Published, entity: Entity, name: str) -> str:
    """SQL of an attribute as staging views clean it, which a value that is clean already stays."""
    value, kind = identifier(name), entity.attributes[name].personal
    if kind == "email":
        return f"normalise_email({value})"
    if kind == "phone":
        country = "country, " if "country" in entity.attributes else ""
        return f"normalise_phone({value}, coalesce({country}{literal(published.country)}))"
    if kind == "address" and name.endswith("postcode"):
        return f"normalise_postcode({value})"
    return f"nullif(trim({value}), '')"


def _used(entity: Entity) -> list[str]:
    rules = entity.rules
    exact = {key for rule in rules.match_rules for key in rule.match if not rule.similar}
    used = exact | set(rules.limits) | set(rules.people)
    return [key for key in rules.match_keys if key in used]


def _expression(published: Published, entity: Entity, name: str, source: KeySource) -> str:
    """SQL of a key over a record's attributes.

    A lookup over other lookups takes their keys: those are made as the others make them. What no
    attribute has, such as another entity's ID, is null.
    """
    if source.column is None and source.normalise is not None:
        return source.sql_over_record(name, published.country)
    column = source.column or str(source.sql)
    for other in published.entities.values():
        theirs = other.match_keys.get(name)
        if theirs and column == f"{name}_key" and _has(entity, theirs, name):
            return theirs.sql_over_record(name, published.country)
    if column.isidentifier() and column not in entity.attributes:
        return "null::varchar"
    return source.sql_over_record(name, published.country)


def _has(entity: Entity, source: KeySource, name: str) -> bool:
    """Whether an entity has all that another one's key is made of."""
    needed = source.attributes(name) or [str(source.sql)]
    return set(needed) <= set(entity.attributes)


def _ignored(connection: "DuckDBPyConnection") -> Mapping[str, list[str]]:
    """By match key, conditions of the values that link nobody."""
    found: dict[str, list[str]] = {}
    if table_kind(connection, "identity", _IGNORED):
        for key, value in connection.execute(
            f"select match_key, value from identity.{_IGNORED} order by all"
        ).fetchall():
            pattern = value.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
            like = literal(pattern.replace("*", "%"))
            found.setdefault(key, []).append(f"{{value}} like {like} escape '\\'")
    if table_kind(connection, "identity", _FREE_MAIL):
        domains = connection.execute(f"select domain from identity.{_FREE_MAIL}").fetchall()
        if domains:
            # As a pattern: DuckDB makes a join of a list, and a join waits for the last row.
            pattern = literal("|".join(re.escape(domain) for (domain,) in domains))
            found.setdefault("domain", []).append(f"regexp_full_match({{value}}, {pattern})")
    return found
