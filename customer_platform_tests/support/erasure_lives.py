"""Histories of the company with erasures in between, and what is left where nobody ever was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from customer_platform.privacy import carry_out
from customer_platform.privacy.certificate import (
    Certificate,
    certify,
    forget_identities,
    to_certify,
)
from customer_platform.privacy.digests import RECORD, record_digest
from customer_platform.privacy.people import PersonRecord
from customer_platform.privacy.requests import Kind, add_event, read_requests
from customer_platform.privacy.scan import Place, scan
from customer_platform.privacy.scanning.keyed import digests_of_values
from customer_platform.privacy.scanning.sought import Sought
from customer_platform.privacy.secret import read_secret
from customer_platform.privacy.values import sought_path
from customer_platform.stewardship.decide.decisions import Decision
from customer_platform.stewardship.decide.overrides_file import add_override, read_lines
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.support.books import Books, noted
from customer_platform_tests.support.company import Company, known_as
from customer_platform_tests.support.cut_off import Killed, in_a_child, killed_at
from customer_platform_tests.support.people import (
    PEOPLE,
    Deliveries,
    Record,
    bridge,
    day_of,
    deliveries_of,
    former_subscriber,
)


@dataclass
class History:
    """What happens to a company, and who has asked.

    Attributes:
        company: The company.
        books: What it was delivered, and what of it may be left.
        days: How many days there have been.
    """

    company: Company
    books: Books = field(default_factory=Books)
    days: int = 0

    @property
    def gone(self) -> set[Record]:
        """The records that erasures have taken out."""
        return self.books.gone

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
        self.books.load_again()
        self.run()

    def rebuild(self) -> None:
        """All records are resolved anew, and all days built."""
        self.run(everything=True)

    def change_rules(self, left_out: str | None) -> None:
        """From now on one of the match rules is left out, or none."""
        self.company.change_rules(left_out)
        self.run()

    def deliver(self, seed: int) -> None:
        """The files of another day."""
        self.correct(self.days, seed)
        self.days += 1

    def correct(self, day: int, seed: int) -> None:
        """Other files of a day; what isn't delivered this time stays as it was."""
        self._land(deliveries_of(min(day, self.days), Random(seed)))

    def deliver_late(self, days: int, seed: int) -> None:
        """The files of a day before all others."""
        late = deliveries_of(-1 - days, Random(seed))
        for row, _ in late.get(("crm", "customers", day_of(-1 - days)), ()):
            # Two share one, and nobody looks for match keys in a snapshot that isn't the newest:
            # come before the certificate of one of them, the other's would be found.
            row["phone"] = None
        self._land(late)

    def redeliver(self, day: int) -> None:
        """The files of a day once more, as they were."""
        day = min(day, self.days - 1)
        files = self.books.delivered.items()
        self._land({name: rows for name, rows in files if name[2] == day_of(day)})

    def merge(self, first: int, second: int) -> None:
        """A record comes that holds a former address of one and the card of another together."""
        day = day_of(self.days - 1)
        one, other = PEOPLE[first], PEOPLE[second]
        for table, added in (
            (("newsletter", "subscribers"), former_subscriber(one, day)),
            (("crm", "customers"), bridge(one, other, day)),
        ):
            name = (*table, day)
            there = self.books.delivered.get(name, [])
            others = [row for row in there if row[1] != added[1]]
            self._land({name: [*others, added]})
        self.run()

    def part(self) -> None:
        """The records that hold others together are gone from the newest day."""
        name = ("crm", "customers", day_of(self.days - 1))
        bridges = {("crm", each.bridge) for each in PEOPLE}
        there = self.books.delivered[name]
        self._land({name: [row for row in there if not row[1] & bridges]})
        self.run()

    def _land(self, deliveries: Deliveries) -> None:
        self.books.deliver(deliveries)
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

    def split(self, number: int) -> None:
        """A steward says that somebody's records in the CRM and in the shop are two people."""
        self.decide("different", number, number)
        self.run()

    def ask(self, number: int, kind: Kind = "erase") -> None:
        """Somebody asks to be erased, or to be kept out."""
        known = {(s, n) for s, n in self.company.rows(
            "select source, source_record_id from identity.customer_id_map")}  # fmt: skip
        record = next(iter(sorted(known & PEOPLE[number].records)), None)
        if record is not None:
            self.company.ask(*record, kind=kind)

    def suppress(self, number: int) -> None:
        """Somebody asks to be kept out of what is delivered from now on."""
        self.run()
        self.ask(number, "suppress")

    def unsuppress(self) -> None:
        """Whoever was the first to ask, of those who are kept out, may be delivered again."""
        self.run()
        assert self.prove() == []
        environment = self.company.environment
        active = [
            each for each in read_requests(environment).values()
            if each.state == "certified" or (each.kind, each.state) == ("suppress", "recorded")
        ]  # fmt: skip
        if not active:
            return
        add_event(environment, active[0].number, "withdrawn", reason="is back")
        secret = read_secret(environment)
        kept_out = {digest for each in active[1:] for digest in each.digests[RECORD]}
        self.books.let_in(
            {
                record for record in self.gone
                if record_digest(secret, PersonRecord("customer", *record)) not in kept_out
            }
        )  # fmt: skip

    def run(
        self, step: int | None = None, *, everything: bool = False
    ) -> carry_out.CarriedOut | None:
        """A run, which may be cut off before or after one of its steps."""
        checked = self._checked()
        try:
            with noted(self._notes), killed_at(step):
                done = self.company.run(everything=everything)
        except Killed:
            self.company.open()
            done = None
        self.books.read(self._notes)
        if done is not None or self._checked() != checked:
            self.books.look_through()
        return done

    def kill(self, seconds: float) -> bool:
        """A run and its proof in another process, which is killed when its time is over.

        Returns:
            Whether it was killed before it ended by itself.
        """
        self.company.connection.close()
        killed = in_a_child(run_and_prove, (self.company, self._notes), seconds)
        self.books.read(self._notes)
        self.company.go_on()
        return killed

    @property
    def _notes(self) -> Path:
        return self.company.environment.home.with_name("notes")

    def _checked(self) -> str | None:
        path = self.company.environment.privacy / "checked.json"
        return path.read_text() if path.exists() else None

    def prove(self, *values: str) -> list[Any]:
        """What the last asset of a run does; the places where something was found, or a value.

        What others have by now, as a family its name, tells nothing of whoever is gone.
        """
        environment = self.company.environment
        requests = to_certify(environment)
        forget_identities(self.company.connection, environment)
        self.company.connection.close()
        certificates = certify(environment, requests)
        # A card may be somebody else's, too.
        numbers = sorted(number for source, number in self.gone if source != "pos")
        again = scan(environment.home, [*numbers, *values], [environment.privacy / "secret"])
        self.company.open()
        return [*(place for each in certificates for place in self._hers(each)), *again.places]

    def _hers(self, certificate: Certificate) -> Iterator[Place]:
        """The places of a certificate, without those of values that others have delivered."""
        environment = self.company.environment
        batch = read_requests(environment)[certificate.request].sought or certificate.request
        sought = Sought.read(sought_path(environment, batch), read_secret(environment))
        cells = {
            str(cell) for rows in self.books.left().values() for row, _ in rows
            for cell in row.values()
        }  # fmt: skip
        written = {form for each in cells for form in (each, each.lower(), _code_of(each))}
        theirs = {each.tobytes() for each in digests_of_values(sorted(written), sought.keys)}
        for place in certificate.scan.places:
            if place.value is None or sought.values[place.value].tobytes() not in theirs:
                yield place


def _code_of(value: str) -> str:
    """A value as the match key of a code has it."""
    return "".join(filter(str.isalnum, value)).upper()


def run_and_prove(company: Company, notes: Path) -> None:
    """What a process of its own does with a company that nobody has open."""
    with known_as(company), noted(notes):
        company.open()
        company.run()
        History(company).prove()


def deliver(company: Company, number: int, *tables: str) -> None:
    """Lands the files of a day, always the same, or those of some of its tables."""
    for (source, table, day), rows in deliveries_of(number, Random(7)).items():
        if not tables or f"{source}/{table}" in tables:
            company.land(source, table, day, [row for row, _ in rows])
