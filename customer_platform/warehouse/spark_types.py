"""Which type of Spark stands for which of DuckDB, and the other way round."""

import re
from typing import TYPE_CHECKING

from customer_platform.errors import NotOnEngineError
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from pyspark.sql.types import DataType

# DuckDB -> Spark, and what the values are written as where that is another type of DuckDB.
_KEPT: dict[str, tuple[str, str | None]] = {
    "VARCHAR": ("string", None),
    "JSON": ("string", "VARCHAR"),
    "UUID": ("string", "VARCHAR"),
    "BOOLEAN": ("boolean", None),
    "TINYINT": ("tinyint", None),
    "SMALLINT": ("smallint", None),
    "INTEGER": ("int", None),
    "BIGINT": ("bigint", None),
    "UTINYINT": ("smallint", "SMALLINT"),
    "USMALLINT": ("int", "INTEGER"),
    "UINTEGER": ("bigint", "BIGINT"),
    "UBIGINT": ("decimal(20,0)", "DECIMAL(20,0)"),
    "FLOAT": ("float", None),
    "DOUBLE": ("double", None),
    "DATE": ("date", None),
    "TIMESTAMP": ("timestamp_ntz", None),
    "TIMESTAMP_S": ("timestamp_ntz", "TIMESTAMP"),
    "TIMESTAMP_MS": ("timestamp_ntz", "TIMESTAMP"),
    "TIMESTAMP WITH TIME ZONE": ("timestamp_ltz", None),
    "BLOB": ("binary", None),
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")

# Spark -> DuckDB, by the name that Spark gives a type in a schema.
_SEEN = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp_ntz": "TIMESTAMP",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "binary": "BLOB",
    "void": "VARCHAR",
}


def spark_type(table: str, column: str, kind: str) -> str:
    """The type of Spark that keeps the values of a column.

    Args:
        table: The table, for the message.
        column: The column.
        kind: Its type in DuckDB.

    Raises:
        NotOnEngineError: There is none.
    """
    return _kept(table, column, kind)[0]


def written(table: str, column: str, kind: str) -> str:
    """SQL of a column's values as Spark reads them from Parquet.

    Args:
        table: The table, for the message.
        column: The column.
        kind: Its type in DuckDB.

    Raises:
        NotOnEngineError: Spark has no type for them.
    """
    name = identifier(column)
    as_type = _kept(table, column, kind)[1]
    return f"{name}::{as_type} as {name}" if as_type else name


def _kept(table: str, column: str, kind: str) -> tuple[str, str | None]:
    if kind.endswith("[]"):
        inner, as_type = _kept(table, column, kind.removesuffix("[]"))
        return f"array<{inner}>", as_type and f"{as_type}[]"
    if found := _DECIMAL.fullmatch(kind):
        return f"decimal({found[1]},{found[2]})", None
    if kind not in _KEPT:
        raise NotOnEngineError(
            f"{table}: Spark has no type for the values of {column!r}, {kind}: declare the column "
            "as VARCHAR, and cast it in the staging view"
        )
    return _KEPT[kind]


def duckdb_type(kind: "DataType") -> str:
    """The type of DuckDB that the values of a column of Spark have in the workshop.

    Args:
        kind: The type in Spark.

    Raises:
        NotOnEngineError: There is none.
    """
    from pyspark.sql.types import ArrayType, DecimalType, StructType

    if isinstance(kind, ArrayType):
        return f"{duckdb_type(kind.elementType)}[]"
    if isinstance(kind, DecimalType):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if isinstance(kind, StructType):
        parts = (f"{identifier(each.name)} {duckdb_type(each.dataType)}" for each in kind.fields)
        return f"STRUCT({', '.join(parts)})"
    name = kind.simpleString()
    if name not in _SEEN:
        raise NotOnEngineError(
            f"a model has a column of Spark's type {name}, which the platform can't read: cast it "
            "in the model"
        )
    return _SEEN[name]
