"""Histories of the company with erasures in between, and what is left where nobody ever was."""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from customer_platform.privacy import carry_out
from customer_platform.privacy.certificate import certify, forget_identities, to_certify
from customer_platform.privacy.footprint import Footprint
from customer_platform.privacy.scan import scan
from customer_platform.stewardship.decide.decisions import Decision
from customer_platform.stewardship.decide.overrides_file import add_override, read_lines
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.support.company import Company
from customer_platform_tests.support.people import (
    PEOPLE,
    Deliveries,
    Record,
    Somebody,
    day_of,
    deliveries_of,
)

# Between these a run may be cut off.
_STEPS = (
    "customer_platform.privacy.carry_out.keep_sought",
    "customer_platform.privacy.carry_out.plan_landing",
    "customer_platform.privacy.carry_out.remove_decisions",
    "customer_platform.privacy.carry_out.forget_truth",
    "customer_platform.privacy.carry_out.erase_rows",
    "customer_platform.privacy.carry_out.empty_old_values",
    "customer_platform.privacy.carry_out.finish_landing",
    "customer_platform.privacy.carry_out.add_event",
    "customer_platform.privacy.landed.note_rewritten",
    "customer_platform.privacy.landed._write",
    "customer_platform.privacy.landed.rewrite_files",
    "customer_platform.ingestion.rewrite.put_in_place",
    "customer_platform_tests.support.company.update_map",
)
_BLANKED = {
    "order_lines": ("CustomerID",),
    "receipt_lines": ("loyalty_card", "email"),
    "events": ("account_id", "anonymous_id", "url", "properties"),
}


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_at(step: int | None) -> Iterator[None]:
    """Cuts a run off before or after one of its steps.

    Args:
        step: Which; none where there are fewer.
    """
    count = 0

    def reached() -> None:
        nonlocal count
        count += 1
        if count == step:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        for name in _STEPS if step is not None else ():
            module, _, function = name.rpartition(".")
            there = importlib.import_module(module)
            real = getattr(there, function)

            def stepped(*arguments: Any, real: Any = real, **named: Any) -> Any:
                reached()
                result = real(*arguments, **named)
                reached()
                return result

            patch.setattr(there, function, stepped)
        yield


@dataclass
class History:
    """What happens to a company, and who has asked.

    Attributes:
        company: The company.
        delivered: What its files held when they were delivered, the last time of each.
        days: How many days there have been.
        gone: The records that erasures have taken out.
        asked: Who has asked to be erased.
    """

    company: Company
    delivered: Deliveries = field(default_factory=dict)
    days: int = 0
    gone: set[Record] = field(default_factory=set)
    asked: list[Somebody] = field(default_factory=list)

    def live(self, steps: Sequence[tuple[Any, ...]]) -> None:
        """Days, errors, decisions and requests, one after the other, and two runs at the end."""
        self.deliver(0)
        self.run()
        for name, *details in steps:
            getattr(self, name)(*details)
        self.run()
        done = self.run()
        assert done is not None
        # Nothing is left to be done.
        assert (done.rows, done.kept_files, dict(done.kept_out)) == ((), (), {})

    def lose(self) -> None:
        """The warehouse is gone, and is built again from what has landed."""
        self.company.begin_anew()
        self.run()

    def deliver(self, seed: int) -> None:
        """The files of another day."""
        self.correct(self.days, seed)
        self.days += 1

    def correct(self, day: int, seed: int) -> None:
        """Other files of a day."""
        day = min(day, self.days)
        new = deliveries_of(day, Random(seed))
        # What isn't delivered this time stays as it was.
        self.delivered |= new
        self._land(new)

    def redeliver(self, day: int) -> None:
        """The files of a day once more, as they were."""
        day = min(day, self.days - 1)
        self._land({key: rows for key, rows in self.delivered.items() if key[2] == day_of(day)})

    def _land(self, deliveries: Deliveries) -> None:
        for (source, table, day), rows in deliveries.items():
            self.company.land(source, table, day, [row for row, _ in rows])

    def decide(self, kind: str, first: int, second: int) -> None:
        """A steward says that records of two people are the same, or never are."""
        one, other = PEOPLE[first], PEOPLE[second]
        record, account = RecordName("crm", one.crm), RecordName("webshop", str(other.account))
        lines = read_lines(self.company.decisions)
        if any(line.decision.record == record for line in lines):
            return
        if {("crm", one.crm), ("webshop", str(other.account))} & self.gone:
            return
        add_override(
            self.company.decisions, Decision(kind, record, account, "s", "2024-01-01", one.email)
        )

    def ask(self, number: int) -> None:
        """Somebody asks to be erased."""
        person = PEOPLE[number]
        known = {(s, n) for s, n in self.company.rows(
            "select source, source_record_id from identity.customer_id_map")}  # fmt: skip
        record = next(iter(sorted(known & person.records)), None)
        if record is not None:
            self.company.ask(*record)
            self.asked.append(person)

    def run(
        self, step: int | None = None, *, everything: bool = False
    ) -> carry_out.CarriedOut | None:
        """A run, which may be cut off before or after one of its steps."""

        def noting(*arguments: Any) -> Footprint:
            person = arguments[3]
            self.gone |= {(each.source, each.record_id) for each in person.records}
            return Footprint(*arguments)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(carry_out, "Footprint", noting)
            try:
                with killed_at(step):
                    return self.company.run(everything=everything)
            except Killed:
                self.company.open()
                return None

    def without(self) -> Deliveries:
        """What would have been delivered had those who are gone never been there."""
        left: Deliveries = {}
        for (source, table, day), rows in self.delivered.items():
            blanked = _BLANKED.get(table)
            kept = left[source, table, day] = []
            for number, (row, records) in enumerate(rows):
                if not records & self.gone:
                    kept.append((row, records))
                elif blanked:
                    changed = {**row, **dict.fromkeys(blanked)}
                    if table == "events":
                        changed["anonymous_id"] = f"somebody {day} {number}"
                    kept.append((changed, frozenset()))
        return left

    def prove(self) -> list[Any]:
        """What the last asset of a run does; the places where something was found."""
        environment = self.company.environment
        requests = to_certify(environment)
        forget_identities(self.company.connection, environment)
        self.company.connection.close()
        certificates = certify(environment, requests)
        # A card may be somebody else's, too.
        numbers = sorted(number for source, number in self.gone if source != "pos")
        again = scan(environment.home, numbers, [environment.privacy / "secret"])
        self.company.open()
        return [*(place for each in certificates for place in each.scan.places), *again.places]


def deliver(company: Company, number: int, *tables: str) -> None:
    """Lands the files of a day, always the same, or those of some of its tables."""
    for (source, table, day), rows in deliveries_of(number, Random(7)).items():
        if not tables or f"{source}/{table}" in tables:
            company.land(source, table, day, [row for row, _ in rows])
