"""Carries out what people have asked for: in every run, between the raw tables and the lookups.

Whoever has asked to be erased, or to be kept out, is looked for by keyed hashes among the records
that the staging views deliver, and in what was loaded since the last run. Their rows leave the
warehouse and the landed files before anybody is given an ID.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment
from customer_platform.ingestion.tables import SCHEMA as RAW
from customer_platform.not_on_spark import refuse_on_spark
from customer_platform.privacy.declared import read_declared
from customer_platform.privacy.digests import RECORD, VISITOR, record_digest
from customer_platform.privacy.erase import ErasedRows, erase_rows, landed_rows
from customer_platform.privacy.footprint import Footprint
from customer_platform.privacy.landed import finish_landing, forget_undone, plan_landing
from customer_platform.privacy.leftovers import (
    empty_old_values,
    erase_rejected,
    find_rejected,
    forget_in_models,
    forget_truth,
    remove_decisions,
)
from customer_platform.privacy.part import MASTER, Part
from customer_platform.privacy.people import Person, PersonRecord
from customer_platform.privacy.recognise import Recogniser
from customer_platform.privacy.recognise_records import find_in_lookups
from customer_platform.privacy.requests import Request, add_event, read_requests
from customer_platform.privacy.secret import read_secret, visitor_pseudonym
from customer_platform.privacy.traces import Traces
from customer_platform.privacy.values import keep_sought, values_of
from customer_platform.warehouse.duckdb import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class CarriedOut:
    """What a run has done for those who asked.

    Attributes:
        erased: The requests that it has carried out.
        rows: What was done with the rows of each table.
        kept_out: By request, the records and visitors that were delivered since, and taken out.
        kept_files: Landed files that hold rows of theirs still, as their source may not be
            changed, or as they can't be rewritten.
    """

    erased: tuple[str, ...] = ()
    rows: tuple[ErasedRows, ...] = ()
    kept_out: Mapping[str, int] = field(default_factory=dict)
    kept_files: tuple[str, ...] = ()


def carry_out(
    connection: "DuckDBPyConnection", environment: Environment, today: date | None = None
) -> CarriedOut:
    """Erases and keeps out whoever has asked for it.

    Args:
        connection: The warehouse, with the staging views as they are, before the lookups.
        environment: The deployment.
        today: The day that legal holds are compared with; by default today, UTC.

    Raises:
        PrivacyError: The secret is missing or another one.
        TotalsChangedError: A total of the facts would change; nothing is erased.
        NotOnEngineError: The tables are on Spark.
    """
    refuse_on_spark(environment, "requests")
    today = today or datetime.now(UTC).date()
    forget_undone(connection, environment)
    unfinished = finish_landing(environment)
    active = [each for each in read_requests(environment).values() if each.keeps_out(today)]
    if not active:
        return CarriedOut()
    run = _Run(connection, environment, active, unfinished)
    found, visitors = run.recogniser.find()
    outcomes = []
    for kind in ("erase", "suppress"):
        numbers = {each.number for each in active if each.kind == kind}
        mine = {record: number for record, number in found.items() if number in numbers}
        seen = {visitor: number for visitor, number in visitors.items() if number in numbers}
        outcomes.append(run.erase(kind, mine, seen))
    run.recogniser.keep()
    return CarriedOut(
        tuple(each.number for each in active if each.kind == "erase" and each.state == "recorded"),
        tuple(row for outcome in outcomes for row in outcome.rows),
        {number: rows for outcome in outcomes for number, rows in outcome.kept_out.items()},
        tuple(file for outcome in outcomes for file in outcome.kept_files),
    )


def count_back(connection: "DuckDBPyConnection", environment: Environment) -> int:
    """How many records of the lookups are of somebody who is kept out.

    Args:
        connection: The warehouse, with the lookups of a run.
        environment: The deployment.
    """
    today = datetime.now(UTC).date()
    requests = [
        each
        for each in read_requests(environment).values()
        # Of those who are kept out alone, what was there before stays.
        if each.kind == "erase" and each.keeps_out(today)
    ]
    if not requests:
        return 0
    entities = declarations_of(environment).entities
    secret = read_secret(environment)
    return len(find_in_lookups(connection, secret, entities, requests))


class _Run:
    """One run for those who have asked."""

    def __init__(
        self,
        connection: "DuckDBPyConnection",
        environment: Environment,
        requests: Sequence[Request],
        unfinished: Sequence[str] = (),
    ) -> None:
        self._connection, self._environment = connection, environment
        self._unfinished = list(unfinished)
        self._requests = {each.number: each for each in requests}
        self._secret = read_secret(environment)
        self._declarations = declarations_of(environment)
        self._traces = Traces(connection, self._declarations)
        self.recogniser = Recogniser(connection, environment, self._secret, self._traces, requests)

    def erase(
        self, kind: str, found: Mapping[PersonRecord, str], visitors: Mapping[str, str]
    ) -> CarriedOut:
        """Takes out the rows of records and visitors, and writes down what was done."""
        new = [
            each.number
            for each in self._requests.values()
            if each.kind == kind == "erase" and each.state == "recorded"
        ]
        rows: list[ErasedRows] = []
        kept_out: dict[str, int] = {}
        kept_files = self._unfinished if kind == "erase" else []
        if found or visitors:
            footprint = Footprint(
                self._connection,
                self._declarations,
                read_declared(self._environment),
                Person(tuple(sorted(found))),
                lambda visitor: visitor_pseudonym(self._connection, self._secret, visitor),
                list(visitors),
                self.recogniser.since([*found.values(), *visitors.values()])
                if kind == "suppress"
                else None,
                self._traces,
            )
            parts = [part for part in footprint.parts() if not self._is_made_anew(part)]
            landed = landed_rows(self._connection, parts)
            values = values_of(
                self._connection, self._declarations, self._traces, list(found), parts
            )
            # Records that nobody knew to be theirs, and that have had an ID.
            has_ids = bool(footprint.whole_ids() or footprint.shared_ids())
            late = {number for number in found.values() if number not in new}
            again = sorted(late) if kind == "erase" and has_ids else []
            if new or again:
                batches = [each.sought for each in self._requests.values() if each.number in again]
                keep_sought(self._environment, self._secret, [*new, *again][0], values, batches)
            files = {each.file: len(each.dropped) + len(each.emptied) for each in landed}
            self._note_found(new, again, found, parts, footprint.visitors(), files)
            rejected = find_rejected(self._connection) if kind == "erase" else []
            plan_landing(self._environment, self._declarations, landed, rejected)
            with transaction(self._connection):
                rows = erase_rows(self._connection, footprint, parts)
                if kind == "erase":
                    rows += erase_rejected(self._connection)
                    forget_in_models(self._connection, self._declarations)
                    shared = footprint.shared_ids()
                    rows += empty_old_values(
                        self._connection, read_declared(self._environment), shared
                    )
                    # Last, as nothing may be gone where the rest is refused; and before the rows
                    # are, as they say whose decisions they are.
                    remove_decisions(self._environment, self._declarations, list(found))
                    forget_truth(self._environment, list(found))
            kept_files = [*kept_files, *finish_landing(self._environment)]
            kept_out = dict(
                Counter(
                    number for number in (*found.values(), *visitors.values()) if number not in new
                )
                if any(part.schema == RAW for part in parts)
                else {}
            )
        # Of whom nothing was found, nothing has to be looked for; a certificate says so.
        unknown = [each for each in new if not found and self._requests[each].sought is None]
        if unknown:
            keep_sought(self._environment, self._secret, unknown[0], [])
        # A run that was cut off may have taken out the rows already: what it has noted stays.
        taken_out = {"rows": {row.table: row.rows for row in rows}} if rows else {}
        for number in new:
            sought = {"sought": unknown[0]} if number in unknown else {}
            add_event(
                self._environment, number, "erased", kept_files=kept_files, **taken_out, **sought
            )
        for number, count in kept_out.items():
            add_event(self._environment, number, "kept_out", rows=count)
        return CarriedOut((), tuple(rows), kept_out, tuple(kept_files))

    def _note_found(
        self,
        new: Sequence[str],
        again: Sequence[str],
        found: Mapping[PersonRecord, str],
        parts: Sequence[Part],
        visitors: Sequence[str],
        files: Mapping[str, int],
    ) -> None:
        """Writes down what nobody can tell any more once the rows are gone."""
        told = [*new, *again]
        rows = Counter[str]()
        for part in parts:
            rows[part.name] += part.rows
        hashed = sorted(self._secret.digest(VISITOR, each) for each in visitors)
        for number in sorted({*told, *found.values()}):
            known = set(self._requests[number].digests.get(RECORD, ()))
            records = sorted(
                {record_digest(self._secret, each) for each, of in found.items() if of == number}
                - known
            )
            if number in told:
                add_event(
                    self._environment,
                    number,
                    "found",
                    again=number in again,
                    rows=dict(rows),
                    files=dict(files),
                    together=len(told),
                    sought=told[0],
                    digests={VISITOR: hashed, RECORD: records},
                )
            elif records:
                # Else what these records do would be somebody's again.
                add_event(self._environment, number, "found", digests={RECORD: records})

    def _is_made_anew(self, part: Part) -> bool:
        """Whether the run makes a table anew, or the engine takes the records out of it."""
        return part.schema not in (RAW, MASTER) and not self._is_decisions(part)

    def _is_decisions(self, part: Part) -> bool:
        return part.name in {each.overrides for each in self._declarations.entities.values()}
