"""The masters as data grow: a full build, one more day, a restatement, beside SQL by hand.

    python benchmarks/masters.py [--scale small] [--json OUT] [--folder DIR]

On made-up data (large: 1 million customer records, 10 million lines, 50 million
events, 365 days) it measures, each in a process of its own:

- the full build of the masters with all their tests, and the same tables as plain DuckDB SQL by
  hand (floor_sql/4 to 6); their rows are compared;
- one more day on top, and a restatement after 0.1 % of the customers were merged into others;
- the start-up: the same command for a day without data, in a warehouse of almost nothing;
- a day at several ages of the warehouse, and publishing.

Ratios leave out the start-up: full_to_floor, day_to_full, restate_to_full. The lookup and the map,
which benchmarks/identity.py measures, are made before the clock starts. The large scale takes about
20 GB of disk in --folder.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from compare import DifferentResultError, compare_tables
from masters_data import SCALES, Scale, mergers, resolve
from masters_runs import Build, Shop
from measure import CommandFailedError

COMPARED = {
    "master.transactions": ("transaction_id",),
    "master.returns": ("transaction_id", "original_transaction_id"),
    "master.visitor_accounts": ("anonymous_id", "known_from"),
    "master.events": ("event_id",),
    "master.sessions": ("session_id",),
    "master.golden_records": ("customer_id",),
}
TARGETS = {"full_to_floor": 1.5, "day_to_full": 0.03, "restate_to_full": 0.05}
RESTATED_SHARE = 0.001


def main() -> None:
    """Measures, prints, and writes JSON."""
    arguments = _arguments()
    scale = SCALES[arguments.scale]
    if arguments.folder:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="masters_benchmark_", dir=arguments.folder) as folder:
        figures = measure_all(Path(folder), scale)
    print(report(figures))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


def measure_all(folder: Path, scale: Scale) -> dict[str, object]:
    """Measures everything.

    Args:
        folder: An empty folder.
        scale: How much data.

    Raises:
        DifferentResultError: The masters and those by hand differ.
    """
    shop = Shop(folder / "grown", scale)
    empty = Shop(folder / "empty", Scale(records=100, lines=200, events=400, days=2))
    # Nothing is timed yet, and most of either is dbt's start.
    with ThreadPoolExecutor() as pool:
        opened = pool.submit(shop.open, scale.days)
        empty.open(empty.scale.days)
        empty.build(0, empty.scale.days - 1)
        opened.result()
    floor = shop.floor()
    full = shop.build(0, scale.days - 1)
    rows = compare_tables(shop.warehouse, shop.folder / "floor.duckdb", COMPARED)
    (shop.folder / "floor.duckdb").unlink()
    bytes_on_disk = shop.warehouse.stat().st_size
    publish_all = shop.publish()
    start_up = empty.build(empty.scale.days, empty.scale.days)
    _progress(
        floor=floor.seconds, full=full.seconds, start_up=start_up.seconds, publish_all=publish_all
    )
    before_masters = shop.arrive(scale.days, scale.days)
    one_day = shop.build(scale.days, scale.days)
    publish_day = shop.publish()
    merged = max(1, round(rows["master.golden_records"] * RESTATED_SHARE))
    resolve(shop.warehouse, mergers(shop.warehouse, merged))
    restated = shop.build(scale.days + 1, scale.days + 1)
    shutil.rmtree(shop.folder)
    _progress(one_more_day=one_day.seconds, restatement=restated.seconds)
    days = {scale.days: one_day.seconds, **_days_at_ages(folder, scale)}
    return {
        "scale": asdict(scale),
        "rows": rows,
        "restated_customers": merged,
        "seconds": {
            "floor": floor.seconds,
            "full": full.seconds,
            "staging_lookup_and_map_of_a_day": before_masters,
            "one_more_day": one_day.seconds,
            "restatement": restated.seconds,
            "start_up": start_up.seconds,
            "publish_all": publish_all,
            "publish_day": publish_day,
        },
        "cpu_seconds": {
            "floor": floor.cpu_seconds,
            "full": full.cpu_seconds,
            "one_more_day": one_day.cpu_seconds,
            "restatement": restated.cpu_seconds,
            "start_up": start_up.cpu_seconds,
        },
        "day_at_age": dict(sorted(days.items())),
        "peak_gigabytes": {"floor": floor.peak_bytes / 1e9, "full": full.peak_bytes / 1e9},
        "warehouse_gigabytes": bytes_on_disk / 1e9,
        "slowest": {
            "full": full.slowest, "one_more_day": one_day.slowest, "restatement": restated.slowest,
        },
        "ratios": ratios(floor, full, one_day, restated, start_up),
    }  # fmt: skip


def ratios(
    floor: Build, full: Build, one_day: Build, restated: Build, start_up: Build
) -> dict[str, float]:
    """What the targets are about; the start-up counts for none but the full build."""
    return {
        "full_to_floor": full.seconds / floor.seconds,
        "day_to_full": max(0.0, one_day.seconds - start_up.seconds) / full.seconds,
        "restate_to_full": max(0.0, restated.seconds - start_up.seconds) / full.seconds,
    }


def _days_at_ages(folder: Path, scale: Scale) -> dict[int, float]:
    """Seconds of one more day in a younger warehouse."""
    shop = Shop(folder / "ages", scale)
    days: dict[int, float] = {}
    known = 0
    for age in scale.ages:
        if known:
            shop.arrive(known, age - 1)
        else:
            shop.open(age)
        shop.build(known, age - 1)
        shop.arrive(age, age)
        days[age] = shop.build(age, age).seconds
        _progress(**{f"day_{age}": days[age]})
        known = age + 1
    shutil.rmtree(shop.folder, ignore_errors=True)
    return days


def _progress(**seconds: float) -> None:
    """Says what is known so far: the large scale takes a quarter of an hour."""
    found = ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items())
    print(found, file=sys.stderr, flush=True)


def report(figures: Mapping[str, object]) -> str:
    """The figures as text: a table, the ratios beside their targets, and the days as a plot."""
    seconds, peaks = dict(_items(figures["seconds"])), dict(_items(figures["peak_gigabytes"]))
    of_processor = dict(_items(figures["cpu_seconds"]))
    lines = [f"{name:<28}{count:>14,} rows" for name, count in _items(figures["rows"])]
    lines += [
        "",
        *(
            f"{name.replace('_', ' '):<32}{value:>10.1f} s"
            + (f"   processor {of_processor[name]:.1f} s" if name in of_processor else "")
            for name, value in seconds.items()
        ),
    ]
    lines += [
        "",
        f"peak memory: {peaks['full']:.1f} GB, by hand {peaks['floor']:.1f} GB; "
        f"warehouse: {figures['warehouse_gigabytes']:.1f} GB",
        "",
    ]
    for name, ratio in _items(figures["ratios"]):
        met = "met" if ratio <= TARGETS[name] else "missed"
        lines.append(f"{name:<28}{ratio:>14.3f}   target {TARGETS[name]}: {met}")
    lines += ["", "one more day, by the days there are:"]
    days = dict(_items(figures["day_at_age"]))
    for age, value in days.items():
        bar = "#" * round(40 * value / max(days.values()))
        lines.append(f"  {age:>4} days  {value:>6.1f} s  {bar}")
    for build, slowest in _items(figures["slowest"]):
        longest = ", ".join(f"{name} {value} s" for name, value in slowest.items())
        lines.append(f"slowest of {build.replace('_', ' ')}: {longest}")
    return "\n".join(lines)


def _items(value: object) -> list[tuple[str, Any]]:
    assert isinstance(value, dict)
    return list(value.items())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", choices=list(SCALES), default="large", help="default: large")
    parser.add_argument("--json", type=Path, metavar="OUT", help="file to write the figures to")
    parser.add_argument(
        "--folder",
        type=Path,
        help="where to make the temporary folder (made if needed; default: the system's)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except (CommandFailedError, DifferentResultError) as error:
        sys.exit(f"Error: {error}")
