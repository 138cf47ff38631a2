"""What a source delivers: the declaration that a source's YAML is validated against."""

import codecs
import re
from functools import cache
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

import duckdb
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

PARTITION = "{partition}"

# Columns that loading adds to every raw table.
SYSTEM_COLUMNS = {
    "_unexpected": "JSON",
    "_partition": "DATE",
    "_source_file": "VARCHAR",
    "_loaded_at": "TIMESTAMP",
    "_row_number": "BIGINT",
}

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TYPE = re.compile(r"[A-Za-z][\w ,()\[\]\"']*")
_COMPRESSED = (".gz", ".zst")


@cache
def _type_checker() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


@cache
def canonical_type(name: str) -> str | None:
    """DuckDB's own spelling of a type (`text` is `VARCHAR`), or None for an unknown type."""
    if not _TYPE.fullmatch(name):
        return None
    try:
        rows = _type_checker().execute(f"select typeof(cast(null as {name}))").fetchall()
    except duckdb.Error:
        return None
    return str(rows[0][0])


def _snake_case(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no valid name: use lower-case letters, digits and single underscores, "
            "starting with a letter (the double underscore separates source and table)"
        )
    return name


Name = Annotated[str, AfterValidator(_snake_case)]


class ColumnSpec(BaseModel):
    """A declared column; a bare type (`customer_id: bigint`) is accepted as well.

    Attributes:
        type: A DuckDB type.
        description: What the column means; shown in the UI.
    """

    model_config = ConfigDict(extra="forbid")

    type: str
    description: str = ""

    @model_validator(mode="before")
    @classmethod
    def _accept_a_bare_type(cls, value: Any) -> Any:
        return {"type": value} if isinstance(value, str) else value


class TableSpec(BaseModel):
    """One table of a source: where its files land and what is in them.

    Attributes:
        name: Name of the table inside its source.
        description: What one row is; shown in the UI.
        path: Template relative to the landing zone. `{partition}` (an ISO day) stands in it once;
            `*` matches anything inside one name, for several files a partition. Files ending in
            `.gz` or `.zst` are read compressed.
        format: Format of the files.
        load_mode: `append`: new rows each day; `snapshot`: the full table each day; `delta`: the
            rows that are new or changed that day.
        columns: Declared columns in the order of the raw table.
        primary_key: Columns that together are filled and unique within a partition.
        partition_column: Column whose day must be the partition.
        newest_column: Column that tells how new the data is; default: the partition column.
        encoding: Encoding of CSV and JSONL files, by any name Python knows.
        delimiter: CSV field separator.
        quote: CSV quote; doubled inside a quoted field. Empty: fields are never quoted.
        required: False if a day may have no file.
        max_reject_rate: Share of a file's rows above which the partition is not loaded.
        late_after_hours: Hours after the end of a day when its partition counts as late.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: str = ""
    path: str
    format: Literal["csv", "jsonl", "parquet"]
    load_mode: Literal["append", "snapshot", "delta"]
    columns: dict[str, ColumnSpec]
    primary_key: list[str] = Field(default_factory=list)
    partition_column: str | None = None
    newest_column: str | None = None
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    required: bool = True
    max_reject_rate: float = Field(default=0.2, ge=0, le=1)
    late_after_hours: int | None = Field(default=None, gt=0)

    @field_validator("path")
    @classmethod
    def _path_is_a_template(cls, path: str) -> str:
        parts = PurePosixPath(path).parts
        if PurePosixPath(path).is_absolute() or ".." in parts or "\\" in path:
            raise ValueError(f"path {path!r} must be relative to the landing zone, without '..'")
        if path.count(PARTITION) != 1:
            raise ValueError(f"path {path!r} must contain {PARTITION} exactly once")
        if set("{}") & set(path.replace(PARTITION, "")):
            raise ValueError(f"path {path!r}: the only placeholder is {PARTITION}")
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
    def _fits_together(self) -> "TableSpec":
        where = f"table {self.name!r}"
        if not self.columns:
            raise ValueError(f"{where} declares no columns")
        seen: dict[str, str] = {}
        for column, spec in self.columns.items():
            if not column.strip() or column != column.strip():
                raise ValueError(f"{where}: column name {column!r} is blank or padded with blanks")
            if column.lower() in SYSTEM_COLUMNS:
                raise ValueError(f"{where}: column {column!r} is a name that loading adds itself")
            if column.lower() in seen:
                raise ValueError(
                    f"{where}: columns {seen[column.lower()]!r} and {column!r} differ only in "
                    "case, which SQL does not tell apart"
                )
            seen[column.lower()] = column
            if canonical_type(spec.type) is None:
                raise ValueError(
                    f"{where}: column {column!r} has the type {spec.type!r}, which DuckDB does "
                    "not know; types are for instance VARCHAR, BIGINT, DECIMAL(18,4), DATE"
                )
        self._names_declared_columns("primary_key", self.primary_key)
        if len(set(self.primary_key)) < len(self.primary_key):
            raise ValueError(f"{where}: primary_key names a column twice: {self.primary_key}")
        if self.partition_column is not None:
            self._names_declared_columns("partition_column", [self.partition_column])
            if not self._is_temporal(self.partition_column):
                raise ValueError(
                    f"{where}: partition_column {self.partition_column!r} must be a DATE or "
                    f"TIMESTAMP, not {self.columns[self.partition_column].type}"
                )
        if self.newest_column is None:
            self.newest_column = self.partition_column
        elif not self._is_temporal(self.newest_column):
            raise ValueError(
                f"{where}: newest_column {self.newest_column!r} must be a declared DATE or "
                "TIMESTAMP column"
            )
        if self.format == "parquet" and self.path.endswith(_COMPRESSED):
            raise ValueError(f"{where}: Parquet is compressed inside; {self.path!r} cannot be read")
        if self.quote == self.delimiter:
            raise ValueError(f"{where}: delimiter and quote are both {self.quote!r}")
        return self

    def _names_declared_columns(self, field: str, columns: list[str]) -> None:
        for column in columns:
            if column not in self.columns:
                raise ValueError(
                    f"table {self.name!r}: {field} names {column!r}, which is not among the "
                    f"declared columns: {', '.join(self.columns)}"
                )

    def _is_temporal(self, column: str) -> bool:
        declared = self.columns.get(column)
        kind = canonical_type(declared.type) if declared else None
        return kind is not None and (kind == "DATE" or kind.startswith("TIMESTAMP"))

    @property
    def column_types(self) -> dict[str, str]:
        """Declared columns with DuckDB's own spelling of their types."""
        return {name: str(canonical_type(spec.type)) for name, spec in self.columns.items()}

    @property
    def filled_columns(self) -> list[str]:
        """Columns in which a row must have a value."""
        named = [*self.primary_key, self.partition_column]
        return [name for name in self.columns if name in named]


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
        names = [table.name for table in self.tables]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"source {self.source!r} declares twice: {', '.join(twice)}")
        return self
