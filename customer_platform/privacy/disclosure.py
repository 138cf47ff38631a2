"""All that is known of a person, for the person: a page to read, and JSON and CSV for machines."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment
from customer_platform.errors import ExplainError, PrivacyError
from customer_platform.identity.entities import noun
from customer_platform.identity.store import IdentityStore
from customer_platform.ingestion.tables import SCHEMA as RAW
from customer_platform.not_on_spark import refuse_on_spark
from customer_platform.privacy.declared import Declared, read_declared
from customer_platform.privacy.footprint import Footprint
from customer_platform.privacy.pages import render
from customer_platform.privacy.part import MASTER, Part
from customer_platform.privacy.people import (
    Person,
    Wanted,
    find_person,
    records_of,
    several_message,
)
from customer_platform.privacy.personal import HIDDEN, BySource, Kinds, mask_value
from customer_platform.privacy.secret import read_secret, visitor_pseudonym
from customer_platform.stewardship.explain import explain_customer, mask_names, mask_values, text
from customer_platform.warehouse.duckdb import opened

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What the engine keeps for itself: hashes and numbers of what the other tables have.
_INTERNAL = ("resolution_state", "compared_records", "customer_records", "restated_records")


@dataclass(frozen=True)
class Section:
    """Rows of one table.

    Attributes:
        table: Schema and name.
        description: What the table is.
        columns: Its columns.
        rows: The rows of the person, values of others masked.
        published: In which publications readers see the table.
    """

    table: str
    description: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    published: tuple[str, ...] = ()


@dataclass(frozen=True)
class Disclosure:
    """What is known of a person.

    Attributes:
        person: The records and IDs.
        links: By ID, why its records are one.
        sections: The rows, raw sources first.
    """

    person: Person
    links: Mapping[str, str]
    sections: tuple[Section, ...]

    def write(self, folder: Path) -> list[Path]:
        """Writes the page, the JSON and a CSV file per table.

        Args:
            folder: A folder that isn't there yet, or is empty.

        Raises:
            PrivacyError: The folder holds something.
        """
        if folder.exists() and any(folder.iterdir()):
            raise PrivacyError(f"{folder} isn't empty: choose another folder")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made_at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
        page, data = folder / "index.html", folder / "data.json"
        page.write_text(
            render(
                "disclosure",
                title="What is known of you",
                disclosure=self,
                records=[[r.source, r.record_id, noun(r.entity)] for r in self.person.records],
                made_at=made_at,
                noun=noun,
            ),
            encoding="utf-8",
        )
        stated = {
            "made_at": made_at,
            "records": [vars(record) for record in self.person.records],
            "ids": {name: list(ids) for name, ids in self.person.ids.items()},
            "ids_before": {name: list(ids) for name, ids in self.person.former_ids.items()},
            "links": dict(self.links),
            "tables": {
                section.table: {
                    "description": section.description,
                    "published": list(section.published),
                    "rows": [dict(zip(section.columns, row, strict=True)) for row in section.rows],
                }
                for section in self.sections
            },
        }
        data.write_text(
            json.dumps(stated, indent=2, ensure_ascii=False, default=str), encoding="utf-8"
        )
        written = [page, data]
        for section in self.sections:
            path = folder / f"{section.table}.csv"
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(section.columns)
                writer.writerows(section.rows)
            written.append(path)
        for path in written:
            path.chmod(0o600)
        return written


def disclose(environment: Environment, wanted: Wanted, *, several: bool = False) -> Disclosure:
    """Gathers what is known of a person.

    Args:
        environment: The deployment.
        wanted: What the person is looked for by.
        several: Whether all IDs that are found are the person.

    Raises:
        PrivacyError: Nobody is found, or more than one person may be meant.
        NotOnEngineError: The tables are on Spark.
    """
    refuse_on_spark(environment, "requests")
    declarations, declared = declarations_of(environment), read_declared(environment)
    with opened(environment.warehouse, PrivacyError) as connection:
        person = find_person(connection, declarations.entities, wanted)
        if not several and (message := several_message(person)):
            raise PrivacyError(message)
        footprint = Footprint(
            connection,
            declarations,
            declared,
            person,
            lambda visitor: visitor_pseudonym(connection, read_secret(environment), visitor),
        )
        sections: dict[str, Section] = {}
        published = {relation.table: relation.name for relation in declarations.published}
        for part in footprint.parts():
            if part.table in _INTERNAL:
                continue
            section = _section(connection, declared, part, published)
            before = sections.get(part.name)
            if before is not None:
                section = Section(
                    section.table, section.description, section.columns,
                    (*before.rows, *section.rows), section.published,
                )  # fmt: skip
            sections[part.name] = section
        links = _links(connection, environment, declared, person)
    order = {RAW: 0, MASTER: 1}
    ordered = sorted(
        sections.values(), key=lambda each: (order.get(each.table.split(".")[0], 2), each.table)
    )
    return Disclosure(person, links, tuple(ordered))


def _section(
    connection: "DuckDBPyConnection", declared: Declared, part: Part, published: Mapping[str, str]
) -> Section:
    found = connection.execute(
        f"select * from {part.quoted} where rowid in (select row_id from {part.marked})"
    )
    columns = tuple(column[0] for column in found.description)
    kinds = declared.relation(part.name, columns)
    others = {
        position
        for position, column in enumerate(columns)
        # A row about two people says of the other one no more than that there is one.
        if part.schema != RAW
        and (column.startswith("other_") or column in ("side_by_side", "this_side"))
    }
    rows = [
        tuple(
            _masked(kinds, column, value) if position in others else value
            for position, (column, value) in enumerate(zip(columns, row, strict=True))
        )
        for row in found.fetchall()
    ]
    is_published = part.name in published
    return Section(
        part.name,
        _description(declared, part),
        columns,
        tuple(rows),
        ("published", "published_masked") if is_published else (),
    )


def _masked(kinds: Kinds, column: str, value: Any) -> Any:
    kind = kinds.get(column.lower())
    if value is None or kind is False:
        return value
    return HIDDEN if isinstance(kind, BySource) else mask_value(str(value), kind)


def _description(declared: Declared, part: Part) -> str:
    for nodes in (declared.manifest.get("nodes", {}), declared.manifest.get("sources", {})):
        for node in nodes.values():
            if (node.get("schema"), node.get("name")) == (part.schema, part.table):
                return str(node.get("description", "")).strip()
    return ""


def _links(
    connection: "DuckDBPyConnection",
    environment: Environment,
    declared: Declared,
    person: Person,
) -> dict[str, str]:
    """By ID, the explanation of why its records are one."""
    entities = declarations_of(environment).entities
    links = {}
    for name, ids in person.ids.items():
        entity = entities[name]
        store = IdentityStore(connection, entity.records, entity.rules, entity.tables)
        mine = set(records_of(entities, name, person.records))
        for number in ids:
            try:
                explanation = explain_customer(store, number)
            except ExplainError as error:
                links[number] = str(error)
                continue
            if _has_others(connection, entity.tables, number, mine):
                mask = declared.record_mask(entity.rules, entity.records)
                explanation = mask_values(mask_names(explanation, mask.name), mask)
            links[number] = text.render(explanation)
    return links


def _has_others(
    connection: "DuckDBPyConnection", tables: Any, number: str, mine: set[tuple[str, str]]
) -> bool:
    rows: Sequence[tuple[str, str]] = connection.execute(
        f"select source, source_record_id from {tables.qualified(tables.customer_id_map)} "
        "where customer_id = ?",
        [number],
    ).fetchall()
    return any(row not in mine for row in rows)
