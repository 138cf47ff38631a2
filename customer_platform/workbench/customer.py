"""All that is known of one customer, buyer, account, ...: values, records, who belongs to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from customer_platform.declarations import Entity
from customer_platform.stewardship.explain import RecordName
from customer_platform.warehouse.sql import identifier, listed, statement
from customer_platform.workbench.access import User
from customer_platform.workbench.golden import Golden, golden_of, masked_row, name_of
from customer_platform.workbench.reading import Published, path_of

# Of a large group, the page lists so many.
MOST_RELATED = 50


@dataclass(frozen=True)
class Lost:
    """A value of a record that isn't the golden record's.

    Attributes:
        value: The value.
        sources: The sources of the records that have it.
    """

    value: Any
    sources: tuple[str, ...]


@dataclass(frozen=True)
class AttributeValue:
    """An attribute of the golden record.

    Attributes:
        name: The attribute.
        value: Its value.
        source: The source that it is from; None where there is none.
        survivorship: How it was chosen.
        lost: The other values that records have.
    """

    name: str
    value: Any
    source: str | None
    survivorship: str
    lost: tuple[Lost, ...]


@dataclass(frozen=True)
class Related:
    """Others that belong to somebody.

    Attributes:
        what: What they are to them, such as `contacts` or `parent account`.
        others: Path and name of each, at most `MOST_RELATED`.
        count: How many there are.
    """

    what: str
    others: tuple[tuple[str, str], ...]
    count: int


@dataclass(frozen=True)
class Profile:
    """A customer as a user may see it.

    Attributes:
        entity: What it is.
        id: Its ID.
        name: What it is called.
        attributes: The golden record.
        figures: What the masters know besides, by name.
        records: Its records, as they are in the lookup: a row each.
        related: Who belongs to it.
    """

    entity: Entity
    id: str
    name: str
    attributes: tuple[AttributeValue, ...]
    figures: Mapping[str, Any]
    records: tuple[Mapping[str, Any], ...]
    related: tuple[Related, ...]

    @property
    def consents(self) -> tuple[AttributeValue, ...]:
        """What they have agreed to, or not."""
        return tuple(each for each in self.attributes if "consent" in each.name)

    @property
    def identifiers(self) -> Mapping[str, tuple[Any, ...]]:
        """By attribute, all values that tell them apart."""
        kinds = ("email", "phone", "identifier")
        found = {
            name: tuple(dict.fromkeys(row[name] for row in self.records if row.get(name)))
            for name, each in self.entity.attributes.items()
            if each.personal in kinds
        }
        return {name: values for name, values in found.items() if values}


def profile(published: Published, user: User, entity: Entity, owner: str) -> Profile:
    """A customer, as a user may see it.

    Args:
        published: The publication.
        user: Who asks.
        entity: What it is.
        owner: Its ID, in use.

    Raises:
        NoEvidenceError: The publication has no evidence.
    """
    golden = golden_of(published, entity)
    plain: Mapping[str, Any] = {}
    related: tuple[Related, ...] = ()
    if golden is not None:
        with published.masters() as connection:
            plain = golden.rows(connection, [owner]).get(owner, {})
        related = tuple(_related(published, user, golden, plain, owner))
    records = read_records(published, user, entity, owner)
    table = golden.relation if golden else ""
    row = masked_row(published.declared, user, table, plain)
    return Profile(
        entity=entity,
        id=owner,
        name=name_of(entity, row) or owner,
        attributes=tuple(_attributes(entity, row, records)),
        figures={name: row.get(name) for name in golden.figures} if golden and row else {},
        records=tuple(records),
        related=related,
    )


def read_records(
    published: Published, user: User, entity: Entity, owner: str
) -> list[dict[str, Any]]:
    """The records of a customer, newest first, as a user may see them.

    Raises:
        NoEvidenceError: The publication has no evidence.
    """
    rules = entity.rules
    state = entity.tables.qualified(entity.tables.resolution_state)
    with published.evidence() as connection:
        mine = connection.execute(
            f"select coalesce(cast(source as varchar), ''), source_record_id from {state} "
            "where customer_id = ? order by valid_from desc, source, source_record_id",
            [owner],
        ).fetchall()
        found = connection.execute(
            statement(
                "workbench/records",
                records=entity.records,
                record_id=identifier(rules.record_id),
                numbers=listed(number for _, number in mine) or "null",
            )
        )
        names = [name for name, *_ in found.description or ()]
        rows = {
            _record_name(entity, row): row
            for row in (dict(zip(names, each, strict=True)) for each in found.fetchall())
        }
    name_of_record = published.record_mask(entity).name
    shown = []
    for source, number in mine:
        name = RecordName(source, number)
        row = rows.get(name)
        if row is None:
            continue
        masked = masked_row(published.declared, user, entity.records, row)
        label = name if user.sees_values else name_of_record(name)
        shown.append({**masked, "record": str(label)})
    return shown


def _record_name(entity: Entity, row: Mapping[str, Any]) -> RecordName:
    source = row[entity.rules.source] if entity.rules.source else None
    return RecordName(str(source or ""), str(row[entity.rules.record_id]))


def _attributes(
    entity: Entity, row: Mapping[str, Any], records: Sequence[Mapping[str, Any]]
) -> Iterator[AttributeValue]:
    for name, attribute in entity.attributes.items():
        value = row.get(name)
        others: dict[Any, list[str]] = {}
        for record in records:
            theirs = record.get(name)
            if theirs is not None and theirs != "" and theirs != value:
                others.setdefault(theirs, []).append(str(record.get("source", "")))
        lost = tuple(Lost(each, tuple(dict.fromkeys(of))) for each, of in others.items())
        yield AttributeValue(
            name, value, row.get(f"{name}_source"), attribute.survivorship.replace("_", " "), lost
        )


def _related(
    published: Published, user: User, golden: Golden, row: Mapping[str, Any], owner: str
) -> Iterator[Related]:
    """Whom a golden record names, and whose golden records name it."""
    goldens = [
        each
        for entity in published.entities.values()
        if (each := golden_of(published, entity)) is not None
    ]
    with published.masters() as connection:
        for other in goldens:
            for column in golden.columns:
                named = row.get(column)
                # The top of a hierarchy is its own ultimate parent.
                if column.endswith(other.owner) and named and named != owner:
                    rows = other.rows(connection, [named])
                    yield Related(_label(column), _named(published, user, other, rows), 1)
        for other in goldens:
            for column in other.columns[1:]:
                if not column.endswith(golden.owner) or column == f"ultimate_{golden.owner}":
                    continue
                found = connection.execute(
                    statement(
                        "workbench/related",
                        owner=identifier(other.owner),
                        relation=other.relation,
                        names=identifier(column),
                    ),
                    {"id": owner, "most": MOST_RELATED},
                ).fetchall()
                if found:
                    rows = other.rows(connection, [each for each, _ in found])
                    label = path_of(other.entity.entity).replace("_", " ")
                    if column.startswith("parent"):
                        label = f"direct subsidiaries: {label}"
                    yield Related(label, _named(published, user, other, rows), found[0][1])


def _named(
    published: Published, user: User, golden: Golden, rows: Mapping[str, Mapping[str, Any]]
) -> tuple[tuple[str, str], ...]:
    path = path_of(golden.entity.entity)
    return tuple(
        (
            f"/{path}/{owner}",
            name_of(golden.entity, masked_row(published.declared, user, golden.relation, row))
            or owner,
        )
        for owner, row in rows.items()
    )


def _label(column: str) -> str:
    return column.removesuffix("_id").replace("_", " ")
