"""What every table of a source declares, whether it comes in files or out of a database."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Self

import duckdb
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from customer_platform.personal_kinds import Personal

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


def _is_time_format(written: str) -> bool:
    try:
        found = _type_checker().execute("select try_strptime('', ?)", [written]).fetchall()
    except duckdb.Error:
        return False
    return bool(found) and "%" in written


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
        format: How a date or timestamp is written, in the codes of strptime, for example
            `%d-%m-%Y`; by default as ISO 8601.
        personal: Which kind of personal data it holds, or false. What says nothing is personal,
            and hidden from previews and messages.
    """

    model_config = ConfigDict(extra="forbid")

    type: str
    description: str = ""
    format: str | None = None
    personal: Personal = None

    @model_validator(mode="before")
    @classmethod
    def _accept_a_bare_type(cls, value: Any) -> Any:
        return {"type": value} if isinstance(value, str) else value


class DeclaredTable(BaseModel):
    """What every table of a source declares.

    Attributes:
        name: Name of the table inside its source.
        description: What one row is; shown in the UI.
        load_mode: `append`: new rows each day; `snapshot`: the full table each day; `delta`: the
            rows that are new or changed that day.
        columns: Declared columns in the order of the raw table.
        primary_key: Columns that together are filled and unique within a partition.
        partition_column: Column whose day must be the partition.
        newest_column: Column that says how new the data is; default: the partition column.
        max_reject_rate: Share of a partition's rows above which it is not loaded.
        late_after_hours: Hours after the end of a day when its partition counts as late.
        keep_days: For how many days its data is kept. `customer-platform retain` deletes older
            files and older rows of records and snapshots, but for the newest snapshot; other rows
            lose their personal columns and keep the rest. A record of a delta that hasn't changed
            for so long is gone. By default everything is kept.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: str = ""
    load_mode: Literal["append", "snapshot", "delta"]
    columns: dict[str, ColumnSpec]
    primary_key: list[str] = Field(default_factory=list)
    partition_column: str | None = None
    newest_column: str | None = None
    max_reject_rate: float = Field(default=0.2, ge=0, le=1)
    late_after_hours: int | None = Field(default=None, gt=0)
    keep_days: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _columns_fit_together(self) -> Self:
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
                    "case, which SQL does not distinguish"
                )
            seen[column.lower()] = column
            if canonical_type(spec.type) is None:
                raise ValueError(
                    f"{where}: column {column!r} has the type {spec.type!r}, which DuckDB does "
                    "not know; types are for instance VARCHAR, BIGINT, DECIMAL(18,4), DATE"
                )
            self._format_fits(column, spec)
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
        return self

    def _format_fits(self, column: str, spec: ColumnSpec) -> None:
        where = f"table {self.name!r}: column {column!r}"
        if spec.format is None:
            return
        if canonical_type(spec.type) not in ("DATE", "TIMESTAMP"):
            raise ValueError(f"{where} has a format, which only a DATE or TIMESTAMP may have")
        if not _is_time_format(spec.format):
            raise ValueError(
                f"{where} has the format {spec.format!r}, which strptime does not know; write for "
                "instance %d-%m-%Y"
            )

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
    def formats(self) -> dict[str, str | None]:
        """How the dates and timestamps of each declared column are written, if not as ISO 8601."""
        return {name: spec.format for name, spec in self.columns.items()}

    @property
    def personal(self) -> dict[str, Personal]:
        """What each declared column says of personal data."""
        return {name: spec.personal for name, spec in self.columns.items()}

    def kept_since(self, today: date) -> str:
        """The first ISO day whose data is kept; empty where all is.

        Args:
            today: The day it is, UTC.
        """
        return "" if self.keep_days is None else (today - timedelta(self.keep_days)).isoformat()

    @property
    def filled_columns(self) -> list[str]:
        """Columns in which a row must have a value."""
        named = [*self.primary_key, self.partition_column]
        return [name for name in self.columns if name in named]


def check_names_are_unique(source: str, tables: Sequence[DeclaredTable]) -> None:
    """Refuse tables of one name, whose rows would replace each other.

    Raises:
        ValueError: The message names source and tables.
    """
    names = [table.name for table in tables]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"source {source!r} declares twice: {', '.join(twice)}")
