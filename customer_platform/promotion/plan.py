"""Plans a change: builds it beside a version in force, and says what it would do to whom."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pydantic

from customer_platform.environment import Environment
from customer_platform.errors import PlanError
from customer_platform.privacy.declared import Declared
from customer_platform.project import Project
from customer_platform.promotion.build import Built, Order, build
from customer_platform.promotion.compare import Effect, compare
from customer_platform.promotion.contracts import Broken, broken_contracts, read_columns
from customer_platform.promotion.relations import warehouse_columns
from customer_platform.promotion.released import (
    ChangedFile,
    carry_decisions,
    changed_files,
    decisions_in,
    fingerprint,
    git_commit,
    read_decisions,
    read_released,
    release_project,
)
from customer_platform.promotion.unbuilt import unbuilt_days
from customer_platform.promotion.work_folder import work_folder
from customer_platform.versions import Version, Versions
from customer_platform.warehouse.copies import copy_file, copy_warehouse
from customer_platform.whole_files import write_whole

Progress = Callable[[str], None]

NOTHING, CHANGES, BREAKS = 0, 1, 2


@dataclass(frozen=True)
class Plan:
    """What a change would do.

    Attributes:
        against: The environment that it was planned for.
        business_model: The business model.
        base: The version that was in force.
        base_fingerprint: Of the project of that version.
        fingerprint: Of the project as it would be.
        author: Who planned it.
        commit: Of the project in git; None outside of git.
        accept_map: Whether ID maps are accepted that exceed their bounds.
        accept_broken: Whether broken contracts are accepted.
        days: For how many of the last days it was built at most; None for all that it reaches.
        files: The files of the project that differ.
        built: What was built to see what changes; its time isn't part of the plan.
        effect: What changes; None where nothing was built.
        broken: Contracts that break.
        unbuilt: Days that had landed in the version in force and weren't built there yet: what they
            bring is part of what changes.
    """

    against: str
    business_model: str
    base: int
    base_fingerprint: str
    fingerprint: str
    author: str
    commit: str | None
    accept_map: bool
    accept_broken: bool
    days: int | None
    files: tuple[ChangedFile, ...]
    built: Built
    effect: Effect | None
    broken: tuple[Broken, ...]
    unbuilt: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What it is called: the same for the same plan, and another for any other."""
        text = json.dumps(self.as_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def exit_code(self) -> int:
        """0: nothing changes; 1: something does; 2: it breaks a contract or a blocking check."""
        if (self.broken and not self.accept_broken) or not self.built.is_good:
            return BREAKS
        return CHANGES if self.files else NOTHING

    def as_json(self) -> dict[str, Any]:
        """The plan as a JSON document, the same for the same plan."""
        stated = asdict(replace(self, built=replace(self.built, seconds=0.0)))
        found: dict[str, Any] = json.loads(json.dumps(stated))
        return found


_PLAN = pydantic.TypeAdapter(Plan)


def read_plan(path: Path) -> Plan:
    """Reads a plan that was written as JSON.

    Raises:
        PlanError: The file isn't there, or is no plan.
    """
    try:
        return _PLAN.validate_json(path.read_bytes())
    except OSError as error:
        raise PlanError(f"{path} can't be read: {error.strerror}") from error
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise PlanError(
            f"{path} is no plan ({where}: {first['msg']}): `customer-platform plan --json FILE` "
            "writes one"
        ) from error


def write_plan(plan: Plan, path: Path) -> None:
    """Writes a plan as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(plan.as_json(), indent=1) + "\n")


def make_plan(
    environment: Environment,
    target: Environment,
    *,
    author: str,
    days: int | None = None,
    accept_map: bool = False,
    accept_broken: bool = False,
    wait: float = 0,
    progress: Progress = lambda said: None,
) -> Plan:
    """Plans the change from a version in force to the project of this checkout.

    Nothing of the other home is written or held.

    Args:
        environment: The deployment that plans: where it is built, and whose checkout is planned.
        target: The deployment that it is planned for.
        author: Who plans.
        days: Build at most so many of the last days; None for as many as the change reaches.
        accept_map: Accept ID maps that exceed their bounds.
        accept_broken: Accept broken contracts.
        wait: For how many seconds to wait for a run of the other home.
        progress: Is told how far it is.

    Raises:
        PlanError: The other home has no version, or the change can't be built.
        BusyError: A run is in progress there.
    """
    versions = Versions(target.home)
    base = version_to_change(versions)
    project = environment.checkout or environment.project
    with work_folder(environment) as (work, held):
        decisions = stage_project(project, target, work).decisions
        new = fingerprint(work / "project", decisions)
        files = changed_files(target.place / "project", work / "project", decisions)
        plan = Plan(
            against=target.name,
            business_model=target.business_model,
            base=base.number,
            base_fingerprint=base.fingerprint,
            fingerprint=new,
            author=author,
            commit=git_commit(project.root),
            accept_map=accept_map,
            accept_broken=accept_broken,
            days=days,
            files=files,
            built=Built((), (), (), 0, None, (), (), 0, 0.0),
            effect=None,
            broken=(),
        )
        if not files:
            return plan
        progress(f"copies the tables of version {base.number}")
        before = work / "before" / "warehouse.duckdb"
        before.parent.mkdir()
        copy_warehouse(target.home, target.warehouse, before, wait)
        copy_file(before, work / "warehouse.duckdb")
        progress("builds what the change reaches")
        order = Order(str(target.place), days=days, accept_map=accept_map)
        built = build(target, work, order, held)
        progress("compares")
        effect, broken = examine(target, work, before)
        unbuilt = unbuilt_days(before) if built.days else ()
        return replace(plan, built=built, effect=effect, broken=broken, unbuilt=unbuilt)


def version_to_change(versions: Versions) -> Version:
    """The version in force.

    Raises:
        PlanError: There is none yet.
    """
    number = versions.current
    if number is None:
        raise PlanError(
            f"{versions.home} has no version yet: `customer-platform apply` there makes what it "
            "runs now version 1"
        )
    return versions.read(number)


@dataclass(frozen=True)
class Staged:
    """A project that was written to a folder, with the decisions of a version in force.

    Attributes:
        decisions: By seed, the decisions in the version in force.
        released: By seed, the hashes of those that the project itself has.
    """

    decisions: Mapping[str, list[str]]
    released: dict[str, list[str]]


def stage_project(project: Project, target: Environment, place: Path) -> Staged:
    """Writes a project to `project/` of a folder, with the decisions of a version in force.

    Args:
        project: The project.
        target: The deployment with the version in force.
        place: The folder.
    """
    release_project(project, target.business_model, place / "project")
    decisions = read_decisions(target)
    released = decisions_in(place / "project", decisions)
    current = version_to_change(Versions(target.home))
    carry_decisions(place / "project", current.decisions, target.place, decisions)
    return Staged(decisions, released)


def examine(target: Environment, place: Path, before: Path) -> tuple[Effect, tuple[Broken, ...]]:
    """What a build has changed, and which contracts it breaks.

    Args:
        target: The deployment with the version in force.
        place: The folder that holds the project and what was built.
        before: The warehouse as it was.
    """
    manifests = [_manifest(target.place), _manifest(place)]
    declared = [
        read_released(each / "project", target.business_model) for each in (target.place, place)
    ]
    warehouse = place / "warehouse.duckdb"
    masks = Declared(manifests[1], declared[1].entities)
    effect = compare(before, warehouse, declared[0], declared[1], masks)
    read = [
        read_columns(manifest, declarations, warehouse_columns(path))
        for manifest, declarations, path in zip(
            manifests, declared, (before, warehouse), strict=True
        )
    ]
    return effect, broken_contracts(*read)


def _manifest(place: Path) -> Mapping[str, Any]:
    path = place / "dbt" / "target" / "manifest.json"
    found: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return found
