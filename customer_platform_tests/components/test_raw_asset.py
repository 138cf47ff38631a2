import dagster as dg

from customer_platform.components.raw_asset import build_raw_asset, files_of
from customer_platform.ingestion import TableSpec, find_files
from customer_platform.ingestion.changes import fingerprints
from customer_platform.orchestration.event_log import landed_files
from customer_platform_tests.support.components import HEADER, Shop, cells, checks, orders, outcome

ANNA = "1,anna@example.com,2024-01-02 10:00:00"
BORIS = "2,boris@example.com,2024-01-02 11:00:00"


def _asset(table: TableSpec) -> dg.AssetsDefinition:
    return build_raw_asset("shop", "team:shop", "The shop.", table, files_of("shop", table))


def _partitions(shop: Shop) -> set[str]:
    return shop.instance.get_materialized_partitions(shop.key)


def test_rows_that_can_all_be_read_pass_both_checks(shop: Shop) -> None:
    shop.deliver("2024-01-02", ANNA, BORIS)
    result = shop.materialise("2024-01-02")
    assert result.success
    assert outcome(checks(result)["reject_rate"]) == "passed"
    assert outcome(checks(result)["declared_columns"]) == "passed"
    assert shop.numbers() == [1, 2]


def test_a_rejected_row_warns_with_its_file_and_the_good_rows_arrive(shop: Shop) -> None:
    shop.deliver("2024-01-02", ANNA, "two,boris@example.com,2024-01-02 11:00:00")
    result = shop.materialise("2024-01-02")
    assert result.success
    check = checks(result)["reject_rate"]
    assert outcome(check) == "WARN"
    assert check.metadata["rejected_rows"].value == 1
    assert cells(check.metadata["files_with_rejects"]) == [
        {
            "file": "shop/orders_2024-01-02.csv", "partition": "2024-01-02", "rows": 1,
            "rejected": 1, "without_values": 0,
        }
    ]  # fmt: skip
    assert shop.numbers() == [1]


def test_rows_without_a_value_pass_and_are_counted_with_their_file(shop: Shop) -> None:
    shop.deliver("2024-01-02", ANNA, ",,", ",,")
    check = checks(shop.materialise("2024-01-02"))["reject_rate"]
    assert outcome(check) == "passed"
    assert check.metadata["rows_without_values"].value == 2
    assert check.description == (
        "Rows without any value, which were skipped: 2, in shop/orders_2024-01-02.csv."
    )


def test_what_has_landed_is_known_to_a_sensor_that_is_switched_on_later(shop: Shop) -> None:
    for day in ("2024-01-02", "2024-01-03", "2024-01-04"):
        shop.deliver(day, ANNA.replace("2024-01-02", day))
    shop.materialise("2024-01-02", "2024-01-03")
    there = fingerprints(find_files(shop.environment.landing, shop.table).files)
    known = landed_files(shop.instance, shop.key)
    assert known == {day: there[day] for day in ("2024-01-02", "2024-01-03")}
    shop.deliver("2024-01-03", ANNA.replace("2024-01-02", "2024-01-03"), BORIS)
    shop.materialise("2024-01-03", "2024-01-04")
    again = fingerprints(find_files(shop.environment.landing, shop.table).files)
    assert landed_files(shop.instance, shop.key) == again
    assert again["2024-01-03"] != known["2024-01-03"]


def test_too_many_rejects_fail_block_and_keep_what_was_there(shop: Shop) -> None:
    shop.deliver("2024-01-02", ANNA)
    shop.materialise("2024-01-02")
    shop.deliver("2024-01-02", "one,anna@example.com,now", "two,boris@example.com,now")
    result = shop.materialise("2024-01-02")
    assert not result.success
    check = checks(result)["reject_rate"]
    assert outcome(check) == "ERROR"
    assert check.blocking
    failures = str(check.metadata["failures"].value)
    assert failures.startswith("2024-01-02: ")
    assert "2 of 2 rows were rejected" in failures
    assert "orders_2024-01-02.csv" in failures
    assert shop.numbers() == [1]


def test_a_failed_run_says_what_is_missing_and_where(shop: Shop) -> None:
    shop.deliver("2024-01-01", ANNA.replace("2024-01-02", "2024-01-01"))
    result = shop.materialise("2024-01-02")
    [failure] = result.get_step_failure_events()
    data = failure.step_failure_data.user_failure_data
    assert data is not None
    assert "2024-01-02: no file for 2024-01-02: expected" in (data.description or "")


def test_a_source_that_has_not_begun_to_deliver_warns_and_stops_nothing(shop: Shop) -> None:
    result = shop.materialise("2024-01-02")
    assert result.success
    check = checks(result)["reject_rate"]
    assert outcome(check) == "WARN"
    assert "Expected file" in (check.description or "")
    assert "shop/orders_2024-01-02.csv" in (check.description or "")


def test_an_undeclared_column_warns_and_is_named(shop: Shop) -> None:
    shop.deliver("2024-01-02", f"{ANNA},NL", header=f"{HEADER},country")
    result = shop.materialise("2024-01-02")
    assert result.success
    check = checks(result)["declared_columns"]
    assert outcome(check) == "WARN"
    assert "country" in (check.description or "")
    assert check.metadata["files_with_country"].value == 1


def test_a_range_of_days_lands_in_one_run(shop: Shop) -> None:
    shop.deliver("2024-01-02", ANNA)
    shop.deliver("2024-01-03", "3,chris@example.com,2024-01-03 09:00:00")
    assert shop.materialise("2024-01-02", "2024-01-03").success
    assert _partitions(shop) == {"2024-01-02", "2024-01-03"}
    assert shop.numbers() == [1, 3]


def test_of_a_range_that_fails_the_good_days_are_landed_and_recorded(shop: Shop) -> None:
    shop.deliver("2024-01-02", ANNA)
    shop.deliver("2024-01-03", "three,chris@example.com,now")
    shop.deliver("2024-01-04", "4,dora@example.com,2024-01-04 09:00:00")
    assert not shop.materialise("2024-01-02", "2024-01-04").success
    assert _partitions(shop) == {"2024-01-02", "2024-01-04"}
    assert shop.numbers() == [1, 4]


def test_metadata_says_what_was_landed_and_masks_personal_data(shop: Shop) -> None:
    shop.deliver("2024-01-02", ANNA, BORIS)
    [event] = shop.materialise("2024-01-02").asset_materializations_for_node("raw__shop__orders")
    assert event.metadata["dagster/partition_row_count"].value == 2
    assert event.metadata["files"].value == 1
    assert cells(event.metadata["landed_files"])[0]["rows"] == 2
    preview = cells(event.metadata["preview"])
    assert {row["email"] for row in preview} == {"a***@e******.com", "b****@e******.com"}
    assert "anna" not in str(event.metadata)


def test_the_asset_says_what_it_is() -> None:
    asset = _asset(orders())
    [spec] = asset.specs
    assert spec.key == dg.AssetKey(["raw", "shop__orders"])
    assert spec.description == "Orders of the day.\n\nSource: The shop."
    assert spec.kinds == {"duckdb", "csv"}
    assert spec.owners == ["team:shop"]
    assert spec.tags["source"] == "shop"
    assert spec.tags["load_mode"] == "append"
    schema = spec.metadata["dagster/column_schema"]
    assert [(column.name, column.type) for column in schema.columns] == [
        ("order_id", "bigint"),
        ("email", "varchar"),
        ("ordered_at", "timestamp"),
    ]
    assert schema.columns[0].description == "Number of the order."
    assert schema.columns[0].tags == {"primary_key": ""}


def test_a_table_that_may_be_late_has_no_freshness_policy() -> None:
    [late] = _asset(orders(late_after_hours=None)).specs
    [punctual] = _asset(orders()).specs
    assert late.freshness_policy is None
    assert punctual.freshness_policy is not None
