"""The index of the search: who is found by what is known of them, and by which match keys.

DuckDB skips what can't hold a value of a sorted column, so that a value is found among ten million
in a millisecond or two. On 1 million customers SQLite's full text search took longer to build for
the names alone than all of this does.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from customer_platform.identity.keeping.state import rules_fingerprint
from customer_platform.identity.rules import ResolutionRules
from customer_platform.personal_kinds import Personal
from customer_platform.publishing.golden import golden_relation, telling
from customer_platform.publishing.relations import PublishedRelation
from customer_platform.warehouse.duckdb import columns_of, table_kind
from customer_platform.warehouse.functions import create_temporary_functions
from customer_platform.warehouse.sql import identifier, literal, statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from customer_platform.publishing.evidence import Resolved

SEARCH = "search"

# How the terms of an attribute come about, by its kind: SQL over its value, `{value}`.
_BY_KIND = {
    "email": "normalise_email({value})",
    "date": "cast({value} as varchar)",
    "identifier": "code_key(cast({value} as varchar))",
}
# The words of a name, without accents.
WORDS = "regexp_split_to_array(fold_text({value}), '[^\\p{{L}}\\p{{M}}0-9]+')"
_VALUE = "found.found_value"
# What terms that aren't values of an attribute are of.
RECORD, ORDER = "record", "order"
FUNCTIONS = ("fold_text", "normalise_email", "normalise_postcode", "code_key")


def write_search_index(
    connection: "DuckDBPyConnection",
    database: str,
    resolved: Sequence["Resolved"],
    relations: Sequence[PublishedRelation],
) -> None:
    """Writes the schema `search` into a database.

    - `owners`, one row per customer, buyer, ... in use: number, its ID, how many records it has,
      and as JSON what of its golden record tells it apart
    - `terms`, one row per owner and what it is found by: the words of names, normalised values,
      numbers of records and of orders, in lower case
    - `words`, one row per entity and word of a name: how many owners have it
    - `keys`, one row per owner and value of an exact rule: the value's hash, how many records
      have it
    - `rules`, one row per entity: the fingerprint of the rules that its keys are of

    Args:
        connection: The warehouse.
        database: Where it is attached for writing.
        resolved: What is resolved, with maps.
        relations: What is published, golden records among it.
    """
    create_temporary_functions(connection, FUNCTIONS)
    schema = f"{identifier(database)}.{SEARCH}"
    connection.execute(statement("publishing/create_search", schema=schema))
    terms = []
    for each in resolved:
        _write_owners(connection, schema, each, relations)
        connection.execute(
            f"insert into {schema}.rules values (?, ?)",
            [each.tables.entity, rules_fingerprint(each.rules)],
        )
        terms += list(_terms(connection, schema, each))
    keys = [key for each in resolved for key in _keys(schema, each)]
    for name, queries in (("terms", terms), ("keys", keys)):
        if queries:
            rows = " union all ".join(queries)
            connection.execute(statement(f"publishing/write_{name}", schema=schema, **{name: rows}))
    connection.execute(statement("publishing/write_words", schema=schema))


def has_keys(connection: "DuckDBPyConnection", entity: str, rules: ResolutionRules) -> bool:
    """Whether a connection is to evidence whose keys are of these rules.

    Args:
        connection: To a warehouse, or to evidence.
        entity: The entity.
        rules: The rules.
    """
    if table_kind(connection, SEARCH, "rules") is None:
        return False
    rows = connection.execute(
        f"select fingerprint from {SEARCH}.rules where entity = ?", [entity]
    ).fetchall()
    return rows == [(rules_fingerprint(rules),)]


def _write_owners(
    connection: "DuckDBPyConnection",
    schema: str,
    resolved: "Resolved",
    relations: Sequence[PublishedRelation],
) -> None:
    connection.execute(
        statement(
            "publishing/write_owners",
            schema=schema,
            state=_state(resolved),
            golden=_golden(connection, resolved, relations),
        ),
        {"entity": resolved.tables.entity},
    )


def _golden(
    connection: "DuckDBPyConnection",
    resolved: "Resolved",
    relations: Sequence[PublishedRelation],
) -> str:
    """The query of what tells owners apart: owner_id, shown; empty without golden records."""
    entity = resolved.tables.entity
    columns = {
        relation.name: columns_of(connection, relation.table)
        for relation in relations
        if not relation.as_view
    }
    relation = golden_relation(entity, resolved.attributes, relations, columns)
    if relation is None:
        return "select null::varchar as owner_id, null::varchar as shown where false"
    shown = [each for each in telling(resolved.attributes) if each in columns[relation.name]]
    return statement(
        "publishing/golden_shown",
        owner=identifier(f"{entity}_id"),
        telling=", ".join(f"{identifier(each)} := {identifier(each)}" for each in shown),
        table=relation.table,
    )


def _terms(connection: "DuckDBPyConnection", schema: str, resolved: "Resolved") -> Iterator[str]:
    """Queries of terms: term, entity, attribute, is_word, number."""
    source = f"records.{identifier(resolved.rules.source)}" if resolved.rules.source else "''"
    there = {column.lower() for column in columns_of(connection, resolved.records)}
    parts = {
        "schema": schema,
        "records": resolved.records,
        "state": _state(resolved),
        "the_entity": literal(resolved.tables.entity),
        "a_source": source,
        "record_id": identifier(resolved.rules.record_id),
    }
    for attribute, kind in resolved.attributes.items():
        if attribute not in there:
            continue
        term = _term(resolved, attribute, kind)
        if term is None:
            continue
        is_word = kind == "name"
        yield statement(
            "publishing/terms_of_attribute",
            **parts,
            the_attribute=literal(attribute),
            a_value=term,
            a_term=f"unnest({WORDS.format(value=_VALUE)})" if is_word else _VALUE,
            are_words=str(is_word).lower(),
        )
    yield statement("publishing/terms_of_records", **parts, the_attribute=literal(RECORD))
    for table in _tables_of_orders(connection, resolved.tables.entity):
        yield statement(
            "publishing/terms_of_orders",
            **parts,
            the_attribute=literal(ORDER),
            table=f"master.{identifier(table)}",
            owner=identifier(f"{resolved.tables.entity}_id"),
        )


def _term(resolved: "Resolved", attribute: str, kind: Personal) -> str | None:
    """SQL of the value that is found; None of what nobody is looked for by."""
    if kind == "name":
        return identifier(attribute)
    if kind == "address" and not attribute.endswith("postcode"):
        # A street or a city leads to everyone who lives there.
        return None
    key = resolved.rules.match_keys.get(attribute)
    if key is not None and kind in ("email", "phone", "address", "identifier"):
        return identifier(key.column)
    if kind == "address":
        return f"normalise_postcode({identifier(attribute)})"
    by_kind = _BY_KIND.get(str(kind))
    return by_kind.format(value=identifier(attribute)) if by_kind else None


def _tables_of_orders(connection: "DuckDBPyConnection", entity: str) -> list[str]:
    rows = connection.execute(
        statement("publishing/tables_of_orders"), {"owner": f"{entity}_id"}
    ).fetchall()
    return [table for (table,) in rows]


def _keys(schema: str, resolved: "Resolved") -> Iterator[str]:
    """Queries of keys: value, entity, rule, number, records."""
    for position, rule in enumerate(resolved.rules.match_rules):
        if not rule.similar:
            yield statement(
                "publishing/keys_of_rule",
                schema=schema,
                state=_state(resolved),
                the_entity=literal(resolved.tables.entity),
                the_rule=literal(rule.name),
                hash=f"rule_{position}",
            )


def _state(resolved: "Resolved") -> str:
    return resolved.tables.qualified(resolved.tables.resolution_state)
