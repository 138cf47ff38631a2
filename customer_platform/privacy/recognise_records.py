"""Recognises the records of those who have asked by keyed hashes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from customer_platform.declarations import Entity
from customer_platform.privacy.digests import (
    KEYS,
    LIMITS,
    RECORD,
    keyed,
    limited,
    record_digest_sql,
)
from customer_platform.privacy.people import PersonRecord, is_over_maps
from customer_platform.privacy.requests import Request, digests_of
from customer_platform.privacy.secret import Secret
from customer_platform.warehouse.duckdb import columns_of, table_kind
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


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
    requests: Sequence[Request],
    default_country: str,
) -> dict[PersonRecord, str]:
    """The records that staging views deliver and hashes are of, with the request of each.

    Args:
        connection: The warehouse.
        secret: What the hashes were made with.
        entities: What the business model resolves.
        requests: Those who have asked; of two that a record may be of, the first counts.
        default_country: The country of phone numbers that name none.
    """
    found: dict[PersonRecord, str] = {}
    for entity in entities.values():
        records = live_records(connection, entity, default_country)
        if records is not None:
            # Once, as what makes keys of values is long, and takes long to plan.
            connection.execute(f"create or replace temp table privacy_live as {records}")
            found |= _found(connection, secret, entity, "temp.privacy_live", requests)
    return found


def find_in_lookups(
    connection: "DuckDBPyConnection",
    secret: Secret,
    entities: Mapping[str, Entity],
    requests: Sequence[Request],
) -> dict[PersonRecord, str]:
    """The records of the lookups that hashes are of, with the request of each."""
    found: dict[PersonRecord, str] = {}
    for name, entity in entities.items():
        known = table_kind(connection, *entity.records.split(".")) is not None
        if known and not is_over_maps(entities, name):
            found |= _found(connection, secret, entity, entity.records, requests)
    return found


def _found(
    connection: "DuckDBPyConnection",
    secret: Secret,
    entity: Entity,
    records: str,
    requests: Sequence[Request],
) -> dict[PersonRecord, str]:
    found: dict[PersonRecord, str] = {}
    digests = digests_of(requests)
    number = record_digest_sql(connection, secret, entity.entity, "source", "source_record_id")
    for source, each, digest in _having(connection, records, number, digests.get(RECORD, {})):
        found.setdefault(PersonRecord(entity.entity, source, each), digests[RECORD][digest])
    by_key: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for request in requests:
        known = frozenset(request.digests.get(LIMITS, ()))
        for digest in request.digests.get(KEYS, ()):
            by_key.setdefault(digest, []).append((request.number, known))
    single = dict(limited(connection, secret, entity, records))
    for hashed, told in keyed(connection, secret, entity, records):
        linking = f"case when {told} then {hashed} end"
        for source, each, digest, *theirs in _having(
            connection, records, linking, by_key, single.values()
        ):
            for request_number, known in by_key[digest]:
                if not _is_another(known, single, theirs):
                    found.setdefault(PersonRecord(entity.entity, source, each), request_number)
    return found


def _having(
    connection: "DuckDBPyConnection",
    records: str,
    digest: str,
    wanted: Collection[str],
    more: Iterable[str] = (),
) -> list[tuple[str, ...]]:
    """Source, number and digest of the records whose digest is wanted, and more of these."""
    if not wanted:
        return []
    selected = ", ".join(["source", "source_record_id", "privacy_digest", *more])
    return connection.execute(
        f"select {selected} from (select *, {digest} as privacy_digest from {records}) "
        "where privacy_digest in (select unnest(?::varchar[]))",
        [list(wanted)],
    ).fetchall()


def _is_another(known: Collection[str], single: Iterable[str], theirs: Iterable[str]) -> bool:
    """Whether a record has another value where the person can have one alone."""
    return any(
        each is not None and has_any in known and each not in known
        for has_any, each in zip(single, theirs, strict=True)
    )
