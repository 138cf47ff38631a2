"""Rows of a table that are in DuckDB, with what is known of their columns."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.types import ColumnType
from customer_platform.warehouse.sql import identifier


@dataclass(frozen=True)
class LoadedRows:
    """Rows of a table.

    Attributes:
        connection: Where they are.
        table: Their qualified name; `_partition` is the partition.
        types: Column -> its type.
        found: Column -> its statistics.
        count: How many there are.
    """

    connection: duckdb.DuckDBPyConnection
    table: str
    types: Mapping[str, ColumnType]
    found: Mapping[str, ColumnStatistics]
    count: int

    def repeat(self, column: str) -> bool:
        """Whether several rows of a partition have the same value."""
        name = identifier(column)
        return self._any(
            f"where {name} is not null group by _partition, {name} having count(*) > 1"
        )

    def have_one_per(self, group: str, column: str, *, over_days: bool = False) -> bool:
        """Whether the rows of every value of `group` have at most one of `column`.

        Args:
            group: A column.
            column: Another.
            over_days: Of a value over all partitions, not within each.
        """
        by = identifier(group) if over_days else f"_partition, {identifier(group)}"
        return not self._any(f"group by {by} having count(distinct {identifier(column)}) > 1")

    def gaps(self, roles: Mapping[str, str]) -> frozenset[str]:
        """The roles whose columns have no value in some of the rows."""
        return frozenset(
            role for role, column in roles.items() if self.found[column].filled < self.count
        )

    def _any(self, clauses: str) -> bool:
        rows = self.connection.execute(f"select 1 from {self.table} {clauses} limit 1").fetchall()
        return bool(rows)
