"""Keyed hashes of a person: of the records, of what would link others to them, and of visitors."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from customer_platform.declarations import Entity
from customer_platform.privacy.people import PersonRecord, is_over_maps, records_of
from customer_platform.privacy.secret import Secret
from customer_platform.warehouse.duckdb import columns_of, table_kind
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RECORD = "record"
KEYS = "match_keys"
VISITOR = "visitor"

_SEPARATOR = "\x1f"
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
    for name, entity in entities.items():
        mine = records_of(entities, name, records)
        if not mine or is_over_maps(entities, name):
            continue
        is_mine = (
            "(source, source_record_id) in (select (unnest($sources::varchar[]), "
            "unnest($numbers::varchar[])))"
        )
        for keys, digest in _keyed(connection, secret, entity, entity.records):
            filled = " and ".join(f"{identifier(key)} is not null" for key in keys)
            rows = connection.execute(
                f"select digest from (select {digest} as digest, {is_mine} as is_mine "
                f"from {entity.records} where {filled}) group by digest having bool_and(is_mine)",
                {
                    "sources": [source for source, _ in mine],
                    "numbers": [number for _, number in mine],
                },
            ).fetchall()
            found |= {row[0] for row in rows}
    return tuple(sorted(found))


def live_records(
    connection: "DuckDBPyConnection", entity: Entity, default_country: str
) -> str | None:
    """SQL of an entity's records as the staging views deliver them now, with their match keys.

    The lookup has them only once it is built, which is after whom to keep out is known.

    Args:
        connection: The warehouse.
        entity: The entity.
        default_country: The country of phone numbers that name none.

    Returns:
        A query with the columns of the lookup that hashes are made of; None where there are no
        views.
    """
    selects = []
    for view in entity.sources:
        if table_kind(connection, "staging", view) is None:
            continue
        there = {column.lower() for column in columns_of(connection, f"staging.{view}")}
        attributes = ", ".join(
            identifier(name) if name.lower() in there else f"null as {identifier(name)}"
            for name in entity.attributes
        )
        selects.append(
            f"select source, source_record_id, {attributes} from staging.{identifier(view)}"
        )
    if not selects:
        return None
    keys = ", ".join(
        f"{key.sql_over_record(name, default_country)} as {identifier(f'{name}_key')}"
        for name, key in entity.match_keys.items()
        if key.column is None
    )
    records = " union all ".join(selects)
    return f"select *, {keys} from ({records})" if keys else records


def find_digested(
    connection: "DuckDBPyConnection",
    secret: Secret,
    entities: Mapping[str, Entity],
    digests: Mapping[str, Mapping[str, str]],
    default_country: str,
) -> dict[PersonRecord, str]:
    """The records that staging views deliver and hashes are of, with the request of each.

    Args:
        connection: The warehouse.
        secret: What the hashes were made with.
        entities: What the business model resolves.
        digests: By what they are of, the hashes and the request of each.
        default_country: The country of phone numbers that name none.
    """
    found: dict[PersonRecord, str] = {}
    for entity in entities.values():
        records = live_records(connection, entity, default_country)
        if records is not None:
            # Once, as what makes keys of values is long, and takes long to plan.
            connection.execute(f"create or replace temp table privacy_live as {records}")
            found |= _found(connection, secret, entity, "temp.privacy_live", digests)
    return found


def find_in_lookups(
    connection: "DuckDBPyConnection",
    secret: Secret,
    entities: Mapping[str, Entity],
    digests: Mapping[str, Mapping[str, str]],
) -> dict[PersonRecord, str]:
    """The records of the lookups that hashes are of, with the request of each."""
    found: dict[PersonRecord, str] = {}
    for name, entity in entities.items():
        known = table_kind(connection, *entity.records.split(".")) is not None
        if known and not is_over_maps(entities, name):
            found |= _found(connection, secret, entity, entity.records, digests)
    return found


def _found(
    connection: "DuckDBPyConnection",
    secret: Secret,
    entity: Entity,
    records: str,
    digests: Mapping[str, Mapping[str, str]],
) -> dict[PersonRecord, str]:
    found: dict[PersonRecord, str] = {}
    number = record_digest_sql(connection, secret, entity.entity, "source", "source_record_id")
    checks = [(number, digests.get(RECORD, {}))]
    for keys, digest in _keyed(connection, secret, entity, records):
        filled = " and ".join(f"{identifier(key)} is not null" for key in keys)
        checks.append((f"case when {filled} then {digest} end", digests.get(KEYS, {})))
    for digest, wanted in checks:
        if not wanted:
            continue
        rows = connection.execute(
            f"select source, source_record_id, digest from (select source, source_record_id, "
            f"{digest} as digest from {records}) "
            "where digest in (select unnest(?::varchar[]))",
            [list(wanted)],
        ).fetchall()
        for source, each, hashed in rows:
            found.setdefault(PersonRecord(entity.entity, source, each), wanted[hashed])
    return found


def _keyed(
    connection: "DuckDBPyConnection", secret: Secret, entity: Entity, records: str
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The columns of match keys that link together, and SQL of the hash of their values."""
    columns = {column.lower() for column in columns_of(connection, records)}
    keys = entity.rules.match_keys
    together = {tuple(rule.keys) for rule in entity.rules.match_rules if not rule.similar}
    telling = [name for name in keys if _is_telling(entity, name)]
    people = [name for name in entity.rules.people if name not in telling]
    # With the name, too: of those who share an email address each has one of their own.
    together |= {(name,) for name in telling} | {(name, *people) for name in telling}
    for names in sorted(together):
        named = tuple(keys[name].column for name in names)
        if not {column.lower() for column in named} <= columns:
            continue
        values = ", ".join(f"cast({identifier(column)} as varchar)" for column in named)
        said = f"{literal(entity.entity)}, {literal('+'.join(names))}"
        hashed = f"concat_ws(chr(31), {said}, {values})"
        yield named, secret.in_sql(connection, KEYS, hashed)


def _is_telling(entity: Entity, name: str) -> bool:
    """Whether the value of a match key alone tells who somebody is."""
    key = entity.match_keys[name]
    # A key that is SQL has most often the name of the attribute that it is made of.
    attributes = [entity.attributes.get(each) for each in (name, *key.attributes(name))]
    kinds = [key.personal, *(each.personal for each in attributes if each is not None)]
    return any(kind in _TELLING for kind in kinds)
