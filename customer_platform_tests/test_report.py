from datetime import datetime

import duckdb

from customer_platform.check_counts import CheckCounts
from customer_platform.deployment import MainRun
from customer_platform.environment import Environment
from customer_platform.identity import Delta, ResolutionRules, entity_tables, update_map
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
    assert "Customers: 3 found, 3 in truth; pairwise precision 0.0000, recall 0.0000" in text


def test_every_entity_of_the_truth_is_measured_by_its_own_map(deployment: Environment) -> None:
    with duckdb.connect(str(deployment.warehouse)) as connection:
        for entity, emails in (("buyer", ["a", "a", "b"]), ("seller", ["a", "b", "b"])):
            connection.execute(
                f"create table {entity}s as select 's' as source, "
                "row_number() over ()::varchar as id, email "
                "from (select unnest(?::varchar[]) as email)",
                [emails],
            )
            update_map(
                connection,
                Delta(f"{entity}s"),
                ResolutionRules.model_validate(
                    {
                        "source": "source",
                        "record_id": "id",
                        "match_keys": {"email": {"column": "email"}},
                        "match_rules": [{"name": "email", "match": ["email"]}],
                    }
                ),
                entity_tables(entity),
                datetime(2026, 1, 1),
            )
        connection.execute(
            "copy (select entity, 's' as source, id::varchar as source_record_id, "
            "'p' || least(id, 2) as person_id "
            "from (values ('buyer'), ('seller'), ('courier')) as entities(entity), "
            f"range(1, 4) as numbers(id)) to '{deployment.home / 'truth.parquet'}'"
        )
        listed = set(table_rows(connection)["table"])
    text = describe_warehouse(deployment)
    assert "Buyers: 2 found, 2 in truth; pairwise precision 0.0000, recall 0.0000." in text
    assert "Sellers: 2 found, 2 in truth; pairwise precision 1.0000, recall 1.0000." in text
    assert "Couriers: not resolved yet, 2 in truth." in text
    assert {"identity.buyer_id_map", "identity.seller_id_changes"} <= listed
    assert not [name for name in listed if name.startswith("identity_")]


def test_checks_that_did_not_pass_are_named() -> None:
    run = MainRun("2024-01-01", "2024-01-02", 24, CheckCounts(90, ("a:b",), ("c:d",)), 41.7)
    text = describe_run(run)
    assert "24 assets for 2024-01-01 to 2024-01-02 in 42 s" in text
    assert "90 passed, 1 warned, 1 failed" in text
    assert "warned: a:b" in text
    assert "failed: c:d" in text
