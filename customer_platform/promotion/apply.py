"""Puts a version in force: builds it beside the one that is, compares, and swaps in one step."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import duckdb

from customer_platform.environment import Environment
from customer_platform.errors import RefusedVersionError, StalePlanError, VersionError
from customer_platform.promotion.approvals import require_approval
from customer_platform.promotion.build import Order, build
from customer_platform.promotion.carry import carry
from customer_platform.promotion.copies import copy_published
from customer_platform.promotion.days import Days, days_are_built
from customer_platform.promotion.plan import Plan, Progress, examine, stage_project
from customer_platform.promotion.refusals import (
    refuse_failed,
    refuse_more,
    refuse_outdated,
    refuse_stale,
)
from customer_platform.promotion.released import (
    decisions_in,
    fingerprint,
    git_commit,
    read_decisions,
    release_project,
    remember_decisions,
)
from customer_platform.promotion.unbuilt import unbuilt_days
from customer_platform.readers import settle
from customer_platform.run_lock import no_run
from customer_platform.versions import APPLY, ROLL_BACK, Swap, Version, Versions
from customer_platform.warehouse.copies import copy_file, copy_warehouse

# How often what has landed meanwhile is built, too, before somebody else has to stop landing.
_ROUNDS = 5


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
    with versions.alone(by), no_run(target.home, wait):
        refuse_outdated(target, versions)
        # One that somebody was killed before putting in force shares its file with the home.
        versions.remove(version.number for version in versions.all())
        version = _make_first(target, versions, by)
        versions.claim(target.name)
        versions.put_in_force(Swap(APPLY, version.number, None, _now(), by))
        settle(target.home)
    return version


def _make_first(target: Environment, versions: Versions, by: str) -> Version:
    with versions.building() as number:
        place = versions.place(number)
        # What has been committed since the last checkpoint belongs into the file.
        duckdb.connect(str(target.warehouse)).close()
        release_project(target.project, target.business_model, place / "project")
        os.link(target.warehouse, place / "warehouse.duckdb")
        copy_published(target.published, place / "published")
        copy_published(target.published_masked, place / "published_masked")
        decisions = read_decisions(target)
        # Has dbt read the project, so that others can be compared with it.
        build(target, place, Order(base=None), versions.held)
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
            decisions=decisions_in(place / "project", decisions),
        )
        _tidy(place)
        remember_decisions(place, decisions)
        versions.finish(version)
    return version


def apply(
    target: Environment,
    plan: Plan,
    by: str,
    *,
    wait: float = 0,
    progress: Progress = lambda said: None,
) -> Version:
    """Applies a plan: whoever reads sees either all of the old version, or all of the new one.

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
    refuse_stale(target, versions, plan)
    approval = require_approval(target, plan)
    with versions.alone(by):
        versions.remove_unfinished()
        settle(target.home)
        refuse_outdated(target, versions)
        refuse_stale(target, versions, plan)
        there = [each for each in versions.all() if each.plan == plan.id]
        version = there[-1] if there else None
        if version is None:
            approved_by = approval.by if approval else None
            version = _build(target, versions, plan, by, approved_by, wait, progress)
        _catch_up_and_swap(target, versions, version, by, plan, wait, progress)
        versions.remove_outdated(target.stated.keep_versions_days)
    return version


def roll_back(
    target: Environment,
    to: int | None,
    by: str,
    wait: float = 0,
    tell: Callable[[Days], None] = lambda days: None,
) -> Days:
    """Puts an earlier version in force again, whatever the size of it.

    What has landed meanwhile comes along in the raw tables, and what stewards have decided; the
    next run builds the rest.

    Args:
        target: The deployment.
        to: The version; None for the one that the version in force was made from.
        by: Who rolls back.
        wait: For how many seconds to wait for a run that is in progress.
        tell: Is told what is returned, before the version is put in force: whoever is killed
            afterwards can't.

    Returns:
        The days that came along and that the next run has to build, or to land first.

    Raises:
        VersionError: There is no such version, it is gone, in force or never was, or there is none
            before.
        BusyError: Somebody else is at it, or a run is in progress.
    """
    versions = Versions(target.home)
    with versions.alone(by):
        versions.remove_unfinished()
        settle(target.home)
        refuse_outdated(target, versions)
        if versions.current is None:
            raise VersionError(f"{target.home} has no versions, so nothing to roll back to")
        current = versions.read(versions.current)
        number = current.base if to is None else to
        if number is None:
            raise VersionError(f"version {current.number} has no predecessor: choose one with --to")
        version = versions.read(number)
        if number == current.number:
            raise VersionError(f"version {number} is in force already")
        if number not in {swap.version for swap in versions.journal()}:
            raise VersionError(
                f"version {number} was never in force, so there is nothing to roll back to: "
                f"`customer-platform apply {version.plan}` puts it in force, once its checks pass"
            )
        with no_run(target.home, wait):
            days = carry(target, versions, version)
            remember_decisions(versions.place(number), version.decisions)
            tell(days)
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
        staged = stage_project(project, target, place)
        decisions = staged.decisions
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
        built = build(target, place, order, versions.held)
        refuse_failed(built)
        progress("compares with the plan")
        effect, broken = examine(target, place, before)
        refuse_more(target, plan, effect, broken, unbuilt_days(before))
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
            decisions=staged.released,
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
    landed = None
    for _ in range(_ROUNDS):
        with no_run(target.home, wait):
            begun = _now()
            found = carry(target, versions, version, landed)
            days = found.all
            if not days:
                remember_decisions(place, version.decisions)
                swap = Swap(APPLY, version.number, versions.current, _now(), by, plan.id)
                versions.put_in_force(swap)
                return
        progress(f"builds what has landed meanwhile: {days[0]} to {days[-1]}")
        order = Order(
            None,
            everything=True,
            first=days[0],
            last=days[-1],
            land={table: sorted(each) for table, each in found.to_land.items()},
            publish=True,
            accept_map=plan.accept_map,
        )
        refuse_failed(build(target, place, order, versions.held))
        _tidy(place)
        days_are_built(place)
        landed = begun
    raise RefusedVersionError(
        f"files land faster than version {version.number} can follow: apply the plan again when "
        "less is landing"
    )


def _tidy(place: Path) -> None:
    """Removes what a build leaves that no version needs."""
    for name in ("before", "dagster", "logs"):
        shutil.rmtree(place / name, ignore_errors=True)
    (place / "build.json").unlink(missing_ok=True)


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat()
