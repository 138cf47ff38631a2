"""The place of the day in a path template: `{partition}`, or `{partition:%Y%m%d}` and the like."""

import re
from datetime import date, datetime

PARTITION = "{partition}"
_PLACEHOLDER = re.compile(r"\{partition(?::([^{}]*))?\}")
_ISO = "%Y-%m-%d"
_DIGITS = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2}
_FORMAT = re.compile(r"(?:%[Yymd]|[-_.])+")


def has_partition(text: str) -> bool:
    """Whether the day stands in a part of a template."""
    return _PLACEHOLDER.search(text) is not None


def check_template(path: str) -> None:
    """Refuse a template in which the day does not stand exactly once, in a way that can be read.

    Raises:
        ValueError: Says what is wrong.
    """
    found = list(_PLACEHOLDER.finditer(path))
    if len(found) != 1:
        raise ValueError(f"path {path!r} must contain {PARTITION} exactly once")
    if set("{}") & set(_PLACEHOLDER.sub("", path)):
        raise ValueError(f"path {path!r}: the only placeholder is {PARTITION}")
    written = found[0][1]
    if written is None:
        return
    given = re.findall("%.", written)
    if (
        _FORMAT.fullmatch(written) is None
        or len({each.lower() for each in given}) < len(given)
        or not {"%y", "%m"} <= {each.lower() for each in given}
    ):
        raise ValueError(
            f"path {path!r}: the day is written with %Y or %y, %m and, but for months, %d, once "
            "each, and '-', '_' or '.' between them, for example {partition:%Y%m%d}"
        )


def fill_partition(path: str, day: str) -> str:
    """The path of a day, wildcards as they are.

    Args:
        path: The template.
        day: ISO day.
    """
    return _PLACEHOLDER.sub(lambda match: _written(day, match[1]), path)


def partition_pattern(part: str) -> str:
    """A regular expression of a part of a template; the day is its group `partition`."""
    between = [
        re.escape(text).replace(re.escape("*"), ".*") for text in _PLACEHOLDER.split(part)[::2]
    ]
    found = _PLACEHOLDER.search(part)
    return f"(?P<partition>{_day_pattern(found[1])})".join(between) if found else between[0]


def loose_pattern(part: str) -> str:
    """As `partition_pattern`, with anything in place of the day."""
    return re.escape(_PLACEHOLDER.sub("*", part)).replace(re.escape("*"), ".*")


def iso_day(part: str, text: str) -> str | None:
    """The day that a text in place of the placeholder is; a month is its first day.

    Args:
        part: The part of the template with the placeholder.
        text: What stands there.

    Returns:
        ISO day, None where there is no such day.
    """
    found = _PLACEHOLDER.search(part)
    try:
        day = datetime.strptime(text, found[1] if found and found[1] else _ISO).date()
    except ValueError:
        return None
    return day.isoformat()


def _written(day: str, written: str | None) -> str:
    return date.fromisoformat(day).strftime(written) if written else day


def _day_pattern(written: str | None) -> str:
    escaped = re.escape(written or _ISO)
    for directive, digits in _DIGITS.items():
        escaped = escaped.replace(directive, rf"\d{{{digits}}}")
    return escaped
