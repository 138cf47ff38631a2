"""The Parquet files of an engine's tables, and the workshop's views of them.

A table lies in a folder of its own below that of its schema. One that is partitioned has a folder
per value of its partition column, `column=value/`. Files whose names begin with a dot or an
underscore are nobody's: they are being written.
"""

import os
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.warehouse.duckdb import KEPT_IN_LAKE
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DAY = "_partition"

_VERSION = "version-"
_ROWS = "rows.parquet"


@dataclass(frozen=True)
class LakeColumn:
    """A column of a table in the lake.

    Attributes:
        name: Its name.
        type: Its type in the workshop.
        is_partition: Whether it stands in the names of folders rather than in files.
    """

    name: str
    type: str
    is_partition: bool = False


@dataclass(frozen=True)
class Lake:
    """The folder below which an engine keeps its tables.

    Attributes:
        folder: The folder, absolute.
    """

    folder: Path

    def path(self, table: str) -> Path:
        """The folder of a table, `schema.table`."""
        return self.folder.joinpath(*table.split("."))

    def write_days(
        self, connection: "DuckDBPyConnection", table: str, query: str, days: Sequence[str]
    ) -> list[str]:
        """Replaces the file of each day of a table, in one step per day.

        Args:
            connection: The workshop.
            table: The table.
            query: Its rows of these days, with the column `_partition`, which isn't written.
            days: The days, ISO.

        Returns:
            The days that have rows; of the others there is no file.
        """
        counts = connection.execute(f"select {DAY}::varchar, count(*) from {query} group by all")
        filled = {day for day, _ in counts.fetchall()}
        for day in days:
            folder = self.path(table) / f"{DAY}={day}"
            if day not in filled:
                (folder / _ROWS).unlink(missing_ok=True)
                continue
            folder.mkdir(parents=True, exist_ok=True)
            half = folder / f".{_ROWS}.new"
            connection.execute(
                f"copy (select * exclude ({DAY}) from {query} where {DAY} = date {literal(day)}) "
                f"to {literal(str(half))} (format parquet, compression zstd)"
            )
            os.replace(half, folder / _ROWS)
        return sorted(filled)

    def write_version(self, connection: "DuckDBPyConnection", table: str, query: str) -> Path:
        """Writes all rows of a table into a folder that it has not had before.

        Args:
            connection: The workshop.
            table: The table.
            query: Its rows.
        """
        version = self.path(table) / f"{_VERSION}{uuid.uuid4().hex}"
        version.mkdir(parents=True)
        connection.execute(
            f"copy (select * from {query}) to {literal(str(version / _ROWS))} "
            "(format parquet, compression zstd)"
        )
        return version

    def remove_versions(self, table: str, kept: Path) -> None:
        """Removes what `write_version` has written before.

        Args:
            table: The table.
            kept: The folder that is read now.
        """
        for version in self.path(table).glob(f"{_VERSION}*"):
            if version != kept:
                shutil.rmtree(version)

    def show(
        self, connection: "DuckDBPyConnection", table: str, columns: Sequence[LakeColumn]
    ) -> None:
        """Makes the workshop's view of a table.

        A file that lacks a column has nulls there.

        Args:
            connection: The workshop.
            table: The table.
            columns: Its columns, in their order.
        """
        schema, name = table.split(".")
        connection.execute(f"create schema if not exists {identifier(schema)}")
        view = f"{identifier(schema)}.{identifier(name)}"
        empty = ", ".join(f"null::{each.type} as {identifier(each.name)}" for each in columns)
        rows = f"(select {empty} where false)"
        if files := self._files(table, columns):
            rows = f"(from {files} union all by name from {rows})"
        cast = ", ".join(
            f"{identifier(each.name)}::{each.type} as {identifier(each.name)}" for each in columns
        )
        connection.execute(f"create or replace view {view} as select {cast} from {rows}")
        connection.execute(f"comment on view {view} is {literal(KEPT_IN_LAKE)}")

    def _files(self, table: str, columns: Sequence[LakeColumn]) -> str | None:
        """SQL that reads the files of a table; None where there are none.

        Each level is spelt out: below a folder of partitions there may be what is being written.
        """
        partitions = [each for each in columns if each.is_partition]
        below = "/".join([*(f"{each.name}=*" for each in partitions), "[!._]*.parquet"])
        if not any(self.path(table).glob(below)):
            return None
        options = "union_by_name = true"
        if partitions:
            types = ", ".join(f"{literal(each.name)}: {each.type}" for each in partitions)
            options += f", hive_partitioning = true, hive_types = {{{types}}}"
        return f"read_parquet({literal(str(self.path(table) / below))}, {options})"
