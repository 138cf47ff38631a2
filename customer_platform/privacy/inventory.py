"""What a deployment holds of a person, for somebody to look at before anything is done."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment
from customer_platform.errors import PrivacyError
from customer_platform.identity.entities import noun
from customer_platform.ingestion.tables import SCHEMA as RAW
from customer_platform.not_on_spark import refuse_on_spark
from customer_platform.privacy.declared import read_declared
from customer_platform.privacy.digests import (
    KEYS,
    LIMITS,
    RECORD,
    key_digests,
    limit_digests,
    record_digest,
)
from customer_platform.privacy.footprint import Footprint
from customer_platform.privacy.pages import render
from customer_platform.privacy.people import Person, Wanted, find_person, several_message
from customer_platform.privacy.requests import Kind, Request, record_request
from customer_platform.privacy.secret import read_secret, visitor_pseudonym
from customer_platform.warehouse.duckdb import opened
from customer_platform.warehouse.sql import identifier


@dataclass(frozen=True)
class Inventory:
    """What is known of a person.

    Attributes:
        person: The records, and the IDs that they have and had.
        rows: Table -> how many rows go, and how many stay without the person.
        files: Landed file -> how many rows of the person it holds.
        several: What to do where more than one person may be meant; None where it is clear.
    """

    person: Person
    rows: tuple[tuple[str, int, int], ...] = ()
    files: tuple[tuple[str, int], ...] = ()
    several: str | None = None

    def text(self) -> str:
        """The inventory to print."""
        lines = [f"Records ({len(self.person.records)}):"]
        lines += [f"  {record}  ({noun(record.entity)})" for record in self.person.records]
        for entity, ids in self.person.ids.items():
            lines.append(f"{noun(entity).capitalize()} ID: {', '.join(ids) or 'none'}")
        for entity, ids in self.person.former_ids.items():
            if ids:
                lines.append(f"{noun(entity).capitalize()} IDs before: {', '.join(ids)}")
        if self.rows:
            width = max(len(table) for table, _, _ in self.rows)
            lines.append(f"Rows ({sum(gone + stay for _, gone, stay in self.rows):,}):")
            lines += [
                f"  {table:<{width}}  {gone + stay:>7,}"
                + ("  stay without the person" if stay and not gone else "")
                for table, gone, stay in self.rows
            ]
        if self.files:
            lines.append(f"Landed files ({len(self.files):,}):")
            lines += [f"  {file}  {count:,}" for file, count in self.files]
        if self.person.near:
            lines.append(
                "Perhaps the person, too; somebody has to decide (customer-platform review):"
            )
            lines += [
                f"  {other}  similar to {one}, probability {probability:.2f}"
                for one, other, probability in self.person.near
            ]
        return "\n".join(lines)

    def page(self) -> str:
        """The same as an HTML page."""
        person = self.person
        return render(
            "inventory",
            title="What is held of a person",
            inventory=self,
            records=[[str(record), noun(record.entity)] for record in person.records],
            ids=[
                [noun(entity), ", ".join(ids), ", ".join(person.former_ids.get(entity, ()))]
                for entity, ids in person.ids.items()
            ],
            near=[[str(other), str(one), f"{share:.2f}"] for one, other, share in person.near],
        )


def take_inventory(environment: Environment, wanted: Wanted, *, rows: bool = True) -> Inventory:
    """Looks for all that a deployment holds of a person.

    Args:
        environment: The deployment.
        wanted: What the person is looked for by.
        rows: Whether rows and files are looked for, too, and not only records.

    Raises:
        PrivacyError: Nobody is found, or there is no warehouse, or a run holds it.
        NotOnEngineError: The tables are on Spark.
    """
    refuse_on_spark(environment, "requests")
    declarations = declarations_of(environment)
    with opened(environment.warehouse, PrivacyError) as connection:
        person = find_person(connection, declarations.entities, wanted)
        several = several_message(person)
        if not rows:
            return Inventory(person, several=several)
        footprint = Footprint(
            connection,
            declarations,
            read_declared(environment),
            person,
            lambda visitor: visitor_pseudonym(connection, read_secret(environment), visitor),
        )
        parts = footprint.parts()
        tables: dict[str, list[int]] = {}
        files: dict[str, int] = {}
        for part in parts:
            tables.setdefault(part.name, [0, 0])[bool(part.assigned)] += part.rows
            if part.schema == RAW:
                for file, count in connection.execute(
                    f"select _source_file, count(*) from {RAW}.{identifier(part.table)} "
                    f"where rowid in (select row_id from {part.marked}) group by _source_file"
                ).fetchall():
                    files[file] = files.get(file, 0) + count
    return Inventory(
        person,
        tuple((table, counts[0], counts[1]) for table, counts in sorted(tables.items())),
        tuple(sorted(files.items())),
        several,
    )


def record_person(
    environment: Environment,
    person: Person,
    *,
    kind: Kind,
    reason: str,
    requested_by: str,
    hold_until: date | None = None,
    hold_reason: str | None = None,
) -> Request:
    """Writes down a request, with keyed hashes in place of the person.

    Args:
        environment: The deployment.
        person: Who is meant.
        kind: `erase`, or `suppress` to keep out alone.
        reason: Why.
        requested_by: Who asks for it.
        hold_until: Day until which it waits, included.
        hold_reason: Why it waits.

    Raises:
        PrivacyError: The secret is missing, or another one; or a run holds the warehouse.
    """
    secret = read_secret(environment)
    entities = declarations_of(environment).entities
    with opened(environment.warehouse, PrivacyError) as connection:
        keys = key_digests(connection, secret, entities, person.records)
        limits = limit_digests(connection, secret, entities, person.records)
    records = tuple(sorted(record_digest(secret, record) for record in person.records))
    return record_request(
        environment,
        Request(
            number="",
            kind=kind,
            at=datetime.now(UTC).replace(tzinfo=None),
            reason=reason,
            requested_by=requested_by,
            digests={RECORD: records, KEYS: keys, LIMITS: limits},
            ids={
                **person.ids,
                **{f"{name}_before": each for name, each in person.former_ids.items() if each},
            },
            hold_until=hold_until,
            hold_reason=hold_reason,
        ),
    )
