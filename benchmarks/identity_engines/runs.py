"""Runs an engine in a process of its own, and says what partition of the records it delivered."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from measure import measure

from customer_platform.identity import ResolutionRules
from customer_platform.project import REPOSITORY
from identity_engines.command import arguments_of

_BENCHMARKS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Engine:
    """One way to resolve records.

    Attributes:
        module: Its module in this package.
        record_id: Its map's column with the id of a record within its source.
        customer: Its map's column that is equal for records of one customer. None: it doesn't
            cluster.
    """

    module: str
    record_id: str
    customer: str | None


ENGINES = {
    "floor": Engine("floor", "record_id", None),
    "splink": Engine("splink_clusters", "record_id", "customer_id"),
    "ours": Engine("ours", "record_id", "customer_id"),
    "kept": Engine("kept", "source_record_id", "customer_id"),
}


@dataclass(frozen=True)
class Partition:
    """Which records are one customer. Two are equal when, and only when, they say the same.

    Attributes:
        records: Records.
        customers: Customers.
        checksum: Over every record and the first record of its customer, whatever it is called
            and in whatever order.
    """

    records: int
    customers: int
    checksum: int


@dataclass(frozen=True)
class Run:
    """What one run took.

    Attributes:
        seconds: Wall time of the process, from its start to its end.
        work_seconds: Of that, from opening the database to closing it.
        peak_bytes: Most memory of the process.
        partition: What it found; None when the engine doesn't cluster.
        facts: Further figures that it gave, by name.
    """

    seconds: float
    work_seconds: float
    peak_bytes: int
    partition: Partition | None
    facts: Mapping[str, float]


def run_engine(
    name: str,
    files: Sequence[Path],
    rules: ResolutionRules,
    output: Path,
    *,
    overrides: Path | None = None,
    new: Sequence[Path] = (),
    complete: bool = False,
) -> Run:
    """Runs an engine once.

    Args:
        name: One of `ENGINES`.
        files: Parquet files of records.
        rules: The rules.
        output: The DuckDB file it writes; the caller removes it.
        overrides: CSV file of link overrides.
        new: Parquet files of new records, when `output` holds the result of `files` already.
        complete: Whether all records are to be compared with it, rather than only the new given.

    Raises:
        CommandFailedError: The engine has failed.
    """
    engine = ENGINES[name]
    rules_file = output.with_suffix(".rules.json")
    rules_file.write_text(rules.model_dump_json())
    measured = measure(
        [
            sys.executable,
            "-m",
            f"identity_engines.{engine.module}",
            *arguments_of(files, rules_file, output, overrides, new, complete=complete),
        ],
        _BENCHMARKS,
        {"PYTHONPATH": str(REPOSITORY)},
    )
    printed = json.loads(measured.output.splitlines()[-1])
    partition = partition_of(output, engine) if engine.customer else None
    return Run(
        measured.seconds,
        printed["work_seconds"],
        measured.peak_bytes,
        partition,
        printed["facts"],
    )


def partition_of(warehouse: Path, engine: Engine) -> Partition:
    """What partition of the records an engine's map is.

    Args:
        warehouse: The DuckDB file that the engine has written.
        engine: The engine; one that clusters.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute(
            f"create temp table named as select hash(source, {engine.record_id}) as record, "
            f"{engine.customer} as customer from identity.customer_id_map"
        )
        row = connection.execute(
            "with customers as (select customer, min(record) as first from named group by all) "
            "select count(*), count(distinct first), "
            "coalesce(sum(cast(hash(record, first) as hugeint)), 0) "
            "from named join customers using (customer)"
        ).fetchall()[0]
    return Partition(*(int(value) for value in row))
