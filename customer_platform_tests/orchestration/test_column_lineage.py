from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from customer_platform.orchestration.column_lineage import (
    ColumnLineages,
    column_sources,
    read_schema,
)

ORDERS = ("warehouse", "raw", "orders")
CUSTOMERS = ("warehouse", "master", "customers")


@pytest.fixture
def warehouse(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(tmp_path / "warehouse.duckdb"))
    for statement in (
        "create schema raw", "create schema master",
        "create table raw.orders (id varchar, buyer varchar, price decimal(9, 2), placed date)",
        "create table master.customers (customer_id varchar, spent decimal(9, 2), seen date)",
    ):  # fmt: skip
        connection.execute(statement)
    return connection


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select buyer as customer_id, 1 as one from warehouse.raw.orders",
         {"customer_id": {(ORDERS, "buyer")}, "one": set()}),
        ("with o as (select * from warehouse.raw.orders) select o.* from o",
         {name: {(ORDERS, name)} for name in ("id", "buyer", "price", "placed")}),
        ("select buyer as Who, sum(price * (id <> '')::int) as spent "
         "from warehouse.raw.orders group by all",
         {"who": {(ORDERS, "buyer")}, "spent": {(ORDERS, "price"), (ORDERS, "id")}}),
        ("select id from warehouse.raw.orders "
         "union all select customer_id from warehouse.master.customers",
         {"id": {(ORDERS, "id"), (CUSTOMERS, "customer_id")}}),
        ("select coalesce(placed, seen) as day from warehouse.raw.orders as o "
         "left join warehouse.master.customers as c on o.buyer = c.customer_id",
         {"day": {(ORDERS, "placed"), (CUSTOMERS, "seen")}}),
    ],
    ids=["renamed and constant", "star through a CTE", "computed", "union", "join"],
)  # fmt: skip
def test_a_column_comes_from_what_it_is_computed_from(
    warehouse: duckdb.DuckDBPyConnection, sql: str, expected: dict[str, Any]
) -> None:
    assert column_sources(sql, read_schema(warehouse, "duckdb"), "duckdb") == expected


def _model(name: str, target: Path, sql: str) -> dict[str, Any]:
    path = target / "compiled" / "project" / f"models/{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(sql)
    return {
        "resource_type": "model", "unique_id": f"model.project.{name}", "database": "warehouse",
        "schema": "master", "name": name, "alias": name, "package_name": "project",
        "original_file_path": f"models/{name}.sql", "relation_name": f"master.{name}",
    }  # fmt: skip


def _lineage(
    warehouse: duckdb.DuckDBPyConnection, target: Path, sql: str
) -> tuple[dg.TableColumnLineage, list[str]]:
    """The lineage of the model `customers`, and the warnings about it."""
    model = _model("customers", target, sql)
    manifest = {
        "metadata": {"adapter_type": "duckdb"},
        "nodes": {model["unique_id"]: model},
        "sources": {
            "source.project.shop.orders": {
                "database": "warehouse", "schema": "raw", "name": "anything",
                "identifier": "orders", "relation_name": "raw.orders",
            }
        },
    }  # fmt: skip
    warnings: list[str] = []
    lineages = ColumnLineages(
        manifest, target, read_schema(warehouse, "duckdb"), dg.AssetKey, warnings.append
    )
    return lineages.of(model), warnings


def test_columns_of_tables_are_those_of_their_assets(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    sql = 'select buyer, placed - id::int as day from "warehouse"."raw"."orders"'
    shop = dg.AssetKey("source.project.shop.orders")
    assert _lineage(warehouse, tmp_path, sql) == (
        dg.TableColumnLineage(
            {
                "buyer": [dg.TableColumnDep(shop, "buyer")],
                "day": [dg.TableColumnDep(shop, "id"), dg.TableColumnDep(shop, "placed")],
            }
        ),
        [],
    )


def test_a_model_that_reads_itself_or_what_is_no_asset_does_not_come_from_it(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    sql = (
        "select customer_id from warehouse.master.customers "
        "union all select table_name from warehouse.information_schema.tables"
    )
    assert _lineage(warehouse, tmp_path, sql) == (dg.TableColumnLineage({"customer_id": []}), [])


def test_sql_that_cannot_be_read_is_told_with_its_file(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    lineage, warnings = _lineage(warehouse, tmp_path, "select from (where")
    assert lineage == dg.TableColumnLineage({})
    assert len(warnings) == 1
    assert warnings[0].startswith("models/customers.sql: no column lineage: ")


def test_a_seed_comes_from_nowhere(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    manifest = {"metadata": {"adapter_type": "duckdb"}, "nodes": {}, "sources": {}}
    lineages = ColumnLineages(
        manifest, tmp_path, read_schema(warehouse, "duckdb"), dg.AssetKey, pytest.fail
    )
    assert lineages.of({"resource_type": "seed"}) == dg.TableColumnLineage({})
