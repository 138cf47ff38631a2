"""Names: of files, that hold a day; of columns, as words; of tables, as the platform wants them."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from customer_platform.ingestion.spec import PARTITION

# In the order in which they are looked for; each names year, month and day.
_DAYS = (
    r"(?P<y>20\d\d|19\d\d)[-_.](?P<m>\d\d)[-_.](?P<d>\d\d)",
    r"(?P<d>\d\d)[-_.](?P<m>\d\d)[-_.](?P<y>20\d\d|19\d\d)",
    r"(?P<y>20\d\d|19\d\d)(?P<m>\d\d)(?P<d>\d\d)",
)
_ENDINGS = re.compile(r"(\.[A-Za-z][A-Za-z0-9]*)+$")


@dataclass(frozen=True)
class DatedName:
    """A file name and the day in it.

    Attributes:
        template: The name with `{partition}` in place of the day; without a day, before the ending.
        day: ISO day, None when the name holds none.
        stem: What is left of the name without day and ending, as a name of the platform.
    """

    template: str
    day: str | None
    stem: str


def dated_name(name: str) -> DatedName:
    """Take the day out of a file name: `Members_20240601.csv` is `Members_{partition}.csv`."""
    ending = _ENDINGS.search(name)
    base, tail = (name[: ending.start()], ending.group()) if ending else (name, "")
    for pattern in _DAYS:
        for match in re.finditer(rf"(?<!\d){pattern}(?!\d)", base):
            day = _day(match)
            if day is not None:
                before, after = base[: match.start()], base[match.end() :]
                stem = snake_case(f"{before} {after}")
                return DatedName(f"{before}{PARTITION}{after}{tail}", day, stem)
    return DatedName(f"{base}_{PARTITION}{tail}", None, snake_case(base))


def _day(match: re.Match[str]) -> str | None:
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"])).isoformat()
    except ValueError:
        return None


def fold(text: str) -> str:
    """Lower case without accents: `Prénom` is `prenom`, `Straße` is `strasse`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words(name: str) -> list[str]:
    """The words of a column name: `customerFirstName` and `Customer first-name` have the same."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[a-z0-9]+", fold(parted))


def snake_case(name: str) -> str:
    """A name as the platform wants it: lower-case words and digits with single underscores."""
    joined = "_".join(words(name))
    if not joined:
        return ""
    return joined if joined[0].isalpha() else f"n{joined}"


def unique_names(names: list[str]) -> dict[str, str]:
    """Per column the snake-case name that no other column has."""
    taken: dict[str, str] = {}
    for position, name in enumerate(names, start=1):
        wanted = snake_case(name) or f"column_{position}"
        candidate, number = wanted, 2
        while candidate in taken.values():
            candidate, number = f"{wanted}_{number}", number + 1
        taken[name] = candidate
    return taken
