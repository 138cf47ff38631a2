"""The masters of a small warehouse, from the first build to the full rebuild."""

from typing import Any

from customer_platform_tests.support.masters_life import Life


def test_everything_builds_and_every_dbt_test_passes(life: Life) -> None:
    states = vars(life)
    assert {name: state.failures for name, state in states.items()} == dict.fromkeys(states, "")


def test_a_first_build_without_days_builds_every_day(life: Life) -> None:
    days = {str(row["partition_date"]) for row in life.two_days.transactions.values()}
    assert days == {"2026-01-01", "2026-01-02", "2026-01-04"}


def test_lines_that_repeat_each_other_both_count(life: Life) -> None:
    assert life.two_days.customers["c_1"]["gross_revenue"] == 40


def test_a_guest_has_no_customer(life: Life) -> None:
    guest = life.two_days.transactions["webshop:102:20260101-3"]
    assert (guest["source_record_id"], guest["customer_id"]) == (None, None)


def test_a_return_at_the_till_is_matched_by_the_receipt_it_names(life: Life) -> None:
    returned = life.two_days.returns["pos:R2:1"]
    assert (returned["return_match"], returned["original_transaction_id"]) == (
        "reference",
        "pos:R1:1",
    )


def test_a_return_in_the_web_shop_is_matched_to_an_earlier_sale_of_another_day(life: Life) -> None:
    returned = life.visitor_known.returns["webshop:C105:20260103-1"]
    assert (returned["return_match"], returned["original_transaction_id"]) == (
        "customer",
        "webshop:101:20260101-2",
    )


def test_a_return_without_an_earlier_sale_is_unmatched(life: Life) -> None:
    assert life.visitor_known.returns["webshop:C106:20260103-2"]["return_match"] == "unmatched"


def test_a_new_day_is_added_to_the_days_before(life: Life) -> None:
    assert life.two_days.transactions.keys() < life.visitor_known.transactions.keys()


def test_an_event_gets_its_customer_when_its_visitor_becomes_known_on_a_later_day(
    life: Life,
) -> None:
    assert life.two_days.events["e1"]["customer_id"] is None
    event = life.visitor_known.events["e1"]
    assert (event["customer_id"], event["identified_by"]) == ("c_1", "visitor")


def test_a_visitor_that_never_logs_in_stays_unknown(life: Life) -> None:
    assert life.rebuilt.events["e2"]["source_record_id"] is None


def test_a_late_file_replaces_its_day(life: Life) -> None:
    lines = {
        row["order_id"]: row["quantity"]
        for row in life.late_file.transactions.values()
        if str(row["partition_date"]) == "2026-01-01" and row["channel"] == "webshop"
    }
    assert lines == {"100": 1, "101": 2, "102": 1, "107": 3}


def test_a_late_file_leaves_other_days_alone(life: Life) -> None:
    other_day = life.late_file.transactions["webshop:104:20260104-1"]
    assert other_day["description"] == "not built again"


def test_a_return_follows_its_sale_when_a_late_file_moves_it(life: Life) -> None:
    returned = life.late_file.returns["webshop:C105:20260103-1"]
    assert returned["original_transaction_id"] == "webshop:101:20260101-3"


def test_a_day_that_has_no_rows_any_more_is_emptied(life: Life) -> None:
    days = {str(row["partition_date"]) for row in life.late_file.transactions.values()}
    assert days == {"2026-01-01", "2026-01-03", "2026-01-04"}


def test_a_changed_customer_id_restates_the_lines_of_days_nobody_asked_for(life: Life) -> None:
    line = "webshop:107:20260101-5"
    assert life.late_file.transactions[line]["customer_id"] == "c_2"
    assert life.merged.transactions[line]["customer_id"] == "c_1"


def test_a_return_finds_the_sale_of_a_record_that_is_now_the_same_customer(life: Life) -> None:
    returned = life.merged.returns["webshop:C106:20260103-2"]
    assert returned["original_transaction_id"] == "webshop:107:20260101-5"


def test_revenue_moves_with_the_customer(life: Life) -> None:
    assert "c_2" not in life.merged.customers
    customer = life.merged.customers["c_1"]
    assert (
        customer["gross_revenue"],
        customer["returned_revenue"],
        customer["net_revenue"],
    ) == (70, 20, 50)


def test_a_changed_customer_id_restates_its_rows_and_leaves_all_others_alone(life: Life) -> None:
    for line, row in life.merged.transactions.items():
        assert row["rowid"] == life.late_file.transactions[line]["rowid"] or (
            row["customer_id"] != life.late_file.transactions[line]["customer_id"]
        ), line
    moved = {
        line
        for line, row in life.merged.transactions.items()
        if row["rowid"] != life.late_file.transactions[line]["rowid"]
    }
    assert moved == {"webshop:107:20260101-5"}


def test_the_ledger_says_what_moved_from_which_customer_to_which(life: Life) -> None:
    assert life.merged.ledger == [
        ("events", None, "c_1", 1, 0, 0),
        ("transactions", "c_2", "c_1", 1, 30, 0),
    ]
    assert life.merged.totals == [("events", 1, True), ("transactions", 1, True)]


def test_a_full_rebuild_keeps_ledger_and_history(life: Life) -> None:
    assert life.rebuilt.ledger == life.merged.ledger
    assert life.rebuilt.versions == life.merged.versions


def test_a_customer_that_is_merged_away_keeps_its_history(life: Life) -> None:
    assert life.merged.versions["c_2"][-1][1] is not None
    assert [version[0] for version in life.merged.versions["c_1"]][-2:] == [20, 50]
    assert life.merged.versions["c_1"][-1][1] is None


def test_what_was_built_day_by_day_equals_a_full_rebuild(life: Life) -> None:
    def without_places(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {key: {**row, "rowid": None} for key, row in rows.items()}

    life.merged.transactions["webshop:104:20260104-1"]["description"] = None
    assert without_places(life.merged.transactions) == without_places(life.rebuilt.transactions)
    assert life.merged.returns == life.rebuilt.returns
    assert life.merged.events == life.rebuilt.events
    assert life.merged.sessions == life.rebuilt.sessions
    assert life.merged.customers == life.rebuilt.customers
