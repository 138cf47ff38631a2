"""Retail without dbt: what it declares, an empty warehouse with staging views, and files."""

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from customer_platform.declarations import Declarations, read_declarations
from customer_platform.ingestion import SourceSpec, TableSpec
from customer_platform.ingestion.tables import create_tables
from customer_platform.warehouse.functions import create_functions
from customer_platform_tests.support.projects import checkout
from customer_platform_tests.support.staging_views import render

Row = Mapping[str, Any]

VIEWS = {
    "stg_crm__customers": "crm", "stg_webshop__customers": "webshop",
    "stg_pos__loyalty_cards": "pos", "stg_newsletter__subscribers": "newsletter",
    "stg_support__contacts": "support", "stg_webshop__order_lines": "webshop",
    "stg_pos__receipt_lines": "pos", "stg_web__events": "web",
}  # fmt: skip


@cache
def retail_declarations() -> Declarations:
    """What retail declares, without the rule for similar records, which takes its time."""
    declared = read_declarations(checkout(), "retail")
    customer = declared.entities["customer"]
    rules = [rule for rule in customer.match_rules if not rule.similar]
    copied = customer.model_copy(update={"match_rules": rules, "updated_at": None})
    # Computed for the rules as they were.
    vars(copied).pop("rules", None)
    return replace(declared, entities={"customer": copied})


@cache
def retail_without(left_out: str | None) -> Declarations:
    """The same without one of its match rules."""
    declared = retail_declarations()
    customer = declared.entities["customer"]
    rules = [rule for rule in customer.match_rules if rule.name != left_out]
    copied = customer.model_copy(update={"match_rules": rules})
    vars(copied).pop("rules", None)
    return replace(declared, entities={"customer": copied})


def make_warehouse(path: Path) -> None:
    """Makes an empty warehouse with the raw tables and staging views of retail."""
    root = checkout().dbt / "models" / "retail" / "staging"
    with duckdb.connect(str(path)) as connection:
        create_functions(connection)
        # DuckDB plans the real ones for most of a second wherever a view that calls them is read.
        for name in ("email", "name", "code", "country", "postcode", "street"):
            connection.execute(
                f"create or replace macro normalise_{name}(x) as lower(nullif(trim(x), ''))"
            )
        connection.execute(
            "create or replace macro normalise_phone(x, country) as x; create schema staging; "
            "create schema identity; create schema master;"
        )
        for name, source in retail_declarations().sources.items():
            for table in source.tables:
                create_tables(connection, name, table)
        for view, folder in VIEWS.items():
            text = (root / folder / f"{view}.sql").read_text()
            connection.execute(f"create view staging.{view} as {render(text, _raw)}")


def _raw(source: str, table: str) -> str:
    return f"raw.{source}__{table}"


def tables() -> Iterator[tuple[str, TableSpec]]:
    """All tables with their sources."""
    for name, source in retail_declarations().sources.items():
        assert isinstance(source, SourceSpec)
        for table in source.tables:
            yield name, table


_ARROW = {
    "BIGINT": pa.int64(), "INTEGER": pa.int32(), "TIMESTAMP": pa.timestamp("us"),
    "DECIMAL(18,2)": pa.decimal128(18, 2),
}  # fmt: skip


def written(table: TableSpec, rows: Sequence[Row]) -> bytes:
    """A file of a table."""
    columns = list(table.columns)
    given = [{column: row.get(column) for column in columns} for row in rows]
    if table.format == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(given)
        return _compressed(table, text.getvalue().encode())
    if table.format == "jsonl":
        # A file without a byte is taken for one that is being written.
        return _compressed(
            table, "".join(f"{json.dumps(row)}\n" for row in given).encode() or b"\n"
        )
    types = table.column_types
    schema = pa.schema([(each, _ARROW.get(types[each], pa.string())) for each in columns])
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(given, schema), sink)
    return sink.getvalue()


def _compressed(table: TableSpec, content: bytes) -> bytes:
    if table.path.endswith(".zst"):
        return bytes(pa.compress(content, codec="zstd", asbytes=True))
    return gzip.compress(content, mtime=0) if table.path.endswith(".gz") else content
