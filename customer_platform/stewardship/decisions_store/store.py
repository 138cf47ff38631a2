"""What stewards have decided: kept with author, time and reason, withdrawn by a further row."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from customer_platform.errors import DecisionsError
from customer_platform.identity.overrides import Override
from customer_platform.stewardship.decide.decisions import Decision, can_all_be_true, check_fits
from customer_platform.stewardship.decisions_store.database import Database
from customer_platform.stewardship.decisions_store.tables import (
    COMMENTS,
    DECISIONS,
    LEASES,
    SKIPS,
    WITHDRAWALS,
)
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.stewardship.explain.reading import ordered

# Databases take so many values in a statement.
_BATCH = 500

REMEDY = "withdraw one first with `customer-platform decisions withdraw`, or remove its line"


@dataclass(frozen=True)
class Scope:
    """Whose decisions they are: those of one environment hold in no other.

    Attributes:
        environment: Its name.
        business_model: The business model.
        entity: The entity.
    """

    environment: str
    business_model: str
    entity: str


@dataclass(frozen=True)
class NewDecision:
    """A decision to be kept.

    Attributes:
        kind: `same` or `different`.
        record: A record.
        other: Another.
        reason: Why.
        sample: Where the pair was drawn from to be measured, `queue` or `linked`; None where a
            steward has chosen it.
        rule: The rule that the pair measures.
    """

    kind: str
    record: RecordName
    other: RecordName
    reason: str
    sample: str | None = None
    rule: str | None = None


@dataclass(frozen=True)
class StoredDecision:
    """A decision in the store.

    Attributes:
        number: Its number, which is never given again.
        decision: What was decided, by whom, when and why.
        decided_at: When, UTC.
        sample: As `NewDecision`.
        rule: As `NewDecision`.
        withdrawn: Who has withdrawn it, when (UTC) and why; None while it is in force.
    """

    number: int
    decision: Decision
    decided_at: datetime
    sample: str | None = None
    rule: str | None = None
    withdrawn: tuple[str, datetime, str] | None = None

    @property
    def place(self) -> str:
        """What messages call it."""
        return f"decision {self.number}"


@dataclass(frozen=True)
class Comment:
    """What somebody has written about a record."""

    record: RecordName
    author: str
    written_at: datetime
    text: str


def utc_now() -> datetime:
    """The time, UTC and without a zone, as the store keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


class DecisionStore:
    """The decisions about one entity in one environment.

    Args:
        database: Where they are kept.
        scope: Whose they are.
        now: Says what time it is.
    """

    def __init__(
        self, database: Database, scope: Scope, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.database, self.scope, self.now = database, scope, now

    def decisions(
        self, *, withdrawn: bool = False, about: Collection[RecordName] | None = None
    ) -> list[StoredDecision]:
        """The decisions in force in the order of their numbers.

        Args:
            withdrawn: Those that were withdrawn, too.
            about: Only those that name one of these records.

        Raises:
            DecisionsError: The store can't be read.
        """
        with self.database.reading() as connection:
            if connection is None:
                return []
            if about is None:
                return self.read(connection, withdrawn=withdrawn)
            found = {
                each.number: each
                for batch in _batches(sorted(about))
                for each in self.read(connection, names(DECISIONS, batch), withdrawn=withdrawn)
            }
        return [found[number] for number in sorted(found)]

    def overrides(self) -> list[Override]:
        """The decisions in force, as the engine takes them."""
        return [each.decision.override for each in self.decisions()]

    def placed(self) -> list[tuple[str, Decision]]:
        """The decisions in force, each with where it stands."""
        return [(each.place, each.decision) for each in self.decisions()]

    def decide(
        self,
        decisions: Sequence[NewDecision],
        author: str,
        seeded: Sequence[tuple[str, Decision]] = (),
    ) -> list[StoredDecision]:
        """Keeps decisions: all of them, or none.

        Nobody else decides between the check and the writing, so two stewards at the same moment
        can't contradict each other.

        Args:
            decisions: What was decided.
            author: By whom.
            seeded: The decisions that hold besides, those of the seed, each with its place.

        Raises:
            OverrideRefusedError: One is there already, or contradicts others; names them.
            DecisionsError: The store can't be written to.
        """
        moment = self.now()
        made = [
            (each, Decision(each.kind, *ordered(each.record, each.other), author, "", each.reason))
            for each in decisions
        ]
        with self.database.writing() as connection:
            placed = [*seeded, *((each.place, each.decision) for each in self.read(connection))]
            refuse_misfits(placed, [decision for _, decision in made], self.scope.entity)
            return [self._insert(connection, *each, moment) for each in made]

    def bring(
        self,
        decisions: Sequence[tuple[Decision, datetime]],
        seeded: Sequence[tuple[str, Decision]] = (),
    ) -> list[StoredDecision]:
        """Keeps decisions that were made elsewhere: all, or none; those in force here are left out.

        Args:
            decisions: What was decided, and when (UTC).
            seeded: As in `decide`; the store may say the same as the seed.

        Returns:
            Those that are new.

        Raises:
            OverrideRefusedError: One contradicts others; names them.
            DecisionsError: The store can't be written to.
        """
        with self.database.writing() as connection:
            known = [(each.place, each.decision) for each in self.read(connection)]
            here = {(each.pair, each.kind) for _, each in known}
            new = {(each.pair, each.kind): (each, at) for each, at in decisions}
            added = [each for said, each in new.items() if said not in here]
            placed = [*known, *(each for each in seeded if (each[1].pair, each[1].kind) not in new)]
            refuse_misfits(placed, [each for each, _ in added], self.scope.entity)
            return [
                self._insert(
                    connection,
                    NewDecision(each.kind, each.record, each.other, each.reason),
                    each,
                    moment,
                )
                for each, moment in added
            ]

    def withdraw(self, number: int, author: str, reason: str) -> StoredDecision:
        """Withdraws a decision, which stays in the store and isn't in force any more.

        Raises:
            DecisionsError: There is no such decision about the entity here, it was withdrawn
                before, or the store can't be written to.
        """
        with self.database.writing() as connection:
            found = self.read(connection, DECISIONS.c.number == number, withdrawn=True)
            if not found:
                raise DecisionsError(
                    f"there is no decision {number} about the entity {self.scope.entity!r} in "
                    f"{self.scope.environment}: `customer-platform decisions list` shows those "
                    "there are"
                )
            if gone := found[0].withdrawn:
                raise DecisionsError(
                    f"decision {number} was withdrawn by {gone[0]} at {gone[1]:%Y-%m-%d %H:%M} "
                    f"UTC: {gone[2]}"
                )
            connection.execute(
                sa.insert(WITHDRAWALS).values(
                    number=number, author=author, withdrawn_at=self.now(), reason=reason
                )
            )
            return found[0]

    def comment(self, record: RecordName, author: str, text: str) -> None:
        """Keeps a comment on a record."""
        with self.database.writing() as connection:
            connection.execute(
                sa.insert(COMMENTS).values(
                    **vars(self.scope),
                    source=record.source,
                    source_record_id=record.record_id,
                    author=author,
                    written_at=self.now(),
                    comment=text,
                )
            )

    def comments(self, records: Collection[RecordName]) -> list[Comment]:
        """The comments on some records, the oldest first."""
        with self.database.reading() as connection:
            if connection is None:
                return []
            rows = [
                row
                for batch in _batches(sorted(records))
                for row in connection.execute(
                    sa.select(COMMENTS).where(
                        *in_scope(COMMENTS, self.scope), names(COMMENTS, batch)
                    )
                )
            ]
            return [
                Comment(
                    RecordName(row.source, row.source_record_id),
                    row.author,
                    row.written_at,
                    row.comment,
                )
                for row in sorted(rows, key=lambda row: row.number)
            ]

    def forget(self, records: Collection[RecordName]) -> int:
        """Erases all that names a record, decisions in force and withdrawn ones.

        Args:
            records: The records of a person who is erased.

        Returns:
            How many rows were erased.
        """
        with self.database.reading() as connection:
            if connection is None or not records:
                return 0
        with self.database.writing() as connection:
            erased = sum(self._forget(connection, batch) for batch in _batches(sorted(records)))
        # Also where no row is left: who was killed before this has left the bytes.
        self.database.vacuum()
        return erased

    def _forget(self, connection: sa.Connection, records: Collection[RecordName]) -> int:
        mine = sa.select(DECISIONS.c.number).where(
            *in_scope(DECISIONS, self.scope), names(DECISIONS, records)
        )
        deletions = [sa.delete(WITHDRAWALS).where(WITHDRAWALS.c.number.in_(mine))]
        deletions += [
            sa.delete(table).where(*in_scope(table, self.scope), names(table, records))
            for table in (DECISIONS, SKIPS, LEASES, COMMENTS)
        ]
        return sum(connection.execute(deletion).rowcount for deletion in deletions)

    def _insert(
        self, connection: sa.Connection, new: NewDecision, decision: Decision, moment: datetime
    ) -> StoredDecision:
        added = connection.execute(
            sa.insert(DECISIONS).values(
                **vars(self.scope),
                kind=decision.kind,
                **pair_values(decision.record, decision.other),
                author=decision.author,
                decided_at=moment,
                reason=decision.reason,
                sample=new.sample,
                rule=new.rule,
            )
        )
        [number] = added.inserted_primary_key or (0,)
        dated = replace(decision, date=_day(moment))
        return StoredDecision(number, dated, moment, new.sample, new.rule)

    def read(
        self,
        connection: sa.Connection,
        *conditions: sa.ColumnElement[bool],
        withdrawn: bool = False,
    ) -> list[StoredDecision]:
        """The decisions, by a connection of the database that reads or writes.

        Args:
            connection: The connection.
            conditions: What holds of them.
            withdrawn: Those that were withdrawn, too.
        """
        gone = WITHDRAWALS.c
        query = (
            sa.select(
                DECISIONS,
                gone.author.label("withdrawn_by"),
                gone.withdrawn_at,
                gone.reason.label("why_withdrawn"),
            )
            .select_from(DECISIONS.outerjoin(WITHDRAWALS))
            .where(*in_scope(DECISIONS, self.scope), *conditions)
            .order_by(DECISIONS.c.number)
        )
        if not withdrawn:
            query = query.where(gone.number.is_(None))
        return [_stored(row) for row in connection.execute(query)]


def in_scope(table: sa.Table, scope: Scope) -> list[sa.ColumnElement[bool]]:
    """The conditions under which a row is of a scope."""
    return [table.c[name] == value for name, value in vars(scope).items()]


def pair_values(record: RecordName, other: RecordName) -> dict[str, str]:
    """The columns that name two records."""
    one, two = ordered(record, other)
    return {
        "source": one.source,
        "source_record_id": one.record_id,
        "other_source": two.source,
        "other_record_id": two.record_id,
    }


def names(table: sa.Table, records: Collection[RecordName]) -> sa.ColumnElement[bool]:
    """The condition under which a row names one of some records."""
    wanted = [(each.source, each.record_id) for each in records]
    sides = [("source", "source_record_id"), ("other_source", "other_record_id")]
    return sa.or_(
        *(
            sa.tuple_(table.c[source], table.c[number]).in_(wanted)
            for source, number in sides
            if source in table.c
        )
    )


def refuse_misfits(
    placed: Sequence[tuple[str, Decision]], made: Sequence[Decision], entity: str
) -> None:
    """Checks that new decisions fit those in force, and each other.

    Args:
        placed: The decisions in force, each with where it stands.
        made: The new ones.
        entity: What they are about.

    Raises:
        OverrideRefusedError: One is there already, or contradicts others; names them.
    """
    pairs = {(each.pair, each.kind) for _, each in placed}
    fits = len({(each.pair, each.kind) for each in made} - pairs) == len(made)
    fits = fits and all(each.record != each.other for each in made)
    if fits and can_all_be_true([*(each for _, each in placed), *made]):
        return
    # One after the other, as it takes long to find out which of them are in the way.
    standing = list(placed)
    for each in made:
        check_fits(standing, each, REMEDY, entity)
        standing.append(("this decision", each))


def _stored(row: "sa.Row[Any]") -> StoredDecision:
    decision = Decision(
        row.kind,
        RecordName(row.source, row.source_record_id),
        RecordName(row.other_source, row.other_record_id),
        row.author,
        _day(row.decided_at),
        row.reason,
    )
    withdrawn = None
    if row.withdrawn_at is not None:
        withdrawn = (row.withdrawn_by, row.withdrawn_at, row.why_withdrawn)
    return StoredDecision(row.number, decision, row.decided_at, row.sample, row.rule, withdrawn)


def _batches(records: Sequence[RecordName]) -> Iterator[list[RecordName]]:
    left = iter(records)
    while batch := list(islice(left, _BATCH)):
        yield batch


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
