import os
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from customer_platform.environment import Environment
from customer_platform.ingestion import LandedFile, TableSpec
from customer_platform.ingestion.changes import fingerprints
from customer_platform.orchestration.landing_sensor import (
    SETTLE_SECONDS,
    build_landing_sensor,
    evaluate_landing,
)

_DAYS = frozenset(f"2024-01-{day:02}" for day in range(1, 32))
_NOW = 1_800_000_000_000_000_000
_LONG_AGO = _NOW - 3600 * 10**9


def _table(name: str = "orders", required: bool = True) -> TableSpec:
    return TableSpec.model_validate(
        {
            "name": name,
            "description": "Orders.",
            "path": f"shop/{name}/{{partition}}.csv",
            "format": "csv",
            "load_mode": "append",
            "required": required,
            "columns": {"order_id": "varchar"},
        }
    )


def _file(day: str, size: int = 10, mtime_ns: int = _LONG_AGO) -> LandedFile:
    relative = f"shop/orders/{day}.csv"
    return LandedFile(Path("/landing") / relative, relative, day, size, mtime_ns)


def _tick(
    files: list[LandedFile],
    cursor: str | None = None,
    required: bool = True,
    landed: dict[str, str] | None = None,
) -> dg.SensorResult:
    return evaluate_landing(
        "shop",
        [_table(required=required)],
        {"orders": files},
        cursor,
        _DAYS,
        _NOW,
        {"orders": landed or {}},
    )


def _ranges(result: dg.SensorResult) -> list[tuple[str, str]]:
    return [
        (
            request.tags["dagster/asset_partition_range_start"],
            request.tags["dagster/asset_partition_range_end"],
        )
        for request in result.run_requests or []
    ]


def _cursor(result: dg.SensorResult) -> str:
    assert result.cursor
    return result.cursor


def test_new_files_of_neighbouring_days_land_in_one_run_of_their_table() -> None:
    result = _tick([_file("2024-01-02"), _file("2024-01-03"), _file("2024-01-07")])
    assert _ranges(result) == [("2024-01-02", "2024-01-03"), ("2024-01-07", "2024-01-07")]
    assert result.run_requests
    assert result.run_requests[0].asset_selection == [dg.AssetKey(["raw", "shop__orders"])]


def test_days_without_a_file_do_not_break_a_range_where_files_may_be_absent() -> None:
    files = [_file("2024-01-02"), _file("2024-01-05")]
    assert _ranges(_tick(files, required=False)) == [("2024-01-02", "2024-01-05")]


def test_a_second_tick_on_the_same_files_runs_nothing() -> None:
    files = [_file("2024-01-02")]
    assert _ranges(_tick(files, _cursor(_tick(files)))) == []


def test_a_sensor_that_is_switched_on_after_a_backfill_lands_only_what_came_since() -> None:
    files = [_file("2024-01-02"), _file("2024-01-03"), _file("2024-01-04")]
    landed = fingerprints([files[0], _file("2024-01-03", size=9), _file("2024-01-09")])
    result = _tick(files, landed=landed)
    assert _ranges(result) == [("2024-01-03", "2024-01-04")]
    assert _ranges(_tick(files, _cursor(result))) == []


@pytest.mark.parametrize("mtime_ns", [0, _LONG_AGO - 10**18, _LONG_AGO + 1])
def test_a_file_that_took_the_place_of_a_landed_one_lands_however_old_it_is(mtime_ns: int) -> None:
    before, after = _file("2024-01-02"), _file("2024-01-02", mtime_ns=mtime_ns)
    assert _ranges(_tick([after], landed=fingerprints([before]))) == [("2024-01-02",) * 2]
    assert _ranges(_tick([after], _cursor(_tick([before])))) == [("2024-01-02",) * 2]


def test_a_changed_file_and_a_late_file_land_and_nothing_else() -> None:
    cursor = _cursor(_tick([_file("2024-01-02"), _file("2024-01-05"), _file("2024-01-06")]))
    changed = [_file("2024-01-01"), _file("2024-01-02"), _file("2024-01-05", size=11)]
    result = _tick([*changed, _file("2024-01-06")], cursor)
    assert _ranges(result) == [("2024-01-01", "2024-01-01"), ("2024-01-05", "2024-01-05")]


def test_a_deleted_file_lands_its_day_again() -> None:
    cursor = _cursor(_tick([_file("2024-01-02"), _file("2024-01-03")]))
    assert _ranges(_tick([_file("2024-01-03")], cursor)) == [("2024-01-02", "2024-01-02")]


def test_a_file_that_is_being_written_waits_for_a_later_tick() -> None:
    young = _file("2024-01-02", mtime_ns=_NOW - (SETTLE_SECONDS * 10**9) // 2)
    assert _ranges(_tick([young])) == []
    result = _tick([young, _file("2024-01-03")])
    assert _ranges(result) == [("2024-01-03", "2024-01-03")]
    settled = _file("2024-01-02", mtime_ns=young.mtime_ns - 60 * 10**9)
    assert _ranges(_tick([settled, _file("2024-01-03")], _cursor(result))) == [
        ("2024-01-02", "2024-01-02")
    ]


def test_files_of_days_that_are_no_partitions_are_named_and_land_when_their_day_comes() -> None:
    files = [_file("2024-02-01"), _file("2023-12-31"), _file("2024-01-02")]
    first = _tick(files)
    assert _ranges(first) == [("2024-01-02", "2024-01-02")]
    second = _tick(files, _cursor(first))
    said = second.skip_reason.skip_message if second.skip_reason else ""
    assert "2024-02-01.csv is of a day to come, 2024-02-01: it waits until that day" in str(said)
    assert "2023-12-31.csv is left out: 2023-12-31 is before 2024-01-01" in str(said)
    days = _DAYS | {"2024-02-01"}
    later = evaluate_landing("shop", [_table()], {"orders": files}, _cursor(second), days, _NOW, {})
    assert _ranges(later) == [("2024-02-01", "2024-02-01")]


def test_the_same_change_is_requested_again_when_it_happens_again() -> None:
    first = _tick([_file("2024-01-02")])
    later = evaluate_landing(
        "shop",
        [_table()],
        {"orders": [_file("2024-01-02", size=12)]},
        _cursor(first),
        _DAYS,
        _NOW + 1,
        {},
    )
    assert first.run_requests
    assert later.run_requests
    assert first.run_requests[0].run_key != later.run_requests[0].run_key


def test_a_tick_reads_the_landing_zone_and_warns_of_misnamed_files(
    deployment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = deployment.landing / "shop" / "orders"
    folder.mkdir(parents=True)
    for name in ("2024-01-02.csv", "2024-01-32.csv", ".2024-01-03.csv", "2024-01-04.csv.tmp"):
        (folder / name).write_text("order_id\n1\n")
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    sensor = build_landing_sensor("shop", [_table()])
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance=instance) as context,
    ):
        result = sensor(context)
    assert isinstance(result, dg.SensorResult)
    assert _ranges(result) == [("2024-01-02", "2024-01-02")]
    assert "2024-01-32.csv is named like a file of shop" in capsys.readouterr().err


def test_ten_thousand_files_keep_the_cursor_small() -> None:
    files = [
        LandedFile(
            Path(f"/l/{n}"),
            f"{n}",
            f"{2000 + n // 336}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}",
            n,
            n,
        )
        for n in range(10_000)
    ]
    days = frozenset(file.partition for file in files)
    assert len(days) == 10_000
    result = evaluate_landing("shop", [_table()], {"orders": files}, None, days, _NOW, {})
    assert len(_cursor(result)) < 150_000


def test_days_that_are_kept_no_longer_are_neither_landed_nor_missed() -> None:
    # The time of the tick is 2027-01-15.
    table = _table().model_copy(update={"keep_days": 1099})
    assert table.kept_since(date(2027, 1, 15)) == "2024-01-12"

    def tick(files: list[LandedFile], cursor: str | None = None) -> dg.SensorResult:
        return evaluate_landing("shop", [table], {"orders": files}, cursor, _DAYS, _NOW, {})

    days = [f"2024-01-{day:02}" for day in range(10, 14)]
    before = _tick([_file(day) for day in days])
    assert _ranges(before) == [("2024-01-10", "2024-01-13")]
    assert _ranges(tick([_file(day) for day in days])) == [("2024-01-12", "2024-01-13")]
    # All files have been deleted: of the days that are kept somebody has to know.
    assert _ranges(tick([], _cursor(before))) == [("2024-01-12", "2024-01-13")]
    assert _ranges(tick([_file(day) for day in days[2:]], _cursor(before))) == []
