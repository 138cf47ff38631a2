"""What a source delivers in files: the declaration that a source's YAML is validated against."""

import codecs
from pathlib import PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from customer_platform.ingestion.declared_table import DeclaredTable, Name, check_names_are_unique
from customer_platform.ingestion.partition_path import check_template

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
    """

    path: str
    format: Literal["csv", "jsonl", "parquet"]
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    required: bool = True

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
