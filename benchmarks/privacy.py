"""Erasing one person and a thousand, beside the full build that it saves.

    python benchmarks/privacy.py [--scale small] [--people 1000] [--json OUT] [--folder DIR]

On the made-up shop of benchmarks/masters.py (large: 1 million customer records, 10 million lines,
50 million events) it builds everything, then has people erased as a run does, and times each part:
taking them out of raw tables and masters; lookup, map, masters and publication that follow;
compaction of the warehouse; the scan of every byte below the folder. `erase_to_full` compares all
of it with staging, lookup, map, masters and publication built in full.

There are no landed files: rewriting them is measured by what they weigh, not by people.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import duckdb
from masters_data import SCALES, Scale
from masters_runs import Shop

from customer_platform.environment import Environment, load_environment
from customer_platform.privacy.carry_out import carry_out
from customer_platform.privacy.certificate import certify, forget_identities, to_certify
from customer_platform.privacy.inventory import record_person
from customer_platform.privacy.people import Person, PersonRecord

_Result = TypeVar("_Result")
_ALL = {**SCALES, "medium": Scale(records=100_000, lines=1_000_000, events=5_000_000, days=365)}


def main() -> None:
    """Measures, prints, and writes JSON."""
    arguments = _arguments()
    if arguments.folder:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="privacy_benchmark_", dir=arguments.folder) as folder:
        figures = measure_all(Path(folder), _ALL[arguments.scale], arguments.people)
    print(json.dumps(figures, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


def measure_all(folder: Path, scale: Scale, people: int) -> dict[str, object]:
    """Measures everything.

    Args:
        folder: An empty folder.
        scale: How much data.
        people: How many people are erased together, after one alone.
    """
    shop = Shop(folder, scale)
    environment = replace(
        load_environment({**os.environ, "CUSTOMER_PLATFORM_BUSINESS_MODEL": "retail"}), home=folder
    )
    environment.dbt_target.parent.mkdir(parents=True)
    environment.dbt_target.symlink_to(folder / "target")
    shop.open(scale.days)
    full = {
        "before_masters": shop.refresh_identities(0, scale.days - 1),
        "masters": shop.build(0, scale.days - 1, "--full-refresh").seconds,
        "publish": shop.publish(),
    }
    figures: dict[str, object] = {"scale": vars(scale), "full": full}
    total = sum(full.values())
    for number in (1, people):
        parts = _erase(shop, environment, number)
        figures[f"erase_{number}"] = parts
        figures[f"erase_{number}_to_full"] = round(sum(parts.values()) / total, 3)
    figures["warehouse_bytes"] = shop.warehouse.stat().st_size
    return figures


def _erase(shop: Shop, environment: Environment, people: int) -> Mapping[str, float]:
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[], _Result]) -> _Result:
        started = time.perf_counter()
        result = work()
        seconds[name] = round(time.perf_counter() - started, 2)
        return result

    person = _somebody(shop, people)
    timed(
        "record",
        lambda: record_person(environment, person, kind="erase", reason="-", requested_by="-"),
    )

    def take_out() -> None:
        with duckdb.connect(str(shop.warehouse)) as connection:
            carry_out(connection, environment)

    def forget() -> None:
        with duckdb.connect(str(shop.warehouse)) as connection:
            forget_identities(connection, environment)

    last = shop.scale.days - 1
    timed("take_out", take_out)
    timed("before_masters", lambda: shop.refresh_identities(last, last))
    timed("masters", lambda: shop.build(last, last))
    timed("publish", shop.publish)
    timed("forget", forget)
    certificates = timed("compact_and_scan", lambda: certify(environment, to_certify(environment)))
    # The made-up numbers have seven characters: among a thousand people's, raw bytes have some by
    # chance, and columns none.
    places = {place for each in certificates for place in each.scan.places}
    left = [place for place in places if "byte" not in place.where]
    if left:
        raise SystemExit(f"something is left of the erased: {left[:5]}")
    print(f"{people} people: {len(places)} values by chance in raw bytes")
    return seconds


def _somebody(shop: Shop, people: int) -> Person:
    """The records of so many customers, as one request."""
    with duckdb.connect(str(shop.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select source, source_record_id from identity.customer_id_map where customer_id in "
            "(select customer_id from identity.customer_id_map group by customer_id "
            "order by hash(customer_id) limit ?)",
            [people],
        ).fetchall()
    return Person(tuple(PersonRecord("customer", *row) for row in rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--scale", choices=_ALL, default="large")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--folder", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
