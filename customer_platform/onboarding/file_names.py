"""The day, and the part of a day, in names of files and of the folders they are in."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from customer_platform.ingestion.landing import is_half_written
from customer_platform.ingestion.spec import PARTITION
from customer_platform.onboarding.vocabulary import MONTHS, snake_case

_YEAR, _MONTH, _DAY = r"(?P<Y>20\d\d|19\d\d)", r"(?P<m>0[1-9]|1[0-2])", r"(?P<d>\d\d)"
# A time behind eight digits, with or without something in between.
_TIME = r"(?:[T_-]?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d{3})?)?Z?)?"
# In the order in which they are looked for.
_DAYS = (
    rf"{_YEAR}[-_.]{_MONTH}[-_.]{_DAY}(?!\d)",
    rf"{_DAY}[-_.]{_MONTH}[-_.]{_YEAR}(?!\d)",
    rf"{_YEAR}{_MONTH}{_DAY}(?={_TIME}(?!\d))",
    rf"{_DAY}{_MONTH}{_YEAR}(?!\d)",
    rf"(?P<y>[1-9]\d){_MONTH}{_DAY}(?!\d)",
    rf"{_YEAR}[-_.]{_MONTH}(?![-_.]?\d)",
    rf"{_YEAR}{_MONTH}(?!\d)",
)
# What parts of a day end with: numbers or a time, perhaps behind the word part.
_NUMBER = r"(?:(?:part|p)[-_. ]?)?T?\d[\d:]*Z?"
_PART = re.compile(rf"[-_. ]*{_NUMBER}(?:[-_. ]+{_NUMBER})*$", re.IGNORECASE)
# Files that Spark writes: part-00000-<uuid>-c000.
_SPARK = re.compile(r"^(part)-\d+.*$")
_ENDINGS = re.compile(r"(\.[A-Za-z][A-Za-z0-9]*)+$")
_NOT_IN_TEMPLATES = set("?[]{}\\")
# Names that files have in any folder; the folder's name is the table's then.
_OF_ANY_TABLE = {"", "part", "data", "export", "file", "dump"}


@dataclass(frozen=True)
class DatedName:
    """A file name and the day in it.

    Attributes:
        template: The name with the day as a placeholder, and `*` for the part; without a day,
            with the placeholder before the ending. Begins with the folder where the day is in it.
        day: ISO day, of a month the first; None when the name holds none.
        stem: What is left of the name without day, part and ending, as a name of the platform.
        part: What distinguishes files of one day: a number or a time.
    """

    template: str
    day: str | None
    stem: str
    part: str = ""

    @property
    def in_folder(self) -> bool:
        """Whether the day is in the name of the folder."""
        return "/" in self.template


def dated_name(name: str, folder: str = "", parent: str = "") -> DatedName:
    """Take the day out of a name: `Members_20240601.csv` is `Members_{partition:%Y%m%d}.csv`.

    Args:
        name: Name of the file.
        folder: Name of its folder, in which the day is looked for where the file has none.
        parent: Name of that folder's folder, which names the table where the file does not.
    """
    ending = _ENDINGS.search(name)
    base, tail = (name[: ending.start()], ending.group()) if ending else (name, "")
    for before, template, day, after in _days(base):
        part = _PART.match(after)
        rest = "" if part else after
        stem = snake_case(f"{before} {rest}")
        wild = _with_wildcard(after) if part else after
        return DatedName(f"{before}{template}{wild}{tail}", day, stem, part.group() if part else "")
    for before, template, day, after in _days(folder):
        if template != PARTITION and "%d" not in template:
            # A folder of a month, or of a release, says nothing of the days of its files.
            continue
        spark = _SPARK.match(base)
        part = spark or re.search(r"(?<=[-_])\d+$", base)
        left = base if part is None else spark[1] if spark else base[: part.start()]
        wild = base if part is None else f"{spark[1]}-*" if spark else f"{left}*"
        stem = snake_case(left)
        return DatedName(
            f"{before}{template}{after}/{wild}{tail}",
            day,
            snake_case(parent) if stem in _OF_ANY_TABLE else stem,
            part.group() if part else "",
        )
    return DatedName(f"{base}_{PARTITION}{tail}", None, snake_case(base))


def without_numbers(stem: str) -> str:
    """A stem with `#` for each number, and for a month next to a year: they distinguish deliveries.

    Args:
        stem: The stem of a file name.
    """
    parts = ["#" if part.isdigit() else re.sub(r"\d+", "#", part) for part in stem.split("_")]
    dated = any(re.search(r"(19|20)\d\d", part) for part in stem.split("_"))
    return "_".join("#" if dated and part in MONTHS else part for part in parts)


def common_template(names: Iterable[DatedName]) -> str | None:
    """The template of all names; None where they differ, or hold what a template can't."""
    templates = {name.template for name in names}
    if len(templates) > 1 and not any("/" in each for each in templates):
        # One file of a day without a number, another with one.
        templates = {re.sub(r"[-_. ]*\*", "", each) for each in templates}
        templates = {re.sub(r"(\{partition[^{}]*\})", r"\1*", each) for each in templates}
    if len(templates) > 1:
        return None
    [template] = templates
    literal = re.sub(r"\{partition[^{}]*\}", "", template)
    unfit = _NOT_IN_TEMPLATES & set(literal) or any(map(is_half_written, template.split("/")))
    return None if unfit else template


def _with_wildcard(after: str) -> str:
    separator = re.match(r"[-_. ]*", after)
    return f"{separator.group() if separator else ''}*"


def _days(text: str) -> Iterator[tuple[str, str, str, str]]:
    """What is before the day, its placeholder, the ISO day, and what is behind."""
    for pattern in _DAYS:
        for match in re.finditer(rf"(?<!\d){pattern}", text):
            day = _day(match.groupdict())
            if day is not None:
                yield text[: match.start()], _placeholder(match), day, text[match.end() :]


def _placeholder(match: re.Match[str]) -> str:
    """The day as a placeholder: each number as its directive, what is between as it is."""
    written = match.group()
    spans = [(match.start(name), match.end(name), name) for name in match.groupdict()]
    for start, end, name in sorted(spans, reverse=True):
        begin = start - match.start()
        written = f"{written[:begin]}%{name}{written[end - match.start() :]}"
    return PARTITION if written == "%Y-%m-%d" else f"{{partition:{written}}}"


def _day(found: dict[str, str]) -> str | None:
    year = int(found.get("Y") or f"20{found['y']}")
    # Six digits are a number of any kind, unless they are a day that has been.
    if "y" in found and year > datetime.now(UTC).year + 1:
        return None
    try:
        return date(year, int(found["m"]), int(found.get("d", "1"))).isoformat()
    except ValueError:
        return None
