"""Identity resolution beside a floor and beside Splink's clustering, on the same records.

    python benchmarks/identity.py [--records 100000,1000000] [--engine ours,splink,floor]
        [--scenario full|constrained|incremental|shapes|all] [--scale small|full] [--json OUT]

The records are made up: people as in the demo, 1.7 records per person in five sources. They are
made once and kept in --cache; 10 million take about a minute and 1.2 GB of memory.

Scenarios:

- full: each engine resolves all records. `floor` reads, normalises, hashes and groups the keys in
  DuckDB and writes a map, but clusters nothing; `splink` is Splink's standalone clustering fed with
  the same links; `ours` is customer_platform.identity; `kept`, when asked for, is the same with the
  state and the history that let later runs add to the map.
- constrained: ours with limits and link overrides, beside ours without.
- incremental: ours on new records on top of a map that is kept, 0.1 %, 1 % and 10 % of it, beside
  ours on all of them from nothing.
- shapes: ours on a chain and on a star, beside ours on people's records of the same number.

Every run is a process of its own. `seconds` is its wall time from start to end, `of work` without
the start of Python and the loading of the libraries that it imports at once. The engines run in
turn, and a ratio is the median of the ratios within each turn. It fails when two engines have put
different records together.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from identity_data.cache import DEFAULT_CACHE
from identity_engines.runs import ENGINES
from identity_report import Comparison, as_json, describe
from identity_scenarios import (
    Bench,
    DifferentPartitionsError,
    constrained,
    full,
    incremental,
    shapes,
)
from measure import CommandFailedError
from psutil import virtual_memory

from customer_platform.errors import RulesError
from customer_platform.identity.rules_file import load_rules

RULES = Path(__file__).with_name("identity_data") / "rules.yaml"
SCENARIOS = ("full", "constrained", "incremental", "shapes")
RECORDS = {"small": [100_000], "full": [100_000, 1_000_000, 10_000_000]}
RUNS = {"small": 1, "full": 3}

_PACKAGES = ("duckdb", "numba", "numpy", "splink")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints, and writes JSON.

    Args:
        arguments: The command line; None: that of this process.
    """
    options = _options(arguments)
    comparisons = []
    with tempfile.TemporaryDirectory(prefix="identity_benchmark_", dir=options.folder) as folder:
        bench = Bench(
            rules=load_rules(options.rules),
            runs=options.runs or RUNS[options.scale],
            cache=options.cache,
            folder=Path(folder),
        )
        for records in options.records or RECORDS[options.scale]:
            for comparison in _comparisons(bench, records, options.scenario, options.engine):
                comparisons.append(comparison)
                print(describe(comparison), flush=True)
    if options.json:
        result = {"machine": _machine(), "comparisons": [as_json(c) for c in comparisons]}
        options.json.write_text(json.dumps(result, indent=2) + "\n")


def _comparisons(
    bench: Bench, records: int, scenario: str, engines: Sequence[str]
) -> Iterator[Comparison]:
    if scenario in ("full", "all"):
        yield from full(bench, records, engines)
    if scenario in ("constrained", "all"):
        yield from constrained(bench, records)
    if scenario in ("incremental", "all"):
        yield from incremental(bench, records)
    if scenario in ("shapes", "all"):
        yield from shapes(bench, records)


def _machine() -> dict[str, object]:
    return {
        "processors": os.cpu_count(),
        "memory_bytes": virtual_memory().total,
        "python": sys.version.split()[0],
        **{package: version(package) for package in _PACKAGES if find_spec(package)},
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=_numbers, help="numbers of records, separated by commas")
    parser.add_argument(
        "--engine",
        type=_engines,
        default=["floor", "splink", "ours"],
        help="separated by commas (default: floor,splink,ours)",
    )
    parser.add_argument("--scenario", choices=(*SCENARIOS, "all"), default="full")
    parser.add_argument(
        "--scale",
        choices=list(RECORDS),
        default="small",
        help="small (default): 100,000 records, one run; full: up to 10 million, three runs",
    )
    parser.add_argument("--runs", type=_number, help="runs of each, instead of the scale's")
    parser.add_argument("--json", type=Path, metavar="OUT", help="file to write the figures to")
    parser.add_argument("--rules", type=Path, default=RULES, help=f"default: {RULES.name}")
    parser.add_argument(
        "--cache", type=Path, default=DEFAULT_CACHE, help=f"default: {DEFAULT_CACHE}"
    )
    parser.add_argument(
        "--folder", type=Path, help="where to make the temporary folder (default: the system's)"
    )
    return parser.parse_args(arguments)


def _number(text: str) -> int:
    number = int(text.replace("_", ""))
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _numbers(text: str) -> list[int]:
    return [_number(part) for part in text.split(",")]


def _engines(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in ENGINES:
            raise argparse.ArgumentTypeError(
                f"unknown engine {name!r}; known: {', '.join(ENGINES)}"
            )
    return names


if __name__ == "__main__":
    try:
        main()
    except (CommandFailedError, DifferentPartitionsError, RulesError) as error:
        sys.exit(f"Error: {error}")
