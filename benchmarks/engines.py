"""The same platform on another engine: resolution on Spark beside the engine alone.

    python benchmarks/engines.py [--scale small|medium|large] [--records 1000000] [--json OUT]

Every run is on a server of Spark Connect of its own, with one core and with two. The records are
those of `identity.py`. It fails when the maps differ in a row.

CPU seconds are those of the JVM, and of the Python workers of Spark; the client's are a second or
two. Peak memory is that of the largest Python worker. `ratios` has, by number of records, CPU on
Spark to CPU of the engine alone, and seconds on the most cores to seconds on the fewest.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

# The server is that of the tests, which aren't installed.
sys.path.append(str(Path(__file__).parents[1]))

from distributed_resolution import DifferentMapsError, compare, describe
from identity_data.cache import DEFAULT_CACHE

RECORDS = {"small": [100_000], "medium": [1_000_000], "large": [1_000_000, 10_000_000]}
RULES = Path(__file__).with_name("identity_data") / "rules.yaml"
TARGETS = {"cpu": 6, "cores": 0.6}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints, and writes JSON.

    Args:
        arguments: The command line; None: that of this process.
    """
    options = _options(arguments)
    found = []
    for records in options.records or RECORDS[options.scale]:
        with tempfile.TemporaryDirectory(prefix="engines_", dir=options.folder) as folder:
            found.append(compare(records, RULES, options.cache, Path(folder), options.cores))
        print(describe(found[-1]), flush=True)
    if options.json:
        result = {
            "distributed": found,
            "ratios": {str(each["records"]): each["ratios"] for each in found},
            "targets": TARGETS,
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", choices=list(RECORDS), default="small", help="default: small")
    parser.add_argument(
        "--records",
        type=lambda text: [int(number.replace("_", "")) for number in text.split(",")],
        help="numbers of records, separated by commas, instead of those of the scale",
    )
    parser.add_argument(
        "--cores",
        type=lambda text: [int(number) for number in text.split(",")],
        default=[1, 2],
        help="cores of Spark, separated by commas (default: 1,2)",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="file to write the figures to")
    parser.add_argument(
        "--cache", type=Path, default=DEFAULT_CACHE, help=f"default: {DEFAULT_CACHE}"
    )
    parser.add_argument("--folder", type=Path, help="where to make the temporary folder")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    try:
        main()
    except DifferentMapsError as error:
        sys.exit(f"Error: {error}")
