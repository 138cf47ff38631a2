"""What a source delivers in files: the declaration that a source's YAML is validated against."""

import codecs
import re
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from customer_platform.ingestion.declared_table import DeclaredTable, Name, check_names_are_unique

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


_COMPRESSED = (".gz", ".zst")


class TableSpec(DeclaredTable):
    """One table of a source that comes in files: where they land and how they are written.

    Attributes:
        path: Template relative to the landing zone. `{partition}` (an ISO day) stands in it once,
            or `{partition:%Y%m%d}` where the day is written otherwise; `{partition:%Y-%m}` is a
            month, whose partition is its first day. `*` matches anything inside one name, for
            several files a partition. Files ending in `.gz` or `.zst` are read compressed.
        format: Format of the files.
        encoding: Encoding of CSV and JSONL files, by any name Python knows.
        delimiter: CSV field separator.
        quote: CSV quote; doubled inside a quoted field. Empty: fields are never quoted.
        required: False if a day may have no file.
        landing: `keep` where the files may not be changed; else `rewrite`: who is erased is taken
            out of them, too.
    """

    path: str
    format: Literal["csv", "jsonl", "parquet"]
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    required: bool = True
    landing: Literal["rewrite", "keep"] = "rewrite"

    @field_validator("path")
    @classmethod
    def _path_is_a_template(cls, path: str) -> str:
        parts = PurePosixPath(path).parts
        if PurePosixPath(path).is_absolute() or ".." in parts or "\\" in path:
            raise ValueError(f"path {path!r} must be relative to the landing zone, without '..'")
        check_template(path)
        if set("?[]") & set(path):
            raise ValueError(f"path {path!r}: the only wildcard is '*'")
        return path

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, encoding: str) -> str:
        try:
            return codecs.lookup(encoding).name
        except LookupError as error:
            raise ValueError(
                f"unknown encoding {encoding!r}: use a name such as utf-8, latin-1 or cp1252"
            ) from error

    @model_validator(mode="after")
    def _file_fits_together(self) -> "TableSpec":
        where = f"table {self.name!r}"
        if self.format == "parquet" and self.path.endswith(_COMPRESSED):
            raise ValueError(f"{where}: Parquet is compressed inside; {self.path!r} cannot be read")
        if self.quote == self.delimiter:
            raise ValueError(f"{where}: delimiter and quote are both {self.quote!r}")
        return self


class SourceSpec(BaseModel):
    """A source system and the tables it delivers.

    Attributes:
        source: Name of the system; raw tables are named `raw.<source>__<table>`.
        owner: Who answers for its deliveries: an email address or `team:<name>`.
        description: What the system is; shown in the UI.
        tables: The tables it delivers.
    """

    model_config = ConfigDict(extra="forbid")

    source: Name
    owner: str
    description: str = ""
    tables: list[TableSpec] = Field(min_length=1)

    @model_validator(mode="after")
    def _table_names_are_unique(self) -> "SourceSpec":
        check_names_are_unique(self.source, self.tables)
        return self
