import duckdb

from customer_platform.deployment import CheckCounts, MainRun
from customer_platform.environment import Environment
from customer_platform.report import describe_run, describe_warehouse, table_rows


def _warehouse(environment: Environment) -> None:
    with duckdb.connect(str(environment.warehouse)) as connection:
        connection.execute(
            "create schema raw; create schema identity; create schema master;"
            "create table raw.crm__customers as select 1 as id from range(3);"
            "create table identity.resolution_state as select 'crm' as source, "
            "'C-' || i as source_record_id, 'c_' || least(i, 2) as customer_id "
            "from range(4) as numbers(i);"
            "create view identity.customer_id_map as from identity.resolution_state;"
            "create table master.customers as select distinct customer_id "
            "from identity.customer_id_map"
        )


def test_tables_for_readers_are_counted_in_the_order_of_the_datas_way(
    deployment: Environment,
) -> None:
    _warehouse(deployment)
    with duckdb.connect(str(deployment.warehouse), read_only=True) as connection:
        assert list(table_rows(connection).itertuples(index=False, name=None)) == [
            ("raw.crm__customers", 3),
            ("identity.customer_id_map", 4),
            ("master.customers", 3),
        ]


def test_accuracy_is_reported_where_there_is_a_truth(deployment: Environment) -> None:
    _warehouse(deployment)
    assert "precision" not in describe_warehouse(deployment)
    duckdb.execute(
        "copy (select 'crm' as source, 'C-' || i as source_record_id, "
        "'p' || greatest(i, 1) as person_id from range(4) as numbers(i)) "
        f"to '{deployment.home / 'truth.parquet'}'"
    )
    text = describe_warehouse(deployment)
    assert "3 found, 3 people in truth; pairwise precision 0.0000, recall 0.0000" in text


def test_checks_that_did_not_pass_are_named() -> None:
    run = MainRun("2024-01-01", "2024-01-02", 24, CheckCounts(90, ("a:b",), ("c:d",)), 41.7)
    text = describe_run(run)
    assert "24 assets for 2024-01-01 to 2024-01-02 in 42 s" in text
    assert "90 passed, 1 warned, 1 failed" in text
    assert "warned: a:b" in text
    assert "failed: c:d" in text
