"""What stewards have written about a customer's records: a comment goes where its record goes."""

from dataclasses import dataclass
from datetime import datetime

from customer_platform.declarations import Entity
from customer_platform.errors import OverrideRefusedError
from customer_platform.stewardship.decide import parse_record
from customer_platform.stewardship.decisions_store import open_decisions
from customer_platform.stewardship.explain import RecordName
from customer_platform.workbench.access import User
from customer_platform.workbench.reading import Published


@dataclass(frozen=True)
class Shown:
    """A comment as a user may see it.

    Attributes:
        record: The record that it is about.
        author: Who has written it.
        written_at: When, UTC.
        text: What it says; None for who sees no personal data, which it may hold.
    """

    record: str
    author: str
    written_at: datetime
    text: str | None


def read_comments(
    published: Published, user: User, entity: Entity, records: list[RecordName]
) -> list[Shown]:
    """The comments on the records of a customer, the oldest first.

    Raises:
        DecisionsError: The store can't be read.
    """
    mask = None if user.sees_values else published.record_mask(entity)
    store = open_decisions(published.environment, entity.entity)
    return [
        Shown(
            str(mask.name(each.record) if mask else each.record),
            each.author,
            each.written_at,
            None if mask else each.text,
        )
        for each in store.comments(records)
    ]


def add_comment(
    published: Published,
    user: User,
    entity: Entity,
    records: list[RecordName],
    record: str,
    text: str,
) -> None:
    """Keeps a comment on a record of a customer.

    Args:
        published: The publication.
        user: Who writes it.
        entity: What the customer is.
        records: The customer's records.
        record: The one that the comment is about, as SOURCE:ID.
        text: What it says.

    Raises:
        OverrideRefusedError: The customer has no such record, or nothing is said.
        DecisionsError: The store can't be written to.
    """
    name, said = parse_record(record, entity.rules), text.strip()
    if name not in records:
        raise OverrideRefusedError(
            f"{name} is no record of theirs any more: open the page again, and choose another"
        )
    if not said:
        raise OverrideRefusedError("Write what the comment says.")
    open_decisions(published.environment, entity.entity).comment(name, user.name, said)
