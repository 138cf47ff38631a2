from datetime import UTC, datetime

import dagster as dg
from dagster._core.definitions.schedule_definition import ScheduleEvaluationContext

from customer_platform.ingestion import SourceSpec
from customer_platform.orchestration.daily_schedule import build_daily_schedule


def _source(name: str) -> SourceSpec:
    table = {
        "name": "orders",
        "description": "Orders.",
        "path": f"{name}/orders/{{partition}}.csv",
        "format": "csv",
        "load_mode": "append",
        "columns": {"order_id": "varchar"},
    }
    return SourceSpec.model_validate(
        {"source": name, "owner": "team:shop", "description": "A shop.", "tables": [table]}
    )


def _tick(at: datetime) -> list[dg.RunRequest]:
    schedule = build_daily_schedule([_source("shop"), _source("till")])
    with dg.build_schedule_context(scheduled_execution_time=at) as context:
        assert isinstance(context, ScheduleEvaluationContext)
        requests = schedule(context)
    assert isinstance(requests, list)
    return requests


def test_it_lands_yesterday_of_every_source_in_a_run_of_its_own() -> None:
    requests = _tick(datetime(2024, 3, 1, 5, tzinfo=UTC))
    assert [request.partition_key for request in requests] == ["2024-02-29", "2024-02-29"]
    assert [request.asset_selection for request in requests] == [
        [dg.AssetKey(["raw", "shop__orders"])],
        [dg.AssetKey(["raw", "till__orders"])],
    ]


def test_two_ticks_of_one_day_ask_for_the_same_runs() -> None:
    morning = _tick(datetime(2024, 3, 1, 5, tzinfo=UTC))
    again = _tick(datetime(2024, 3, 1, 5, 1, tzinfo=UTC))
    assert [request.run_key for request in morning] == [request.run_key for request in again]


def test_it_ticks_once_a_day_at_five_in_utc() -> None:
    schedule = build_daily_schedule([_source("shop")])
    assert schedule.cron_schedule == "0 5 * * *"
    assert schedule.execution_timezone == "UTC"
