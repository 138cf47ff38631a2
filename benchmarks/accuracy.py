"""Measures how right similar match rules are, and how fast, beside exact rules and Splink.

    python benchmarks/accuracy.py                       # every data set, and 100,000 records' speed
    python benchmarks/accuracy.py --sets demo --records 1000000
    python benchmarks/accuracy.py --json accuracy.json

Pairwise precision, recall and F1 and B-cubed F1 against the truth, wall time and peak memory of a
process per row. `defaults` names the attributes and nothing else; `tuned` has the settings that
accuracy_tune.py found on one half of the clusters, and is reported, beside the defaults, on the
other; some sets have none. The speed is that of accuracy_speed.py. A data set that isn't there is
left out, with the reason.
"""

import argparse
import json
import sys
from pathlib import Path

import yaml
from accuracy_grid import print_grid
from accuracy_run import SPLINK
from accuracy_sets.rules import DEFAULTS, EXACT, OURS_TUNED, TUNED
from accuracy_sets.sets import SETS, MissingDataError
from accuracy_speed import measure_speed, speed_lines
from accuracy_tune import REPORTED_ON
from measure import measure

FOLDER = Path(__file__).parent
_ALL, _HALF = "all", "half"

# Engine, and whether on all records or the half that nothing was tuned on.
_ROWS = (
    (EXACT, _ALL),
    (SPLINK, _ALL),
    (DEFAULTS, _ALL),
    (DEFAULTS, _HALF),
    (OURS_TUNED, _HALF),
)
_TUTORIALS = ("historical", "febrl")


def measure_set(name: str) -> list[dict[str, object]]:
    """Every engine on a data set.

    Raises:
        MissingDataError: The data set isn't there.
    """
    SETS[name].query()
    rows: list[dict[str, object]] = []
    tuned = yaml.safe_load(TUNED.read_text())
    for engine, part in _ROWS:
        if engine == SPLINK and not name.startswith(_TUTORIALS):
            continue
        if part == _HALF and name not in tuned:
            continue
        half = ["--half", str(REPORTED_ON)] if part == _HALF else []
        script = str(FOLDER / "accuracy_run.py")
        measured = measure([sys.executable, script, name, engine, *half], FOLDER.parent)
        found = json.loads(measured.output.splitlines()[-1])
        rows.append(
            {
                "set": name,
                "engine": engine,
                "part": part,
                **found,
                "peak_gigabytes": measured.peak_bytes / 1e9,
            }
        )
        print(_line(rows[-1]), flush=True)
    return rows


_HEADER = (
    f"{'data set':<28}{'engine':<17}{'part':<6}{'records':>8}{'precision':>11}{'recall':>9}"
    f"{'F1':>9}{'B-cubed':>9}{'seconds':>9}{'peak GB':>9}"
)


def _line(row: dict[str, object]) -> str:
    return (
        f"{row['set']:<28}{row['engine']:<17}{row['part']:<6}{row['records']:>8,}"
        f"{row['precision']:>11.4f}{row['recall']:>9.4f}{row['f1']:>9.4f}"
        f"{row['bcubed_f1']:>9.4f}{row['seconds']:>9.1f}{row['peak_gigabytes']:>9.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="*", choices=list(SETS), default=list(SETS))
    parser.add_argument("--cells", type=int, default=80, help="Of the grid of regimes.")
    parser.add_argument("--records", type=int, nargs="*", default=[100_000])
    parser.add_argument("--json", type=Path, default=Path("accuracy.json"))
    arguments = parser.parse_args()
    found: dict[str, object] = {"accuracy": [], "speed": [], "left_out": {}}
    rows, left_out = [], {}
    print(_HEADER)
    for name in arguments.sets:
        try:
            rows += measure_set(name)
        except MissingDataError as missing:
            left_out[name] = str(missing)
            print(f"{name}: left out: {missing}")
    if arguments.cells:
        print_grid(arguments.cells)
    speeds = [measure_speed(records) for records in arguments.records]
    for speed in speeds:
        print(*speed_lines(speed), sep="\n")
    found = {"accuracy": rows, "speed": speeds, "left_out": left_out}
    arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    print(f"Wrote {arguments.json}")


if __name__ == "__main__":
    main()
