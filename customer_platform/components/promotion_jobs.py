"""The jobs `apply` and `roll_back`: the commands of the same names, for whoever works in the UI."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
from dagster import OpExecutionContext
from pydantic import Field

from customer_platform.environment import load_environment


class PlanToApply(dg.Config):
    """Which plan to apply, and who does it."""

    plan: str = Field(description="ID of the plan, or the path of its JSON file.")
    by: str = Field(description="Name or email of who applies it.")


class VersionToRollBackTo(dg.Config):
    """Which version to put in force again, and who does it."""

    to: int | None = Field(
        default=None, description="The version; without it the one that it was made from."
    )
    by: str = Field(description="Name or email of who rolls back.")


def build_apply_job() -> dg.JobDefinition:
    """The job `apply`."""

    @dg.op(name="apply_plan", out=dg.Out(dagster_type=dg.Nothing))
    def apply_plan(context: OpExecutionContext, config: PlanToApply) -> None:
        _command(context, ["apply", config.plan, "--by", config.by])

    @dg.job(
        name="apply",
        description="Puts an approved plan in force: builds its version beside the one that is, "
        "runs all checks, compares with the plan and swaps in one step. Reload the code location "
        "afterwards.",
    )
    def apply() -> None:
        apply_plan()

    return apply


def build_roll_back_job() -> dg.JobDefinition:
    """The job `roll_back`."""

    @dg.op(name="roll_back_version", out=dg.Out(dagster_type=dg.Nothing))
    def roll_back_version(context: OpExecutionContext, config: VersionToRollBackTo) -> None:
        to = [] if config.to is None else ["--to", str(config.to)]
        _command(context, ["roll-back", *to, "--by", config.by])

    @dg.job(
        name="roll_back",
        description="Puts an earlier version in force again, in one step; the next run builds "
        "what has landed since. Reload the code location afterwards.",
    )
    def roll_back() -> None:
        roll_back_version()

    return roll_back


def _command(context: OpExecutionContext, arguments: Sequence[str]) -> None:
    """Runs a command in a process of its own: definitions are those of one project."""
    environment = load_environment()
    project = environment.checkout or environment.project
    ended = subprocess.run(
        [str(Path(sys.executable).with_name("customer-platform")), *arguments],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    context.log.info(f"{ended.stdout}{ended.stderr}".strip())
    if ended.returncode:
        raise dg.Failure(description=ended.stderr.strip(), allow_retries=False)
