"""The whole pipeline on demo data, beside the same result as plain DuckDB SQL by hand.

    python benchmarks/pipeline.py [--scale small] [--records 10000,100000] [--json OUT]

For each number of customer records it generates 30 days of landing files, runs the graph in an
empty deployment, and runs the floor (floor.py) on the same files. It fails when their results
differ in any row. It prints seconds per layer, rows per second, peak memory, and the ratio of the
graph's seconds to the floor's; each is a process of its own, measured from start to end.

The overhead is the graph on 100 customers, in a deployment that has run before: the first run after
a change of the dbt project also derives the lineage of all columns. With `--scale small` (7 days)
the one run is the overhead as well, on a few hundred customers, and the column lineage is taken
over from CUSTOMER_PLATFORM_HOME where it is known.

A million records need about 5 GB of disk in --folder and 4 GB of memory.
"""

import json
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from compare import DifferentResultError, compare
from graph import START_UP, Deployment
from measure import CommandFailedError, Measured, measure
from report import Overhead, Side, Size, as_json, describe, describe_overhead, summary
from sizes import sized_arguments

from customer_platform.demo.retail import generate
from customer_platform.project import REPOSITORY

LAST_DAY = date(2026, 1, 31)
DAYS = {"small": 7, "full": 30}
RECORDS = {"small": [1_000], "full": [10_000, 100_000, 1_000_000]}
OVERHEAD_CUSTOMERS = 100

# Customer records that the demo makes of one person within 30 days.
RECORDS_PER_PERSON = 2.15


def main() -> None:
    """Measures, prints, and writes JSON."""
    arguments = sized_arguments(__doc__, RECORDS, "records")
    days = DAYS[arguments.scale]
    with tempfile.TemporaryDirectory(prefix="pipeline_benchmark_", dir=arguments.folder) as folder:
        deployment = Deployment(Path(folder) / "home", LAST_DAY - timedelta(days=days - 1))
        prepare_seconds = deployment.prepare()
        if arguments.scale == "small":
            overhead = None
        else:
            overhead = measure_overhead(deployment, prepare_seconds, days)
            print(describe_overhead(overhead), flush=True)
        sizes = []
        for records in arguments.records or RECORDS[arguments.scale]:
            sizes.append(measure_size(deployment, records, days))
            print(describe(sizes[-1]), flush=True)
    if overhead is None:
        overhead = Overhead(prepare_seconds, sizes[0].graph.seconds, sizes[0].people)
        print("\n" + describe_overhead(overhead))
    print(summary(sizes))
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(days, overhead, sizes), indent=2) + "\n")


def measure_overhead(deployment: Deployment, prepare_seconds: float, days: int) -> Overhead:
    """Runs the graph on 100 customers twice, each time from an empty warehouse.

    Args:
        deployment: A prepared deployment that has not run yet.
        prepare_seconds: What preparing it took.
        days: Days of landing files.
    """
    runs = []
    for _ in range(2):
        deployment.empty()
        generate(deployment.home, OVERHEAD_CUSTOMERS, days, end=LAST_DAY)
        runs.append(deployment.run().seconds)
    return Overhead(prepare_seconds, runs[1], OVERHEAD_CUSTOMERS, first_run_seconds=runs[0])


def measure_size(deployment: Deployment, asked: int, days: int) -> Size:
    """Runs the graph and the floor on the same files.

    Args:
        deployment: A prepared deployment; it is emptied first.
        asked: About how many customer records the demo makes.
        days: Days of landing files.

    Raises:
        DifferentResultError: Their results differ.
    """
    people = round(asked / RECORDS_PER_PERSON)
    deployment.empty()
    generate(deployment.home, people, days, end=LAST_DAY)
    graph = deployment.run()
    layers = deployment.layer_seconds(graph.seconds)
    floor_warehouse = deployment.home / "floor.duckdb"
    floor = _run_floor(deployment.landing, floor_warehouse)
    rows = compare(deployment.warehouse, floor_warehouse)
    floor_warehouse.unlink()
    return Size(
        asked=asked,
        people=people,
        rows=rows,
        graph=Side(graph.seconds, graph.peak_bytes, layers),
        floor=Side(floor.seconds, floor.peak_bytes, _floor_layers(floor)),
    )


def _run_floor(landing: Path, warehouse: Path) -> Measured:
    script = Path(__file__).with_name("floor.py")
    return measure([sys.executable, script, landing, warehouse], REPOSITORY)


def _floor_layers(floor: Measured) -> dict[str, float]:
    layers: dict[str, float] = json.loads(floor.output)
    return {**layers, START_UP: floor.seconds - sum(layers.values())}


if __name__ == "__main__":
    try:
        main()
    except (CommandFailedError, DifferentResultError) as error:
        sys.exit(f"Error: {error}")
