"""Who has approved which plan; and where plans are found."""

import unicodedata
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pydantic

from customer_platform import json_lines
from customer_platform.environment import Environment
from customer_platform.errors import ApprovalError, PlanError
from customer_platform.promotion.plan import BREAKS, Plan, read_plan, write_plan
from customer_platform.promotion.refusals import refuse_stale
from customer_platform.versions import Versions


@dataclass(frozen=True)
class Approval:
    """That somebody has approved a plan.

    Attributes:
        plan: The plan's ID.
        by: Who.
        at: When, UTC, ISO.
    """

    plan: str
    by: str
    at: str


_APPROVAL = pydantic.TypeAdapter(Approval)


def find_plan(name: str, *homes: Path) -> Plan:
    """A plan by its ID, or by the path of the JSON file that holds it.

    Args:
        name: ID or path.
        homes: Where plans are kept.

    Raises:
        PlanError: There is none.
    """
    folders = [each / "plans" for each in homes] + [
        Versions(each).folder / "plans" for each in homes
    ]
    for path in [Path(name), *(folder / f"{name}.json" for folder in folders)]:
        if path.is_file():
            return read_plan(path)
    raise PlanError(
        f"there is no plan {name}: give the ID that `customer-platform plan` has printed, or the "
        "file that it has written with --json"
    )


def keep_plan(plan: Plan, home: Path) -> None:
    """Keeps a plan where it can be found by its ID.

    Args:
        plan: The plan.
        home: The home of who plans.
    """
    write_plan(plan, home / "plans" / f"{plan.id}.json")


def plan_author(home: Path, plan: str) -> str | None:
    """Who has made a plan that was approved; None where it isn't kept.

    Args:
        home: The home that it was approved for.
        plan: The plan's ID.
    """
    path = Versions(home).folder / "plans" / f"{plan}.json"
    return read_plan(path).author if path.is_file() else None


def approve(target: Environment, plan: Plan, by: str) -> Approval:
    """Writes down that somebody approves a plan.

    Args:
        target: The deployment that it is for.
        plan: The plan.
        by: Who approves.

    Raises:
        ApprovalError: It is the author, or nobody who may; or the plan can't be applied anyway.
        StalePlanError: The plan is for another environment, or not of what is in force there.
        VersionError: The home can't be written to.
    """
    approvers = target.stated.approvers
    if _same(by, plan.author):
        raise ApprovalError(
            f"{by} has made plan {plan.id}: somebody else has to approve it"
            + (f", such as {', '.join(each for each in approvers if not _same(each, by))}"
               if approvers else "")
        )  # fmt: skip
    if approvers and not any(_same(by, each) for each in approvers):
        raise ApprovalError(
            f"{by} may not approve plans for {target.name}: {', '.join(approvers)} may"
        )
    if plan.exit_code == BREAKS:
        raise ApprovalError(f"plan {plan.id} breaks a contract or a check, and can't be applied")
    versions = Versions(target.home)
    refuse_stale(target, versions, plan)
    with versions.alone(by):
        write_plan(plan, versions.folder / "plans" / f"{plan.id}.json")
        approval = Approval(plan.id, by, datetime.now(UTC).replace(microsecond=0).isoformat())
        json_lines.add_lines(versions.folder / "approvals.jsonl", [asdict(approval)])
    return approval


def require_approval(target: Environment, plan: Plan) -> Approval | None:
    """The approval of a plan; None where the environment asks for none and there is none.

    Raises:
        ApprovalError: The environment asks for one.
    """
    approvers = target.stated.approvers
    lines = json_lines.read_lines(Versions(target.home).folder / "approvals.jsonl")
    valid = [
        each
        for each in map(_APPROVAL.validate_json, lines)
        if each.plan == plan.id
        and not _same(each.by, plan.author)
        and (not approvers or any(_same(each.by, name) for name in approvers))
    ]
    if approvers and not valid:
        raise ApprovalError(
            f"plan {plan.id} isn't approved: {' or '.join(approvers)} can, with "
            f"`customer-platform approve {plan.id} --by NAME`"
        )
    return valid[-1] if valid else None


def _same(one: str, other: str) -> bool:
    return _comparable(one) == _comparable(other)


def _comparable(name: str) -> str:
    """A name whose accents may be written as letters or behind them."""
    return unicodedata.normalize("NFKC", name.strip().casefold())
