"""What the platform consists of, as Dagster loads it."""

import json
from collections import defaultdict

import dagster as dg
import pytest

from customer_platform.environment import Environment

SOURCES = {
    "raw/crm__customers",
    "raw/newsletter__subscribers",
    "raw/pos__receipt_lines",
    "raw/support__contacts",
    "raw/web__events",
    "raw/webshop__customers",
    "raw/webshop__order_lines",
}
STAGING = {
    "staging/stg_crm__customers",
    "staging/stg_newsletter__subscribers",
    "staging/stg_pos__loyalty_cards",
    "staging/stg_pos__receipt_lines",
    "staging/stg_support__contacts",
    "staging/stg_web__events",
    "staging/visitor_events",
    "staging/stg_webshop__customers",
    "staging/stg_webshop__order_lines",
    "staging/transaction_lines",
}
IDENTITY = {
    "identity/customer_id_map",
    "identity/ignored_values",
    "identity/link_confidence",
    "identity/link_overrides",
    "identity/similar_pairs",
    "identity/source_lookup",
    "identity/source_precedence",
}
MASTERS = {
    "master/customer_changes",
    "master/customer_records",
    "master/customers",
    "master/customers_history",
    "master/events",
    "master/golden_records",
    "master/restated_records",
    "master/restatement_totals",
    "master/restatements",
    "master/returns",
    "master/sessions",
    "master/transactions",
    "master/visitor_accounts",
    "master/visitor_log_ins",
}
PUBLISHED = {"published/masters"}
PRIVACY = {"privacy/certificates", "privacy/erasures"}


@pytest.fixture(scope="module")
def defs(prepared: Environment) -> dg.Definitions:
    from customer_platform.definitions import defs

    return defs


@pytest.fixture(scope="module")
def specs(defs: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_every_asset_is_in_the_group_of_its_layer(specs: dict[str, dg.AssetSpec]) -> None:
    groups = defaultdict(set)
    for name, spec in specs.items():
        groups[spec.group_name].add(name)
    assert groups == {
        "sources": SOURCES,
        "staging": STAGING,
        "identity": IDENTITY,
        "master": MASTERS,
        "published": PUBLISHED,
        "privacy": PRIVACY,
    }


def test_every_asset_has_an_owner_a_description_and_kinds(specs: dict[str, dg.AssetSpec]) -> None:
    for name, spec in specs.items():
        assert spec.owners, name
        assert spec.description, name
        assert "duckdb" in spec.kinds, name


def test_sources_and_facts_have_days_and_nothing_else(specs: dict[str, dg.AssetSpec]) -> None:
    with_days = {name for name, spec in specs.items() if spec.partitions_def}
    assert with_days == SOURCES | {"master/events", "master/transactions"}
    assert {str(specs[name].partitions_def) for name in with_days} == {
        str(specs["raw/crm__customers"].partitions_def)
    }


def test_sources_and_masters_have_a_freshness_policy(specs: dict[str, dg.AssetSpec]) -> None:
    assert {name for name, spec in specs.items() if spec.freshness_policy} == SOURCES | MASTERS


def test_everything_that_touches_the_warehouse_is_in_its_pool(defs: dg.Definitions) -> None:
    nodes = defs.resolve_job_def("main").graph.node_defs
    pools = {node.name: node.pool for node in nodes if isinstance(node, dg.OpDefinition)}
    assert {"masters", "identity__customer_id_map", "raw__web__events_newest_record"} <= set(pools)
    assert set(pools.values()) == {"warehouse"}, pools


def test_the_data_goes_one_way(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    order = ["raw", "privacy/erasures", "staging", "identity", "master", "published",
             "privacy/certificates"]  # fmt: skip

    def place(key: dg.AssetKey) -> int:
        name = key.to_user_string()
        return order.index(name if key.path[0] == "privacy" else key.path[0])

    for key in graph.get_all_asset_keys():
        for parent in graph.get(key).parent_keys:
            assert place(parent) <= place(key), (parent, key)


def test_the_customer_id_map_follows_records_similar_pairs_and_what_stewards_decided(
    defs: dg.Definitions,
) -> None:
    graph = defs.resolve_asset_graph()
    key = dg.AssetKey(["identity", "customer_id_map"])
    assert {parent.to_user_string() for parent in graph.get(key).parent_keys} == {
        "identity/source_lookup",
        "identity/link_overrides",
        "identity/similar_pairs",
    }
    checks = [each for each in graph.asset_check_keys if each.asset_key == key]
    assert {each.name for each in checks if graph.get_check_spec(each).blocking} == {
        "one_customer_per_record",
        "largest_customer",
        "merged_share",
        "changed_share",
        "refused_share",
        "over_shared_share",
    }
    health = {each.name for each in checks if not graph.get_check_spec(each).blocking}
    assert {"given_names", "values_of_many_people", "expected_precision"} <= health


def test_every_table_and_column_of_the_identity_schema_is_described(prepared: Environment) -> None:
    sources = json.loads((prepared.dbt_target / "manifest.json").read_text())["sources"].values()
    tables = {node["name"]: node for node in sources if node["schema"] == "identity"}
    assert "customer_id_history" in tables
    for name, node in tables.items():
        assert "Grain:" in node["description"], name
        assert node["columns"], name
        assert all(column["description"] for column in node["columns"].values()), name


def test_every_column_of_every_model_is_described(prepared: Environment) -> None:
    nodes = json.loads((prepared.dbt_target / "manifest.json").read_text())["nodes"].values()
    bare = [
        f"{node['name']}.{column['name']}"
        for node in nodes
        if node["resource_type"] in ("model", "seed")
        for column in node["columns"].values()
        if not column["description"]
    ]
    assert bare == []
    assert all(node["columns"] for node in nodes if node["resource_type"] == "model")


def test_every_data_test_of_the_project_is_an_asset_check(
    defs: dg.Definitions, prepared: Environment
) -> None:
    nodes = json.loads((prepared.dbt_target / "manifest.json").read_text())["nodes"].values()
    tests = {node["name"] for node in nodes if node["resource_type"] == "test"}
    checks = {key.name for key in defs.resolve_asset_graph().asset_check_keys}
    assert "every_record_has_one_customer_id" in tests
    assert tests - checks == set()


def test_every_layer_has_checks_of_its_own(defs: dg.Definitions) -> None:
    checked = {
        key.asset_key.to_user_string() for key in defs.resolve_asset_graph().asset_check_keys
    }
    assert SOURCES | MASTERS | {"identity/customer_id_map", "identity/source_lookup"} <= checked
    assert checked & STAGING


def test_a_broken_source_blocks_and_late_data_only_warn(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    blocking = {
        key.name: graph.get_check_spec(key).blocking
        for key in graph.asset_check_keys
        if key.asset_key == dg.AssetKey(["raw", "web__events"])
    }
    assert blocking == {"reject_rate": True, "declared_columns": False, "newest_record": False}


def test_the_job_main_runs_everything_land_the_sources_and_refresh_what_follows_them(
    defs: dg.Definitions,
) -> None:
    def assets(job: str) -> set[str]:
        layer = defs.resolve_job_def(job).asset_layer
        return {key.to_user_string() for key in layer.executable_asset_keys}

    assert assets("main") == SOURCES | STAGING | IDENTITY | MASTERS | PUBLISHED | PRIVACY
    assert assets("land") == SOURCES
    assert assets("refresh") == STAGING | IDENTITY | MASTERS | PUBLISHED | PRIVACY


def test_there_is_a_sensor_per_source_one_that_refreshes_and_a_schedule(
    defs: dg.Definitions,
) -> None:
    repository = defs.get_repository_def()
    assert {sensor.name for sensor in repository.sensor_defs} == {
        "refresh_sensor",
        *(
            f"{source}_landing_sensor"
            for source in ("crm", "newsletter", "pos", "support", "web", "webshop")
        ),
    }
    [schedule] = repository.schedule_defs
    assert schedule.name == "daily_landing_schedule"
    assert schedule.cron_schedule == "0 5 * * *"
    # In the environment `test` nothing runs by itself.
    running = {dg.DefaultSensorStatus.RUNNING, dg.DefaultScheduleStatus.RUNNING}
    assert not [each.name for each in repository.sensor_defs if each.default_status in running]
    assert schedule.default_status not in running


def test_runs_execute_in_one_process(defs: dg.Definitions) -> None:
    assert defs.executor is dg.in_process_executor
