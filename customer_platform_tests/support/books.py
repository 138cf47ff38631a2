"""What sources have delivered to a company, and what of it is left without whoever is kept out."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from customer_platform.privacy import carry_out
from customer_platform.privacy.footprint import Footprint
from customer_platform_tests.support.people import Deliveries, Record

# Source, table and day.
FileName = tuple[str, str, str]

_BLANKED = {
    "order_lines": ("CustomerID",),
    "receipt_lines": ("loyalty_card", "email"),
    "events": ("account_id", "anonymous_id", "url", "properties"),
}


@dataclass
class Books:
    """What a company was delivered.

    Attributes:
        delivered: What its files held when they were delivered, the last time of each.
        gone: The records of those who were erased, and not let in again.
    """

    delivered: Deliveries = field(default_factory=dict)
    gone: set[Record] = field(default_factory=set)
    _taken_out: dict[FileName, set[Record]] = field(default_factory=dict)
    _new: set[FileName] = field(default_factory=set)

    def deliver(self, deliveries: Deliveries) -> None:
        """Files have come."""
        self.delivered |= deliveries
        self._new |= set(deliveries)
        for name in deliveries:
            self._taken_out.pop(name, None)

    def load_again(self) -> None:
        """All files are as good as new."""
        self._new = set(self.delivered)

    def look_through(self) -> None:
        """A run has looked through what was new."""
        self._new = set()

    def keep_out(self, records: Iterable[Record]) -> None:
        """Records are taken out of what is new, and of nothing else."""
        for name in self._new:
            self._taken_out.setdefault(name, set()).update(records)

    def let_in(self, records: set[Record]) -> None:
        """Records may be delivered again; where they were taken out, they stay out."""
        for name in self.delivered:
            self._taken_out.setdefault(name, set()).update(records)
        self.gone -= records

    def read(self, notes: Path) -> None:
        """Takes over what was `noted`."""
        for line in notes.read_text().splitlines() if notes.exists() else ():
            kind, source, number = line.split(" ")
            if kind == "erased":
                self.gone.add((source, number))
            else:
                self.keep_out([(source, number)])
        notes.unlink(missing_ok=True)

    def left(self) -> Deliveries:
        """What would have been delivered had nobody of those who are out ever been there."""
        left: Deliveries = {}
        for (source, table, day), rows in self.delivered.items():
            out = self.gone | self._taken_out.get((source, table, day), set())
            blanked = _BLANKED.get(table)
            kept = left[source, table, day] = []
            for number, (row, records) in enumerate(rows):
                if not records & out:
                    kept.append((row, records))
                elif blanked:
                    changed = {**row, **dict.fromkeys(blanked)}
                    if table == "events":
                        changed["anonymous_id"] = f"somebody {day} {number}"
                    kept.append((changed, frozenset()))
        return left


@contextmanager
def noted(notes: Path) -> Iterator[None]:
    """Notes in a file whose rows runs take out, before they do.

    Args:
        notes: The file, which `Books.read` reads.
    """

    def noting(*arguments: Any) -> Footprint:
        person, since = arguments[3], arguments[6]
        kind = "erased" if since is None else "kept_out"
        with notes.open("a") as file:
            for each in person.records:
                file.write(f"{kind} {each.source} {each.record_id}\n")
        return Footprint(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carry_out, "Footprint", noting)
        yield
