"""A small shop whose files are read."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from customer_platform.ingestion.load import LoadResult, load_partitions
from customer_platform.ingestion.spec import TableSpec

DAY = "2024-03-01"


def table_spec(**changes: Any) -> TableSpec:
    """A small table `t`: a BIGINT, b VARCHAR, c DOUBLE; half of its rows may be rejected."""
    values: dict[str, Any] = {
        "name": "t",
        "path": "shop/t/t_{partition}.csv",
        "format": "csv",
        "load_mode": "append",
        "columns": {"a": "bigint", "b": "varchar", "c": "double"},
        "max_reject_rate": 0.5,
    }
    return TableSpec.model_validate(values | changes)


@dataclass
class Shop:
    """A source named `shop` with its landing zone and warehouse."""

    landing: Path
    connection: duckdb.DuckDBPyConnection

    def deliver(self, content: bytes | str, name: str = f"shop/t/t_{DAY}.csv") -> Path:
        """Put a file into the landing zone, compressed as its name says."""
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        if name.endswith(".gz"):
            data = gzip.compress(data)
        if name.endswith(".zst"):
            data = pa.compress(data, codec="zstd", asbytes=True)
        path.write_bytes(data)
        return path

    def load(self, table: TableSpec, partitions: Sequence[str] = (DAY,)) -> LoadResult:
        """Load partitions."""
        return load_partitions(self.connection, "shop", table, self.landing, partitions)

    def load_without_failures(
        self, table: TableSpec, partitions: Sequence[str] = (DAY,)
    ) -> LoadResult:
        """Load partitions; the test fails if one of them does."""
        result = self.load(table, partitions)
        assert result.failures == []
        return result

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(sql).fetchall()

    def rows(self, columns: str = "a, b, c") -> list[tuple[Any, ...]]:
        """Accepted rows in file order."""
        return self.query(
            f"select {columns} from raw.shop__t order by _partition, _source_file, _row_number"
        )

    def rejects(
        self, columns: str = "line, column_name, reason, raw_text"
    ) -> list[tuple[Any, ...]]:
        """Rejected rows in file order."""
        return self.query(
            f"select {columns} from raw.shop__t__rejected order by _partition, _source_file, line"
        )
