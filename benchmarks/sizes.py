"""The arguments of benchmarks that run at growing sizes."""

import argparse
from collections.abc import Iterable
from pathlib import Path


def sized_arguments(doc: str | None, scales: Iterable[str], sizes: str) -> argparse.Namespace:
    """Reads the command line by `sized_parser`."""
    return sized_parser(doc, scales, sizes).parse_args()


def sized_parser(doc: str | None, scales: Iterable[str], sizes: str) -> argparse.ArgumentParser:
    """Takes `scale`, the sizes under their own name, `json` and `folder`.

    Args:
        doc: What the benchmark does.
        scales: Names of what `--scale` may be; `full` is one.
        sizes: What a size counts, such as `records`.
    """
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", choices=list(scales), default="full", help="default: full")
    parser.add_argument(
        f"--{sizes}",
        type=lambda text: [int(number) for number in text.split(",")],
        help=f"numbers of {sizes}, separated by commas, instead of those of the scale",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="file to write the figures to")
    parser.add_argument(
        "--folder", type=Path, help="where to make the temporary folder (default: the system's)"
    )
    return parser
