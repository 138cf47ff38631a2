"""Builds what a change reaches, beside a version: a process of its own, with the change's project.

    python -m customer_platform.promotion.build ORDER RESULT

The definitions of a project are read when they are imported, so a process has those of one alone.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pydantic

from customer_platform.environment import ELSEWHERE, Environment, load_environment
from customer_platform.errors import PlanError
from customer_platform.project import Project, read_project
from customer_platform.promotion.days import land_ranges
from customer_platform.whole_files import write_whole

# Of what a build that has failed has printed.
_SHOWN_LINES = 20


@dataclass(frozen=True)
class Order:
    """What is to be built.

    Attributes:
        base: Folder of the version that is changed; None where nothing is compared.
        everything: Whether all is built that follows from the raw tables.
        first: The first day to build, ISO; None for as far as the change reaches.
        last: The last day, ISO; None for the last there is.
        land: By raw table, the days that are landed before the rest is built, ISO.
        days: At most so many of the last days; None for all.
        publish: Whether it is published, too.
        accept_map: Whether ID maps are accepted that exceed their bounds.
    """

    base: str | None
    everything: bool = False
    first: str | None = None
    last: str | None = None
    land: Mapping[str, Sequence[str]] = field(default_factory=dict)
    days: int | None = None
    publish: bool = False
    accept_map: bool = False


@dataclass(frozen=True)
class Check:
    """A check that has not passed.

    Attributes:
        name: Asset and check.
        description: What it has found.
        blocking: Whether it keeps a version from being put in force.
    """

    name: str
    description: str
    blocking: bool


@dataclass(frozen=True)
class Built:
    """What came of it.

    Attributes:
        models: dbt's names of what differs.
        said: What else differs, in words.
        assets: The assets that were to be built.
        of: How many assets there are.
        days: The first and last day, ISO; None where nothing was to be built.
        failed: Why steps have failed.
        checks: The checks that have not passed.
        passed: How many checks have.
        seconds: Wall time.
    """

    models: tuple[str, ...]
    said: tuple[str, ...]
    assets: tuple[str, ...]
    of: int
    days: tuple[str, str] | None
    failed: tuple[str, ...]
    checks: tuple[Check, ...]
    passed: int
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether everything is built and no blocking check fails."""
        return not self.failed and not any(check.blocking for check in self.checks)


def build(environment: Environment, place: Path, order: Order, held: Sequence[int] = ()) -> Built:
    """Builds in a folder that holds a released project and a copy of a version's warehouse.

    Args:
        environment: The deployment that the version is of.
        place: The folder.
        order: What is to be built.
        held: Descriptors of locks that are kept until the process has ended, also when this one is
            killed: nobody else may build in the folder, or remove it, meanwhile.

    Raises:
        PlanError: The process has ended without a result; the message has what it said.
    """
    result = place / "build.json"
    result.unlink(missing_ok=True)
    log = place / "logs" / "build.log"
    log.parent.mkdir(exist_ok=True)
    variables = {
        **{name: value for name, value in os.environ.items() if name not in ELSEWHERE},
        **environment.process_variables,
        "CUSTOMER_PLATFORM_HOME": str(place),
        "CUSTOMER_PLATFORM_LANDING": str(environment.landing),
        "CUSTOMER_PLATFORM_PRIVACY": str(environment.privacy),
        "CUSTOMER_PLATFORM_DECISIONS": environment.decisions,
    }
    command = [sys.executable, "-m", __name__, json.dumps(asdict(order)), str(result)]
    with log.open("w") as output:
        ended = subprocess.run(
            command, cwd=place / "project", env=variables, stdout=output, stderr=subprocess.PIPE,
            text=True, check=False, pass_fds=held,
        )  # fmt: skip
    if not result.exists():
        # The folder goes, and its log with it.
        lines = [*log.read_text().splitlines(), *ended.stderr.splitlines()]
        said = "\n".join(lines[-_SHOWN_LINES:]) or f"it ended with {ended.returncode}"
        raise PlanError(f"the change can't be built: {said}")
    return pydantic.TypeAdapter(Built).validate_json(result.read_bytes())


def _build(order: Order) -> Built:
    import duckdb

    from customer_platform.declarations import declarations_of, read_declarations
    from customer_platform.deployment import prepare, run_selection
    from customer_platform.ingestion.reading import days_of_raw
    from customer_platform.orchestration.dbt_project import dbt_project
    from customer_platform.promotion.reach import Reach, find_reach, keys_of, selected_keys

    started = time.monotonic()
    environment = load_environment()
    prepare(environment)
    reach = Reach((), (), (), every_day=False)
    if order.base is not None:
        base = Path(order.base)
        before = read_declarations(_released(base), environment.business_model)
        target = base / "dbt" / "target"
        reach = find_reach(dbt_project(environment), target, before, declarations_of(environment))
    from customer_platform.definitions import defs

    left_out = ["privacy"] if order.publish else ["privacy", "published"]
    keys = selected_keys(defs, None if order.everything else reach.keys, left_out)
    of = len(defs.resolve_asset_graph().materializable_asset_keys)
    with duckdb.connect(str(environment.warehouse), read_only=True) as connection:
        there = days_of_raw(connection)
    if not keys or there is None:
        return Built(reach.models, reach.said, (), of, None, (), (), 0, 0.0)
    last = order.last or there[1]
    first = order.first or (there[0] if reach.every_day else last)
    if order.days is not None:
        first = max(first, _days_before(last, order.days - 1))
    # First, and these days alone: files of the others may be gone.
    outcomes = [
        run_selection(environment, begin, end, landing)
        for begin, end, tables in land_ranges(order.land)
        if (landing := keys_of(defs, tables))
    ]
    if not any(outcome.failed for outcome in outcomes):
        accept = order.accept_map
        outcomes.append(run_selection(environment, first, last, keys, accept_map=accept))
    checks = tuple(Check(*check) for outcome in outcomes for check in outcome.checks)
    return Built(
        reach.models,
        reach.said,
        tuple(key.to_user_string() for key in keys),
        of,
        (first, last),
        tuple(reason for outcome in outcomes for reason in outcome.failed),
        checks,
        sum(outcome.passed for outcome in outcomes),
        time.monotonic() - started,
    )


def _released(place: Path) -> Project:
    project = read_project(place / "project")
    if project is None:
        raise PlanError(f"{place} holds no released project: it is no version")
    return project


def _days_before(day: str, count: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=count)).isoformat()


if __name__ == "__main__":
    built = _build(Order(**json.loads(sys.argv[1])))
    write_whole(Path(sys.argv[2]), json.dumps(asdict(built)))
