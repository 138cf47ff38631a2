"""The command line that all engines have in common."""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from customer_platform.identity import ResolutionRules
from customer_platform.warehouse import sql


@dataclass(frozen=True)
class Task:
    """What an engine is asked to do.

    Attributes:
        files: Parquet files of records.
        rules: The rules.
        output: The DuckDB file to write to.
        overrides: CSV file of link overrides; None: without.
        new: Parquet files of new records, on top of what `output` holds already; none: from
            nothing.
        complete: Whether all records are to be compared with what `output` holds, rather than
            only the new ones given.
    """

    files: list[Path]
    rules: ResolutionRules
    output: Path
    overrides: Path | None
    new: list[Path]
    complete: bool = False

    @property
    def records(self) -> str:
        """The records as a query: all of them, the new ones included."""
        return _query([*self.files, *self.new])

    @property
    def new_records(self) -> str:
        """The new records as a query."""
        return _query(self.new)


def _query(files: Sequence[Path]) -> str:
    listed = ", ".join(sql.literal(str(path)) for path in files)
    return f"select * from read_parquet([{listed}])"


def run(resolve: Callable[[Task], Mapping[str, float]]) -> None:
    """Runs an engine on what the command line says, and prints the seconds it took.

    Args:
        resolve: The engine. Its output is complete, on disk and closed when it returns; what it
            returns are further figures, by name.
    """
    task = _task()
    started = time.perf_counter()
    facts = resolve(task)
    print(json.dumps({"work_seconds": time.perf_counter() - started, "facts": dict(facts)}))


def arguments_of(
    files: Sequence[Path],
    rules: Path,
    output: Path,
    overrides: Path | None = None,
    new: Sequence[Path] = (),
    *,
    complete: bool = False,
) -> list[str]:
    """The command line that `run` reads back; the arguments are those of `Task`."""
    arguments = ["--rules", str(rules), "--output", str(output)]
    if overrides is not None:
        arguments += ["--overrides", str(overrides)]
    for path in new:
        arguments += ["--new", str(path)]
    if complete:
        arguments.append("--complete")
    return arguments + [str(path) for path in files]


def _task() -> Task:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--rules", type=Path, required=True, help="JSON file of the rules")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--overrides", type=Path)
    parser.add_argument("--new", type=Path, action="append", default=[])
    parser.add_argument("--complete", action="store_true")
    arguments = parser.parse_args()
    rules = ResolutionRules.model_validate_json(arguments.rules.read_text())
    return Task(
        arguments.files,
        rules,
        arguments.output,
        arguments.overrides,
        arguments.new,
        arguments.complete,
    )
