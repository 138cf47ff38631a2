"""Keyed hashes of a person: of records, of what links others to them, of what tells them apart."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from customer_platform.declarations import Entity
from customer_platform.privacy.people import PersonRecord, is_over_maps, records_of
from customer_platform.privacy.secret import Secret
from customer_platform.warehouse.duckdb import columns_of
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RECORD = "record"
KEYS = "match_keys"
LIMITS = "limits"
VISITOR = "visitor"

_SEPARATOR = "\x1f"
_IS_MINE = (
    "(source, source_record_id) in (select (unnest($sources::varchar[]), "
    "unnest($numbers::varchar[])))"
)
# Kinds of which one value alone tells who somebody is.
_TELLING = ("email", "phone", "identifier")


def record_digest(secret: Secret, record: PersonRecord) -> str:
    """The keyed hash of a record."""
    return secret.digest(RECORD, _SEPARATOR.join([record.entity, record.source, record.record_id]))


def record_digest_sql(
    connection: "DuckDBPyConnection", secret: Secret, entity: str, source: str, number: str
) -> str:
    """SQL of the keyed hash of a record, given SQL of its source and number."""
    return secret.in_sql(
        connection, RECORD, f"concat_ws(chr(31), {literal(entity)}, {source}, {number})"
    )


def key_digests(
    connection: "DuckDBPyConnection",
    secret: Secret,
    entities: Mapping[str, Entity],
    records: Sequence[PersonRecord],
) -> tuple[str, ...]:
    """The keyed hashes of the match keys of records that would link others to them.

    What somebody else has, too, as a family's phone number, is not among them.
    """
    found: set[str] = set()
    for entity, mine in _of_entities(entities, records):
        for digest, _ in keyed(connection, secret, entity, entity.records):
            rows = connection.execute(
                f"select digest from (select {digest} as digest, {_IS_MINE} as is_mine "
                f"from {entity.records}) where digest is not null "
                "group by digest having bool_and(is_mine)",
                mine,
            ).fetchall()
            found |= {row[0] for row in rows}
    return tuple(sorted(found))


def limit_digests(
    connection: "DuckDBPyConnection",
    secret: Secret,
    entities: Mapping[str, Entity],
    records: Sequence[PersonRecord],
) -> tuple[str, ...]:
    """The keyed hashes of what a person can have only one of, as a date of birth.

    By them a relative with the same phone number is told from the person. Of names the first letter
    has to do: the same name is written in many ways.
    """
    found: set[str] = set()
    for entity, mine in _of_entities(entities, records):
        for has_any, digest in limited(connection, secret, entity, entity.records):
            rows = connection.execute(
                f"select distinct digest from (select {digest} as digest from {entity.records} "
                f"where {_IS_MINE}) where digest is not null",
                mine,
            ).fetchall()
            found |= {has_any, *(row[0] for row in rows)} if rows else set()
    return tuple(sorted(found))


def _of_entities(
    entities: Mapping[str, Entity], records: Sequence[PersonRecord]
) -> Iterator[tuple[Entity, dict[str, list[str]]]]:
    """Each entity with records among some, and these as parameters of `_IS_MINE`."""
    for name, entity in entities.items():
        mine = records_of(entities, name, records)
        if mine and not is_over_maps(entities, name):
            yield (
                entity,
                {
                    "sources": [source for source, _ in mine],
                    "numbers": [number for _, number in mine],
                },
            )


def limited(
    connection: "DuckDBPyConnection", secret: Secret, entity: Entity, records: str
) -> Iterator[tuple[str, str]]:
    """Of match keys of which a person has one value: a hash of the key, and SQL of the value's."""
    columns = {column.lower() for column in columns_of(connection, records)}
    for name, most in entity.rules.limits.items():
        column = entity.rules.match_keys[name].column
        if most > 1 or column.lower() not in columns:
            continue
        value = f"cast({identifier(column)} as varchar)"
        if name in entity.rules.people:
            value = f"left({value}, 1)"
        said = f"{literal(entity.entity)}, {literal(name)}, {value}"
        hashed = secret.in_sql(connection, LIMITS, f"concat_ws(chr(31), {said})")
        yield (
            secret.digest(LIMITS, _SEPARATOR.join([entity.entity, name])),
            f"case when {identifier(column)} is not null then {hashed} end",
        )


def keyed(
    connection: "DuckDBPyConnection", secret: Secret, entity: Entity, records: str
) -> Iterator[tuple[str, str]]:
    """Of match keys that link together, SQL of the hash of their values, and whose record it tells.

    Yields:
        SQL of the hash, null where a value is missing; and a condition on the records to recognise.
        What no rule links by alone, as a phone number, tells who somebody is where no name does.
    """
    columns = {column.lower() for column in columns_of(connection, records)}
    keys = entity.rules.match_keys
    linked = {tuple(rule.keys) for rule in entity.rules.match_rules if not rule.similar}
    telling = [name for name in keys if _is_telling(entity, name)]
    people = [name for name in entity.rules.people if name not in telling]
    # With the name, too: of those who share an email address each has one of their own.
    together = linked | {(name,) for name in telling} | {(name, *people) for name in telling}
    for names in sorted(together):
        named = [keys[name].column for name in names]
        if not {column.lower() for column in named} <= columns:
            continue
        values = ", ".join(f"cast({identifier(column)} as varchar)" for column in named)
        said = f"{literal(entity.entity)}, {literal('+'.join(names))}"
        hashed = secret.in_sql(connection, KEYS, f"concat_ws(chr(31), {said}, {values})")
        filled = " and ".join(f"{identifier(column)} is not null" for column in named)
        nameless = [
            f"{identifier(keys[name].column)} is null"
            for name in people
            if names not in linked and len(names) == 1 and keys[name].column.lower() in columns
        ]
        yield f"case when {filled} then {hashed} end", " or ".join(nameless) or "true"


def _is_telling(entity: Entity, name: str) -> bool:
    """Whether the value of a match key alone tells who somebody is."""
    key = entity.match_keys[name]
    # A key that is SQL has most often the name of the attribute that it is made of.
    attributes = [entity.attributes.get(each) for each in (name, *key.attributes(name))]
    kinds = [key.personal, *(each.personal for each in attributes if each is not None)]
    return any(kind in _TELLING for kind in kinds)
