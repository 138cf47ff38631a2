from datetime import UTC, datetime, timedelta

import pytest

from customer_platform.components.raw_checks import newest_record_result
from customer_platform_tests.support.components import Shop, checks, orders, outcome

NOW = datetime(2024, 1, 3, 12)


@pytest.mark.parametrize(
    ("hours_old", "expected"), [(0, "passed"), (36, "passed"), (36.1, "WARN"), (-1, "passed")]
)
def test_the_newest_record_may_be_as_old_as_declared(hours_old: float, expected: str) -> None:
    result = newest_record_result(NOW - timedelta(hours=hours_old), NOW, timedelta(hours=36))
    assert outcome(result) == expected
    assert result.metadata["hours_old"].value == hours_old
    assert "36 hours are allowed" in (result.description or "")


def test_a_table_without_records_warns() -> None:
    result = newest_record_result(None, NOW, timedelta(hours=36))
    assert outcome(result) == "WARN"
    assert result.description == "There are no records."


def test_recent_records_pass_in_a_run(shop: Shop) -> None:
    now = datetime.now(UTC)
    shop.deliver(f"{now:%Y-%m-%d}", f"1,anna@example.com,{now:%Y-%m-%d} 00:00:00")
    check = checks(shop.materialise(f"{now:%Y-%m-%d}"))["newest_record"]
    assert outcome(check) == "passed"


def test_old_records_warn_in_a_run_although_the_file_has_come(shop: Shop) -> None:
    shop.deliver("2024-01-02", "1,anna@example.com,2024-01-02 10:00:00")
    result = shop.materialise("2024-01-02")
    assert result.success
    check = checks(result)["newest_record"]
    assert outcome(check) == "WARN"
    assert "2024-01-02 10:00 UTC" in (check.description or "")


def test_no_rows_warn_in_a_run(shop: Shop) -> None:
    shop.table = orders(required=False)
    check = checks(shop.materialise("2024-01-02"))["newest_record"]
    assert outcome(check) == "WARN"
    assert check.description == "There are no records."
