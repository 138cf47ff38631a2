"""Maps of several entities in one warehouse, each read through views with its own names."""

from datetime import datetime

import duckdb
import pytest

from customer_platform.errors import StateError
from customer_platform.identity import (
    Delta,
    ResolutionRules,
    UpdateSummary,
    entity_tables,
    update_map,
)
from customer_platform.identity.entities import entity_column, entity_table
from customer_platform.identity.keeping.state import viewed_tables
from customer_platform.warehouse.duckdb import table_kind
from customer_platform_tests.identity.helpers import (
    DAY_1,
    DAY_2,
    DAY_3,
    Row,
    load,
    make_rules,
    persons,
    with_phone,
)
from customer_platform_tests.identity.similar.stub import keep_compared, weights_between

Connection = duckdb.DuckDBPyConnection
BUYERS, SELLERS, CUSTOMERS = (entity_tables(name) for name in ("buyer", "seller", "customer"))

SIMILAR = make_rules(
    ("email", ["email"]),
    {"name": "similar", "similar": {"compare": ["phone", "name"], "blocking": [["phone"]]}},
)


def _resolve(
    connection: Connection,
    rows: list[Row],
    at: datetime,
    rules: ResolutionRules | None = None,
    entity: str = "buyer",
) -> UpdateSummary:
    records = load(connection, rows, f"{entity}_records")
    return update_map(connection, Delta(records), rules or make_rules(), entity_tables(entity), at)


def _rows(connection: Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f"select * from {table} order by all").fetchall()


def _columns(connection: Connection, table: str) -> list[str]:
    return [row[0] for row in connection.execute(f"describe {table}").fetchall()]


def _schema(connection: Connection, schema: str) -> dict[str, list[tuple[object, ...]]]:
    names = connection.execute(
        "select table_name from information_schema.tables where table_schema = ?", [schema]
    ).fetchall()
    return {name: _rows(connection, f'{schema}."{name}"') for (name,) in names}


def _check_views(connection: Connection) -> set[str]:
    """Checks that every view has its table's rows and the entity's ID.

    Returns:
        The tables that there are views of.
    """
    there = {
        table
        for table in viewed_tables(BUYERS)
        if table_kind(connection, BUYERS.schema, table) is not None
    }
    for table in there:
        view = BUYERS.read_as(table)
        assert view == f"identity.{entity_table(table, 'buyer')}"
        assert _rows(connection, view) == _rows(connection, BUYERS.qualified(table))
        assert not [name for name in _columns(connection, view) if "customer_id" in name]
    views = {BUYERS.read_as(table) for table in there}
    assert {f"identity.{name}" for name in _schema(connection, "identity")} == views
    return there


def test_views_have_the_rows_of_the_kept_tables_and_the_name_of_the_entity(
    connection: Connection,
) -> None:
    _resolve(connection, persons(2, 2, 1), DAY_1)
    there = _check_views(connection)
    assert there == {
        "customer_id_map",
        "customer_id_history",
        "customer_id_changes",
        "customer_id_registry",
        "customer_id_redirects",
        "refused_links",
        "match_rule_statistics",
        "over_shared_values",
        "resolution_runs",
        "health_runs",
    }
    assert _columns(connection, "identity.buyer_id_map")[:3] == [
        "source",
        "source_record_id",
        "buyer_id",
    ]
    assert "previous_buyer_id" in _columns(connection, "identity.buyer_id_changes")
    assert "other_buyer_id" in _columns(connection, "identity.buyer_refused_links")
    assert connection.execute(
        "select count(*), count(distinct buyer_id) from identity.buyer_id_map"
    ).fetchall() == [(5, 3)]


def test_views_follow_the_runs(connection: Connection) -> None:
    rows = persons(2, 2, 1)
    _resolve(connection, rows, DAY_1)
    before = _rows(connection, "identity.buyer_id_map")
    summary = _resolve(connection, with_phone(rows, "a0 b0"), DAY_2)
    assert summary.mode == "incremental"
    assert summary.retired_customers == 1
    _check_views(connection)
    assert _rows(connection, "identity.buyer_id_map") != before
    [(retired, successor)] = connection.execute(
        "select buyer_id, successor from identity.buyer_id_redirects"
    ).fetchall()
    changed = "identity.buyer_id_changes where previous_buyer_id is not null"
    assert {row[3:5] for row in _rows(connection, changed)} == {(retired, successor)}


def test_there_is_a_view_of_the_review_queue_only_as_long_as_there_is_a_queue(
    connection: Connection,
) -> None:
    rows: list[Row] = [("s", "1", "a", "p", "n"), ("s", "2", "b", "p", "n")]
    records = load(connection, rows, "buyer_records")
    weights = weights_between(("1", "2", 1.0))
    keep_compared(connection, records, SIMILAR, weights, BUYERS)
    _resolve(connection, rows, DAY_1, SIMILAR)
    assert {"review_queue", "similar_pairs"} <= _check_views(connection)
    queue = "identity.buyer_review_queue"
    [(buyer, other)] = connection.execute(
        f"select buyer_id, other_buyer_id from {queue}"
    ).fetchall()
    assert buyer != other
    _resolve(connection, rows, DAY_2)
    assert "review_queue" not in _check_views(connection)


def test_buyers_and_sellers_of_the_same_names_do_not_disturb_each_other(
    connection: Connection,
) -> None:
    rows = persons(2, 2, 1)
    _resolve(connection, rows, DAY_1, entity="buyer")
    buyers = _schema(connection, BUYERS.schema)
    # The same records, which are other sellers: nothing joins them but a phone.
    sellers: list[Row] = [(row[0], row[1], None, "the same") for row in rows]
    summary = _resolve(connection, sellers, DAY_2, make_rules(("phone", ["phone"])), "seller")
    assert (summary.mode, summary.records, summary.customers) == ("full", 5, 1)
    assert _schema(connection, BUYERS.schema) == buyers
    kept = _schema(connection, SELLERS.schema)
    summary = _resolve(connection, [*rows, ("s", "z", "new")], DAY_3, entity="buyer")
    assert (summary.mode, summary.records, summary.customers) == ("incremental", 6, 4)
    assert _schema(connection, SELLERS.schema) == kept
    for entity, customers in (("buyer", 4), ("seller", 1)):
        assert connection.execute(
            f"select count(distinct {entity}_id) from identity.{entity}_id_map"
        ).fetchall() == [(customers,)]


def test_customers_have_no_views_and_the_tables_that_they_always_had(
    connection: Connection,
) -> None:
    _resolve(connection, persons(2), DAY_1, entity="customer")
    names = set(_schema(connection, "identity"))
    assert {"customer_id_map", "customer_id_history", "resolution_state"} <= names
    assert not [name for name in names if name.startswith("customer_customer")]
    assert CUSTOMERS.read_as("refused_links") == "identity.refused_links"


def test_a_map_that_is_refused_leaves_the_views_as_they_were(connection: Connection) -> None:
    rows = persons(2, 2)
    _resolve(connection, rows, DAY_1)
    before = _schema(connection, "identity")
    records = load(connection, with_phone(rows, "a0 b0"), "buyer_records")
    summary = update_map(
        connection, Delta(records), make_rules(), BUYERS, DAY_2, gate=lambda _: ["too different"]
    )
    assert summary.violations == ("too different",)
    assert _schema(connection, "identity") == before


def test_a_table_in_the_place_of_a_view_is_refused_by_name_and_kept(
    connection: Connection,
) -> None:
    connection.execute("create schema identity; create table identity.buyer_id_map (mine int)")
    with pytest.raises(StateError, match=r"identity\.buyer_id_map is a table, and .* 'buyer'"):
        _resolve(connection, persons(2), DAY_1)
    assert _columns(connection, "identity.buyer_id_map") == ["mine"]
    assert table_kind(connection, BUYERS.schema, BUYERS.customer_id_map) is None


@pytest.mark.parametrize("entity", ["Buyer", "buyer id", "1st", "", "_x", "käufer", 'b"'])
def test_an_entity_is_a_lower_case_identifier(entity: str) -> None:
    with pytest.raises(ValueError, match="can't name an entity: begin with a lower-case letter"):
        entity_tables(entity)


def test_tables_and_columns_are_named_after_the_entity() -> None:
    assert entity_table("customer_id_map", "buyer") == "buyer_id_map"
    assert entity_table("similar_pairs", "buyer") == "buyer_similar_pairs"
    assert entity_table("similar_pairs", "customer") == "similar_pairs"
    assert entity_column("other_customer_id", "buyer") == "other_buyer_id"
    assert entity_column("customer_id", "buyer") == "buyer_id"
    assert entity_column("records", "buyer") == "records"


def test_ids_of_two_entities_differ_also_where_one_record_founds_both(
    connection: Connection,
) -> None:
    rows = persons(1)
    _resolve(connection, rows, DAY_1, entity="buyer")
    _resolve(connection, rows, DAY_2, entity="seller")
    [(buyer, seller)] = connection.execute(
        "select any_value(buyer_id), any_value(seller_id) "
        "from identity.buyer_id_map join identity.seller_id_map using (source, source_record_id)"
    ).fetchall()
    assert buyer.startswith("b_")
    assert seller.startswith("s_")
    assert buyer[2:] != seller[2:]
