"""Puts a version in force: builds it beside the one that is, compares, and swaps in one step."""

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path

import duckdb

from customer_platform.environment import Environment
from customer_platform.errors import RefusedVersionError, StalePlanError, VersionError
from customer_platform.promotion.approvals import require_approval
from customer_platform.promotion.build import Built, Order, build
from customer_platform.promotion.compare import Effect
from customer_platform.promotion.contracts import Broken
from customer_platform.promotion.copies import copy_file, copy_published, copy_warehouse
from customer_platform.promotion.plan import BREAKS, Plan, Progress, examine, stage_project
from customer_platform.promotion.raw import copy_raw
from customer_platform.promotion.released import (
    carry_decisions,
    fingerprint,
    git_commit,
    hashed,
    read_decisions,
    records_of,
    release_project,
)
from customer_platform.run_lock import no_run
from customer_platform.versions import APPLY, ROLL_BACK, Swap, Version, Versions

# How often what has landed meanwhile is built, too, before somebody else has to stop landing.
_ROUNDS = 5

# In a version's folder: days that have come along and aren't built yet.
_TO_BUILD = "to_build"


def apply_first(target: Environment, by: str, wait: float = 0) -> Version:
    """Makes what a home runs its version 1.

    Args:
        target: The deployment.
        by: Who does it.
        wait: For how many seconds to wait for a run that is in progress.

    Raises:
        VersionError: It has versions already, or nothing has been built.
        BusyError: Somebody else is at it, or a run is in progress.
    """
    versions = Versions(target.home)
    if versions.current is not None:
        raise VersionError(
            f"{target.home} runs version {versions.current}: name the PLAN that is to be applied"
        )
    if not target.warehouse.exists():
        raise VersionError(
            f"{target.home} has built nothing yet: `customer-platform run` there, then apply"
        )
    with versions.alone(by), versions.building() as number, no_run(target.home, wait):
        place = versions.place(number)
        # What has been committed since the last checkpoint belongs into the file.
        duckdb.connect(str(target.warehouse)).close()
        release_project(target.project, target.business_model, place / "project")
        os.link(target.warehouse, place / "warehouse.duckdb")
        copy_published(target.published, place / "published")
        copy_published(target.published_masked, place / "published_masked")
        decisions = read_decisions(target)
        carry_decisions(place / "project", {}, decisions)
        # Has dbt read the project, so that others can be compared with it.
        build(target, place, Order(base=None))
        version = Version(
            number=number,
            fingerprint=fingerprint(place / "project", decisions),
            created_at=_now(),
            created_by=by,
            approved_by=None,
            plan=None,
            base=None,
            commit=git_commit(target.project.root),
            software=metadata.version("customer-platform"),
            days=None,
            decisions={name: hashed(records) for name, records in decisions.items()},
        )
        _tidy(place)
        versions.finish(version)
        versions.put_in_force(Swap(APPLY, number, None, _now(), by))
        versions.settle()
    return version


def apply(
    target: Environment,
    plan: Plan,
    by: str,
    *,
    wait: float = 0,
    progress: Progress = lambda said: None,
) -> Version:
    """Applies a plan: whoever reads sees either all of the version of before, or all of the new.

    Where its version is there already, as it was rolled back, that is put in force again.

    Args:
        target: The deployment.
        plan: The plan.
        by: Who applies it.
        wait: For how many seconds to wait for a run that is in progress.
        progress: Is told how far it is.

    Raises:
        StalePlanError: The plan is of another project or version, or in force already.
        ApprovalError: It lacks an approval.
        RefusedVersionError: A check fails, a contract breaks, or more changes than planned.
        BusyError: Somebody else is at it, or a run is in progress.
        VersionError: The home can't be written to.
    """
    versions = Versions(target.home)
    _refuse_stale(target, versions, plan)
    approval = require_approval(target, plan)
    with versions.alone(by):
        versions.remove_unfinished()
        versions.settle()
        _refuse_stale(target, versions, plan)
        there = [each for each in versions.all() if each.plan == plan.id]
        version = there[-1] if there else None
        if version is None:
            approved_by = approval.by if approval else None
            version = _build(target, versions, plan, by, approved_by, wait, progress)
        _catch_up_and_swap(target, versions, version, by, plan, wait, progress)
        versions.remove_outdated(target.stated.keep_versions_days)
    return version


def roll_back(target: Environment, to: int | None, by: str, wait: float = 0) -> dict[str, set[str]]:
    """Puts a version of before in force again, whatever the size of it.

    What has landed meanwhile comes along in the raw tables, and what stewards have decided; the
    next run builds the rest.

    Args:
        target: The deployment.
        to: The version; None for the one that the version in force was made from.
        by: Who rolls back.
        wait: For how many seconds to wait for a run that is in progress.

    Returns:
        By raw table, the days that came along and that the next run has to build.

    Raises:
        VersionError: There is no such version, it is gone or in force, or there is none before.
        BusyError: Somebody else is at it, or a run is in progress.
    """
    versions = Versions(target.home)
    with versions.alone(by):
        versions.remove_unfinished()
        versions.settle()
        if versions.current is None:
            raise VersionError(f"{target.home} has no versions, so nothing to roll back to")
        current = versions.read(versions.current)
        number = current.base if to is None else to
        if number is None:
            raise VersionError(f"version {current.number} is the first: name one with --to")
        version = versions.read(number)
        if number == current.number:
            raise VersionError(f"version {number} is in force already")
        with no_run(target.home, wait):
            days = _carry(target, versions, version)
            versions.put_in_force(Swap(ROLL_BACK, number, current.number, _now(), by))
    return days


def _build(
    target: Environment,
    versions: Versions,
    plan: Plan,
    by: str,
    approved_by: str | None,
    wait: float,
    progress: Progress,
) -> Version:
    project = target.checkout or target.project
    with versions.building() as number:
        place = versions.place(number)
        decisions = stage_project(project, target, place)
        if fingerprint(place / "project", decisions) != plan.fingerprint:
            raise StalePlanError(
                f"the project in {project.root} isn't that of plan {plan.id} (commit "
                f"{plan.commit or 'unknown'}): check that out, or plan again"
            )
        progress(f"copies the tables of version {plan.base}")
        created_at = _now()
        before = place / "before" / "warehouse.duckdb"
        before.parent.mkdir()
        copy_warehouse(target.home, target.warehouse, before, wait)
        copy_file(before, place / "warehouse.duckdb")
        copy_published(target.published, place / "published")
        copy_published(target.published_masked, place / "published_masked")
        progress(f"builds version {number}")
        order = Order(str(target.place), publish=True, accept_map=plan.accept_map)
        built = build(target, place, order)
        _refuse_failed(built)
        progress("compares with the plan")
        effect, broken = examine(target, place, before)
        _refuse_more(target, plan, effect, broken)
        _tidy(place)
        version = Version(
            number=number,
            fingerprint=plan.fingerprint,
            created_at=created_at,
            created_by=by,
            approved_by=approved_by,
            plan=plan.id,
            base=plan.base,
            commit=plan.commit,
            software=metadata.version("customer-platform"),
            days=built.days,
            decisions=_decisions_in(place / "project", decisions),
        )
        versions.finish(version)
    return version


def _catch_up_and_swap(
    target: Environment,
    versions: Versions,
    version: Version,
    by: str,
    plan: Plan,
    wait: float,
    progress: Progress,
) -> None:
    """Builds what has landed meanwhile, until nothing has, and swaps."""
    place = versions.place(version.number)
    for _ in range(_ROUNDS):
        with no_run(target.home, wait):
            _carry(target, versions, version)
            days = _days_to_build(place)
            if not days:
                swap = Swap(APPLY, version.number, versions.current, _now(), by, plan.id)
                versions.put_in_force(swap)
                return
        progress(f"builds what has landed meanwhile: {min(days)} to {max(days)}")
        order = Order(
            None,
            everything=True,
            first=min(days),
            last=max(days),
            publish=True,
            accept_map=plan.accept_map,
        )
        _refuse_failed(build(target, place, order))
        _tidy(place)
        (place / _TO_BUILD).unlink()
    raise RefusedVersionError(
        f"files land faster than version {version.number} can follow: apply the plan again when "
        "less is landing"
    )


def _carry(target: Environment, versions: Versions, version: Version) -> dict[str, set[str]]:
    """Brings a version what the one in force has got since they parted."""
    place = versions.place(version.number)
    current = versions.place(versions.current or 0)
    left = [each.at for each in versions.journal() if each.before == version.number]
    parted = left[-1] if left else version.created_at
    if versions.erased_at > parted:
        versions.remove([version.number])
        raise RefusedVersionError(
            f"somebody was erased since version {version.number} was built, and it would bring "
            "them back: apply the plan again"
        )
    since = datetime.fromisoformat(parted)
    with duckdb.connect(str(place / "warehouse.duckdb")) as connection:
        days = copy_raw(connection, current / "warehouse.duckdb", since, partial(_note, place))
    # What both have started from is what the later of the two was made with.
    later = max(version.number, versions.current or 0)
    carry_decisions(place / "project", versions.read(later).decisions, read_decisions(target))
    return days


def _note(place: Path, days: set[str]) -> None:
    """Writes down days that a version has to build, before they are in its raw tables."""
    known = _days_to_build(place) | days
    (place / _TO_BUILD).write_text("\n".join(sorted(known)))


def _days_to_build(place: Path) -> set[str]:
    path = place / _TO_BUILD
    return set(path.read_text().split()) if path.exists() else set()


def _refuse_stale(target: Environment, versions: Versions, plan: Plan) -> None:
    current = versions.current
    if current is None:
        raise StalePlanError(
            f"{target.home} has no version yet: `customer-platform apply` makes what it runs "
            "version 1"
        )
    if (plan.against, plan.business_model) != (target.name, target.business_model):
        raise StalePlanError(
            f"plan {plan.id} is for {plan.against} ({plan.business_model}), not for {target.name} "
            f"({target.business_model})"
        )
    if not plan.files:
        raise StalePlanError(f"plan {plan.id} changes nothing: there is nothing to apply")
    if versions.read(current).plan == plan.id:
        raise StalePlanError(f"plan {plan.id} is in force already, as version {current}")
    if plan.base != current:
        raise StalePlanError(
            f"plan {plan.id} was made against version {plan.base}, and version {current} is in "
            f"force in {target.name} now: plan again"
        )
    if plan.days is not None:
        raise StalePlanError(
            f"plan {plan.id} was built for {plan.days} days at most: plan again without --days"
        )
    if plan.exit_code == BREAKS:
        raise RefusedVersionError(
            f"plan {plan.id} breaks a contract or a blocking check: change the project, or plan "
            "with --accept-map or --accept-broken where that is wanted"
        )


def _refuse_failed(built: Built) -> None:
    if built.is_good:
        return
    reasons = [f"{each.name}: {each.description}" for each in built.checks if each.blocking]
    raise RefusedVersionError(
        "the version isn't put in force, and nothing has changed:\n"
        + "\n".join([*reasons, *built.failed])
    )


def _refuse_more(
    target: Environment, plan: Plan, effect: Effect, broken: tuple[Broken, ...]
) -> None:
    """Refuses a version that changes more than its plan says."""
    planned = plan.effect
    assert planned is not None
    said: list[str] = []

    def compare(what: str, then: float, now: float, tolerated: float) -> None:
        most = then * (1 + target.stated.tolerance) + tolerated
        if now > most:
            said.append(f"{what}: {now:,.0f}, planned were {then:,.0f}")

    few = target.stated.tolerated
    entities = {each.entity: each for each in planned.entities}
    for each in effect.entities:
        known = entities.get(each.entity)
        compare(f"{each.entity}: merge or split", known.changed if known else 0, each.changed, few)
        moved = known.moved_records if known else 0
        compare(f"{each.entity}: records that move", moved, each.moved_records, few)
    golden = {each.table: each.changed for each in planned.golden}
    for one in effect.golden:
        compare(
            f"{one.table}: rows that read otherwise", golden.get(one.table, 0), one.changed, few
        )
    amounts = _moved_amounts(planned)
    for (table, currency), amount in _moved_amounts(effect).items():
        compare(f"{table}: {currency} more or less", amounts.get((table, currency), 0), amount, 0)
    said += [each.what for each in broken if each not in plan.broken]
    if said:
        raise RefusedVersionError(
            f"more changes than plan {plan.id} says, so the version isn't put in force, and "
            "nothing has changed:\n" + "\n".join(said) + "\nPlan again."
        )


def _moved_amounts(effect: Effect) -> Mapping[tuple[str, str], float]:
    return {
        (each.name, currency): abs(float(after) - float(before))
        for each in effect.relations
        for currency, before, after in each.amounts
        if before != after
    }


def _decisions_in(root: Path, seeds: Mapping[str, object]) -> dict[str, list[str]]:
    """The hashes of the records of seeds of decisions in a project.

    Args:
        root: The folder of the project.
        seeds: Their paths in it.
    """
    return {name: hashed(records_of(root / name)) for name in seeds if (root / name).is_file()}


def _tidy(place: Path) -> None:
    """Removes what a build leaves that no version needs."""
    for name in ("before", "dagster", "logs"):
        shutil.rmtree(place / name, ignore_errors=True)
    (place / "build.json").unlink(missing_ok=True)


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat()
