"""Days that have come along to a version and that it has to build, as its folder notes them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path

from customer_platform.whole_files import write_whole

# In a version's folder.
_TO_BUILD = "to_build"


@dataclass(frozen=True)
class Days:
    """Days that have come along and aren't built yet, ISO, by raw table.

    Attributes:
        copied: Those whose rows are in the raw table.
        to_land: Those that the version has to land itself, as it declares the table otherwise.
    """

    copied: Mapping[str, set[str]] = field(default_factory=dict)
    to_land: Mapping[str, set[str]] = field(default_factory=dict)

    @property
    def all(self) -> list[str]:
        """The days, in order."""
        return sorted(set().union(*self.copied.values(), *self.to_land.values()))

    def __or__(self, other: "Days") -> "Days":
        """The days of both."""
        return Days(_joined(self.copied, other.copied), _joined(self.to_land, other.to_land))


def _joined(one: Mapping[str, set[str]], two: Mapping[str, set[str]]) -> dict[str, set[str]]:
    return {table: one.get(table, set()) | two.get(table, set()) for table in {*one, *two}}


def note_days(place: Path, days: Days) -> None:
    """Writes down days that a version has to build, before they are in its raw tables.

    Args:
        place: The folder of the version.
        days: The days, on top of those that are noted.
    """
    stated = {
        kind: {table: sorted(found) for table, found in sorted(tables.items())}
        for kind, tables in asdict(days_to_build(place) | days).items()
    }
    write_whole(place / _TO_BUILD, json.dumps(stated))


def days_to_build(place: Path) -> Days:
    """The days that have come along to a version and that it hasn't built yet.

    Args:
        place: The folder of the version.
    """
    path = place / _TO_BUILD
    stated = json.loads(path.read_text()) if path.exists() else {}
    return Days(
        **{
            kind: {table: {*days} for table, days in tables.items()}
            for kind, tables in stated.items()
        }
    )


def days_are_built(place: Path) -> None:
    """Says that they are."""
    (place / _TO_BUILD).unlink()


def land_ranges(to_land: Mapping[str, Iterable[str]]) -> list[tuple[str, str, list[str]]]:
    """The runs that land days of raw tables, and no other days: files of these may be gone.

    Args:
        to_land: The days, ISO, by raw table.

    Returns:
        First and last day, and the tables.
    """
    tables: dict[str, list[str]] = defaultdict(list)
    for table, days in sorted(to_land.items()):
        for day in days:
            tables[day].append(table)
    ranges: list[tuple[str, str, list[str]]] = []
    for day, of_day in sorted(tables.items()):
        if ranges and ranges[-1][2] == of_day and _next(ranges[-1][1]) == day:
            ranges[-1] = (ranges[-1][0], day, of_day)
        else:
            ranges.append((day, day, of_day))
    return ranges


def _next(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
