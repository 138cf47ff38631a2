"""Who is meant: the records of a person, found by a value, a record or an ID."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from customer_platform.declarations import Entity
from customer_platform.errors import PrivacyError
from customer_platform.identity.entities import noun
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.warehouse.duckdb import table_kind
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, order=True)
class PersonRecord:
    """A record of a person.

    Attributes:
        entity: What it is resolved to, as `customer`.
        source: Its source.
        record_id: Its number there.
    """

    entity: str
    source: str
    record_id: str

    def __str__(self) -> str:
        """The record as commands take it."""
        return f"{self.source}:{self.record_id}"


@dataclass(frozen=True)
class Wanted:
    """What a person is looked for by; of several things any is enough.

    Attributes:
        emails: Email addresses, as the person writes them.
        phones: Phone numbers, likewise.
        records: Records.
        customers: IDs of customers, buyers, accounts ..., also retired ones.
        entity: The only entity to look in; None for all.
        whole: Whether the other records of the customers that are found are the person's, too.
    """

    emails: Sequence[str] = ()
    phones: Sequence[str] = ()
    records: Sequence[RecordName] = ()
    customers: Sequence[str] = ()
    entity: str | None = None
    whole: bool = True


@dataclass(frozen=True)
class Person:
    """What is known of who somebody is.

    Attributes:
        records: The records.
        ids: By entity, the IDs that they have now.
        former_ids: By entity, those that they had before.
        near: Pairs of one of the records and one of somebody else, that a rule finds similar and
            does not link, with the probability that they are one.
    """

    records: tuple[PersonRecord, ...]
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    former_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    near: tuple[tuple[PersonRecord, PersonRecord, float], ...] = ()


def find_person(
    connection: "DuckDBPyConnection", entities: Mapping[str, Entity], wanted: Wanted
) -> Person:
    """Finds the records of a person.

    Args:
        connection: The warehouse.
        entities: What the business model resolves.
        wanted: What the person is looked for by.

    Raises:
        PrivacyError: Nobody is found; names what was looked for.
    """
    if wanted.entity is not None and wanted.entity not in entities:
        raise PrivacyError(
            f"nothing is resolved to {wanted.entity!r} here; there are {', '.join(entities)}"
        )
    looked_in = [
        entity for name, entity in entities.items() if wanted.entity in (None, name)
        and table_kind(connection, *entity.records.split(".")) is not None
    ]  # fmt: skip
    found: set[PersonRecord] = set()
    for entity in looked_in:
        found |= _matching(connection, entity, wanted)
    if wanted.whole:
        found = _with_others(connection, entities, looked_in, found)
    records = _underlying(entities, found)
    if not records:
        raise PrivacyError(
            "nobody is found: no record here has that email, phone, record number or ID. If a "
            "source still has it, look with the value that the source has"
        )
    return describe_person(connection, entities, records)


def describe_person(
    connection: "DuckDBPyConnection",
    entities: Mapping[str, Entity],
    records: Iterable[PersonRecord],
) -> Person:
    """What else is known of records: the IDs that they have and had, and who is similar."""
    kept = tuple(sorted(records))
    now: dict[str, tuple[str, ...]] = {}
    before: dict[str, tuple[str, ...]] = {}
    near: list[tuple[PersonRecord, PersonRecord, float]] = []
    for name, entity in entities.items():
        of_entity = records_of(entities, name, kept)
        if not of_entity or not _has(connection, entity, entity.tables.customer_id_map):
            continue
        current = _ids(connection, entity, of_entity, entity.tables.customer_id_map)
        ever = _ids(connection, entity, of_entity, entity.tables.customer_id_history)
        now[name] = tuple(sorted(current))
        before[name] = tuple(sorted(ever - current))
        near += _near(connection, entity, of_entity)
    return Person(kept, now, before, tuple(near))


def records_of(
    entities: Mapping[str, Entity], name: str, records: Iterable[PersonRecord]
) -> list[tuple[str, str]]:
    """Source and number of records, as the lookup of an entity has them.

    An entity over the maps of others has their records, with the entity before the source.
    """
    return [
        (record.source if record.entity == name else f"{record.entity}/{record.source}",
         record.record_id)
        for record in records
        if record.entity == name or is_over_maps(entities, name)
    ]  # fmt: skip


def is_over_maps(entities: Mapping[str, Entity], name: str) -> bool:
    """Whether an entity's records are those of other entities, as a party's are."""
    return not entities[name].sources and len(entities) > 1


def _underlying(
    entities: Mapping[str, Entity], records: Iterable[PersonRecord]
) -> set[PersonRecord]:
    """The records as the entities have them that sources deliver."""
    found = set()
    for record in records:
        role, slash, source = record.source.partition("/")
        if is_over_maps(entities, record.entity) and slash and role in entities:
            found.add(PersonRecord(role, source, record.record_id))
        else:
            found.add(record)
    return found


def _has(connection: "DuckDBPyConnection", entity: Entity, table: str) -> bool:
    return table_kind(connection, entity.tables.schema, table) is not None


def _matching(
    connection: "DuckDBPyConnection", entity: Entity, wanted: Wanted
) -> set[PersonRecord]:
    """The records of an entity that have what is looked for."""
    conditions, values = [], []
    for kind, given, normalised in (
        ("email", wanted.emails, "normalise_email({})"),
        ("phone", wanted.phones, "normalise_phone({}, {})"),
    ):
        for name, attribute in entity.attributes.items():
            if attribute.personal != kind:
                continue
            country = "country" if "country" in entity.attributes else "null"
            column = identifier(name)
            for value in given:
                conditions.append(
                    f"{normalised.format(column, country)} = {normalised.format('?', country)}"
                )
                values.append(value)
    for record in wanted.records:
        conditions.append("(lookup.source = ? and lookup.source_record_id = ?)")
        values += [record.source, record.record_id]
    if wanted.customers and _has(connection, entity, entity.tables.customer_id_map):
        ids = [each for customer in wanted.customers for each in (customer, customer)]
        listed = ", ".join("?" for _ in wanted.customers)
        conditions.append(
            f"(lookup.source, lookup.source_record_id) in (select (source, source_record_id) "
            f"from {entity.tables.qualified(entity.tables.customer_id_map)} where customer_id in "
            f"(select successor from {entity.tables.qualified(entity.tables.customer_id_redirects)}"
            f" where customer_id in ({listed})) or customer_id in ({listed}))"
        )
        values += [*ids[::2], *ids[::2]]
    if not conditions:
        return set()
    rows = connection.execute(
        f"select source, source_record_id from {entity.records} as lookup "
        f"where {' or '.join(conditions)}",
        values,
    ).fetchall()
    return {PersonRecord(entity.entity, *row) for row in rows}


def _with_others(
    connection: "DuckDBPyConnection",
    entities: Mapping[str, Entity],
    looked_in: Sequence[Entity],
    found: set[PersonRecord],
) -> set[PersonRecord]:
    """The records, with all others of their customers."""
    while True:
        more = set(found)
        for entity in looked_in:
            if not _has(connection, entity, entity.tables.customer_id_map):
                continue
            of_entity = records_of(entities, entity.entity, _underlying(entities, more))
            ids = _ids(connection, entity, of_entity, entity.tables.customer_id_map)
            rows = connection.execute(
                "select source, source_record_id from "
                f"{entity.tables.qualified(entity.tables.customer_id_map)} "
                "where customer_id in (select unnest(?::varchar[]))",
                [sorted(ids)],
            ).fetchall()
            more |= _underlying(entities, {PersonRecord(entity.entity, *row) for row in rows})
        more = _underlying(entities, more)
        if more == found:
            return found
        found = more


def _ids(
    connection: "DuckDBPyConnection", entity: Entity, records: Sequence[tuple[str, str]], table: str
) -> set[str]:
    """The customer IDs that a table has for records."""
    rows = connection.execute(
        f"select distinct customer_id from {entity.tables.qualified(table)} "
        "where (source, source_record_id) in "
        "(select (unnest(?::varchar[]), unnest(?::varchar[])))",
        [[source for source, _ in records], [number for _, number in records]],
    ).fetchall()
    return {row[0] for row in rows}


def _near(
    connection: "DuckDBPyConnection", entity: Entity, records: Sequence[tuple[str, str]]
) -> list[tuple[PersonRecord, PersonRecord, float]]:
    """The pairs of the review queue that have one side among the records, that side first."""
    queue = entity.tables.review_queue
    if not _has(connection, entity, queue):
        return []
    rows = connection.execute(
        "select source, source_record_id, other_source, other_record_id, probability "
        f"from {entity.tables.qualified(queue)}"
    ).fetchall()
    mine = set(records)
    near = []
    for source, number, other_source, other_number, probability in rows:
        sides = [(source, number), (other_source, other_number)]
        if (sides[0] in mine) == (sides[1] in mine):
            continue
        if sides[1] in mine:
            sides.reverse()
        one, other = (PersonRecord(entity.entity, *side) for side in sides)
        near.append((one, other, float(probability)))
    return near


def several_message(person: Person) -> str | None:
    """What to do where somebody is several customers; None where it is one of each entity."""
    several = [
        f"{len(ids)} {noun(entity)} IDs ({', '.join(ids)})"
        for entity, ids in person.ids.items()
        if len(ids) > 1
    ]
    if not several:
        return None
    return (
        f"that is {' and '.join(several)}: more than one person may have it. Choose with "
        "--customer ID, or say --all where all of them are the person"
    )
