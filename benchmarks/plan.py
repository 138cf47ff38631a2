"""A plan beside the build of what its change reaches; apply and roll back, at growing sizes.

    python benchmarks/plan.py [--scale small] [--customers 10000,100000] [--json OUT] [--folder DIR]

For each number of customers it makes a production of a week of the demo, with a version in force,
and a project whose rules lack one. It measures, each in a process of its own:

- the build of what that change reaches, on a copy of production's tables, alone;
- `plan`, which copies, builds, and compares, and the locks on production's files meanwhile;
- `apply`, and `roll-back`.

It prints seconds, the ratio of the plan to the build, and how many locks were seen, and fails when
there was one. A million customers need about 30 GB of disk in --folder and 16 GB of memory.
"""

import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from measure import CommandFailedError, Measured, measure
from sizes import sized_arguments

from customer_platform.demo.retail import generate
from customer_platform.environment import Environment, load_environment
from customer_platform.new_project import create_project
from customer_platform.promotion.build import Order, build
from customer_platform.promotion.plan import stage_project
from customer_platform.warehouse.copies import copy_file

CUSTOMERS = {"small": [1_000], "full": [10_000, 100_000, 1_000_000]}
DAYS, LAST_DAY = 7, date(2026, 1, 31)
_LOOK_EVERY = 0.05

# Of the demo's rules: the one that the change takes away, and what follows it.
_RULE, _NEXT = "    - {name: name_and_address", "    - name: similar_person"


@dataclass(frozen=True)
class Figures:
    """What one size has taken, in seconds.

    Attributes:
        customers: People of the demo.
        warehouse_bytes: Of the version in force.
        run_seconds: The run that has built production.
        build_seconds: The build of what the change reaches.
        plan_seconds: The plan.
        plan_to_build: Their ratio.
        locks: How many locks on production's files were seen while it was planned.
        apply_seconds: Applying the plan.
        roll_back_seconds: Rolling back.
        plan_peak_bytes: Most memory of the plan.
    """

    customers: int
    warehouse_bytes: int
    run_seconds: float
    build_seconds: float
    plan_seconds: float
    plan_to_build: float
    locks: int
    apply_seconds: float
    roll_back_seconds: float
    plan_peak_bytes: int


class Production:
    """A project, and a production that runs it."""

    def __init__(self, folder: Path) -> None:
        self.project, self.home = folder / "shop", folder / "production"
        create_project(self.project, "retail")
        (self.project / "environments.yaml").write_text(f"production: {{home: {self.home}}}\n")
        self.variables = {
            "CUSTOMER_PLATFORM_ENVIRONMENT": "production",
            "CUSTOMER_PLATFORM_START_DATE": (LAST_DAY - timedelta(days=DAYS - 1)).isoformat(),
        }

    def run(self, *arguments: str) -> Measured:
        """Runs a command."""
        program = Path(sys.executable).with_name("customer-platform")
        return measure([program, *arguments], self.project, self.variables)

    def change(self) -> None:
        """Takes a rule away."""
        rules = self.project / "defs/retail/identity/defs.yaml"
        text = rules.read_text()
        rules.write_text(text[: text.index(_RULE)] + text[text.index(_NEXT) :])

    @property
    def environment(self) -> Environment:
        """Its deployment, as it is now."""
        os.chdir(self.project)
        return load_environment({**os.environ, **self.variables})


def measure_size(folder: Path, customers: int) -> Figures:
    """Makes a production, changes it and takes the change back.

    Args:
        folder: An empty folder.
        customers: People of the demo.
    """
    production = Production(folder)
    generate(production.home, customers, DAYS, end=LAST_DAY)
    run = production.run("run", "--accept-map")
    production.run("apply", "--by", "anna")
    production.change()
    built = _build(production.environment, folder / "build")
    plan_file = folder / "plan.json"
    with _locks_seen(production.home) as locks:
        planned = production.run(
            "plan", "--allow-changes", "--accept-map", "--by", "eva", "--json", str(plan_file)
        )
    applied = production.run("apply", str(plan_file), "--by", "anna")
    rolled_back = production.run("roll-back", "--by", "anna")
    return Figures(
        customers=customers,
        warehouse_bytes=production.environment.warehouse.stat().st_size,
        run_seconds=run.seconds,
        build_seconds=built,
        plan_seconds=planned.seconds,
        plan_to_build=planned.seconds / built,
        locks=len(locks),
        apply_seconds=applied.seconds,
        roll_back_seconds=rolled_back.seconds,
        plan_peak_bytes=planned.peak_bytes,
    )


def _build(target: Environment, place: Path) -> float:
    """The seconds of a build beside production, from its process' start to its end."""
    import time

    assert target.checkout is not None
    place.mkdir()
    stage_project(target.checkout, target, place)
    copy_file(target.warehouse, place / "warehouse.duckdb")
    began = time.monotonic()
    built = build(target, place, Order(str(target.place), accept_map=True))
    seconds = time.monotonic() - began
    if not built.is_good:
        raise CommandFailedError("\n".join(built.failed))
    shutil.rmtree(place)
    return seconds


@contextmanager
def _locks_seen(home: Path) -> Iterator[set[str]]:
    """The locks that any process has on files of a home meanwhile, as the kernel lists them."""
    files = {str(path.stat().st_ino): path for path in home.rglob("*") if path.is_file()}
    seen: set[str] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK_EVERY):
            for line in Path("/proc/locks").read_text().splitlines():
                inode = line.split()[-3].rpartition(":")[2]
                if inode in files:
                    seen.add(f"{files[inode]}: {line}")

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def main() -> None:
    """Measures, prints, and writes JSON."""
    arguments = sized_arguments(__doc__, CUSTOMERS, "customers")
    found = []
    for customers in arguments.customers or CUSTOMERS[arguments.scale]:
        with tempfile.TemporaryDirectory(prefix="plan_benchmark_", dir=arguments.folder) as folder:
            found.append(measure_size(Path(folder).resolve(), customers))
        each = found[-1]
        print(
            f"{each.customers:>9,} customers, {each.warehouse_bytes / 2**20:,.0f} MiB: build "
            f"{each.build_seconds:.1f} s, plan {each.plan_seconds:.1f} s "
            f"({each.plan_to_build:.2f} times), {each.locks} locks, apply "
            f"{each.apply_seconds:.1f} s, roll back {each.roll_back_seconds:.1f} s",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    if any(each.locks for each in found):
        raise CommandFailedError("something of production was locked while it was planned")


if __name__ == "__main__":
    try:
        main()
    except CommandFailedError as error:
        sys.exit(str(error))
