"""What a source delivers out of a database: the declaration that its YAML is validated against."""

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from customer_platform.ingestion.declared_table import DeclaredTable, Name, check_names_are_unique
from customer_platform.ingestion.spec import PARTITION, TableSpec

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_PART = r"[\w$][\w$ -]*"
_TABLE = re.compile(rf"{_PART}(\.{_PART}){{0,2}}")


class DatabaseTableSpec(DeclaredTable):
    """One table of a source that is read out of a database.

    With `load_mode` append or delta a partition holds the rows whose `partition_column`, the
    cursor, lies in its day, so that a run reads these days and nothing else. With `snapshot` a
    partition holds the full table as it was when it was read.

    Attributes:
        table: Name of the table or view in the database, `schema.table`. Only the declared
            columns are read.
    """

    table: str

    @field_validator("table")
    @classmethod
    def _table_is_a_name(cls, table: str) -> str:
        if not _TABLE.fullmatch(table):
            raise ValueError(
                f"table {table!r} is no name of a table or view: write for instance "
                "public.customers"
            )
        return table

    @model_validator(mode="after")
    def _load_mode_fits_cursor(self) -> "DatabaseTableSpec":
        if self.load_mode == "snapshot" and self.partition_column is not None:
            raise ValueError(
                f"table {self.name!r}: a snapshot is read in full, so it has no partition_column; "
                "take that out, or declare load_mode append or delta"
            )
        if self.load_mode != "snapshot" and self.partition_column is None:
            raise ValueError(
                f"table {self.name!r}: load_mode {self.load_mode} reads the rows of a day, so "
                "declare the DATE or TIMESTAMP column that holds the day as partition_column; a "
                "table without one is read in full, load_mode snapshot"
            )
        return self

    def as_files(self, database: str) -> TableSpec:
        """The table as extracts deliver it: a Parquet file a day, none for a day without rows.

        Args:
            database: What stands before the table's name in `_source_file`.
        """
        declared = self.model_dump(exclude={"table"})
        return TableSpec.model_validate(
            declared
            | {
                "path": f"{database}/{self.table}/{PARTITION}",
                "format": "parquet",
                "required": False,
            }
        )


class DatabaseSourceSpec(BaseModel):
    """A database and the tables that are read from it.

    Attributes:
        source: Name of the system; raw tables are named `raw.<source>__<table>`.
        owner: Who answers for it: an email address or `team:<name>`.
        description: What the system is; shown in the UI.
        connection: Name of the environment variable that holds the URL with user and password:
            `postgresql://user:password@host:5432/database`, `mysql://...` or
            `sqlite:////absolute/path.db`.
        tables: The tables that are read.
    """

    # Whoever writes the URL itself into YAML must not find the password in an error message, too.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    source: Name
    owner: str
    description: str = ""
    connection: str
    tables: list[DatabaseTableSpec] = Field(min_length=1)

    @field_validator("connection")
    @classmethod
    def _connection_is_a_variable(cls, connection: str) -> str:
        if not _VARIABLE.fullmatch(connection):
            raise ValueError(
                "connection must be the name of an environment variable, such as "
                "SHOP_DATABASE_URL; the URL itself, with its password, never stands in YAML"
            )
        return connection

    @model_validator(mode="after")
    def _table_names_are_unique(self) -> "DatabaseSourceSpec":
        check_names_are_unique(self.source, self.tables)
        return self
