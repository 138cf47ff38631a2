"""Commands that bring a change to production: plan, approve, apply, roll back."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from customer_platform.cli.project import ignore_warnings_of_dagster
from customer_platform.cli.steward import git_setting
from customer_platform.environment import ELSEWHERE, Environment, environment_of, load_environment
from customer_platform.environments import NAMES
from customer_platform.errors import CustomerPlatformError, PlanError
from customer_platform.not_on_spark import refuse_on_spark

if TYPE_CHECKING:
    from customer_platform.promotion.days import Days


def _stated(context: click.Context, parameter: click.Parameter, name: str | None) -> str | None:
    """A name as it was given; a variable that is not set must not pass for somebody."""
    if name is not None and not name.strip():
        raise click.BadParameter("the name is empty")
    return name


_NO_PLAN = 3

_BY = click.option(
    "--by", callback=_stated, help="Name or email.  [default: git's user.email, or the user]"
)
_WAIT = click.option(
    "--wait", default=600, show_default=True,
    help="Seconds to wait for a run that is in progress.",
)  # fmt: skip
_ENVIRONMENT = click.option(
    "--environment", "name", metavar="NAME|HOME",
    help="Environment, or its home.  [default: CUSTOMER_PLATFORM_ENVIRONMENT]",
)  # fmt: skip


class _Planning(click.Command):
    """Ends with 3 where there is no plan, as 1 and 2 say what is in one."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            error.show()
            raise click.exceptions.Exit(_NO_PLAN) from error

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CustomerPlatformError as error:
            click.ClickException(str(error)).show()
            raise click.exceptions.Exit(_NO_PLAN) from error


@click.command(cls=_Planning)
@click.option(
    "--against", metavar="NAME|HOME", default="production", show_default=True,
    help="Environment that the change is for, as environments.yaml names it, or its home.",
)  # fmt: skip
@click.option(
    "--days", type=click.IntRange(1), help="Build at most the last DAYS, for a quick look."
)
@click.option(
    "--markdown", type=click.Path(path_type=Path, dir_okay=False),
    help="File to write the plan to, as for a comment on a pull request.",
)  # fmt: skip
@click.option(
    "--json", "json_path", type=click.Path(path_type=Path, dir_okay=False),
    help="File to write the plan to, for `approve` and `apply`.",
)  # fmt: skip
@click.option("--accept-map", is_flag=True, help="Accept ID maps even if they exceed their bounds.")
@click.option("--accept-broken", is_flag=True, help="Accept broken contracts.")
@click.option(
    "--allow-changes", is_flag=True, help="Exit with 0 where something changes and nothing breaks."
)
@_BY
@_WAIT
def plan(
    against: str,
    days: int | None,
    markdown: Path | None,
    json_path: Path | None,
    accept_map: bool,
    accept_broken: bool,
    allow_changes: bool,
    by: str | None,
    wait: int,
) -> None:
    """Say what this project would change in an environment: for whom, and in what.

    Builds what the change reaches on a copy of the environment's tables; nothing of it is written
    or held. Exit code 0: nothing changes; 1: something does; 2: it breaks a contract or a blocking
    check; 3: there is no plan, for the reason that is printed.
    """
    ignore_warnings_of_dagster()
    from customer_platform.promotion import plan as plans
    from customer_platform.promotion.approvals import keep_plan
    from customer_platform.promotion.text import render

    environment = load_environment()
    os.umask(environment.umask)
    for path in (markdown, json_path):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
    found = plans.make_plan(
        environment,
        _target(environment, against),
        author=by or git_setting("user.email"),
        days=days,
        accept_map=accept_map,
        accept_broken=accept_broken,
        wait=wait,
        progress=_tell,
    )
    keep_plan(found, environment.home)
    rendered = render(found)
    if markdown:
        markdown.write_text(rendered + "\n", "utf-8")
    if json_path:
        plans.write_plan(found, json_path)
    click.echo(rendered)
    _tell(f"built in {found.built.seconds:.0f} seconds")
    sys.exit(0 if allow_changes and found.exit_code == plans.CHANGES else found.exit_code)


@click.command()
@click.argument("plan")
@click.option("--by", required=True, callback=_stated, help="Who approves: not the plan's author.")
@_ENVIRONMENT
def approve(plan: str, by: str, name: str | None) -> None:
    """Approve PLAN, an ID or a JSON file, so that it may be applied."""
    from customer_platform.promotion import approvals

    environment, target = _prepared(name)
    found = approvals.find_plan(plan, target.home, environment.home)
    approvals.approve(target, found, by)
    click.echo(f"{by} has approved plan {found.id}, which {found.author} has made.")


@click.command()
@click.argument("plan", required=False)
@_BY
@_WAIT
@_ENVIRONMENT
def apply(plan: str | None, by: str | None, wait: int, name: str | None) -> None:
    """Put PLAN, an ID or a JSON file, in force: all of it in one step, or nothing.

    Without a PLAN, makes what the environment runs now its version 1.
    """
    ignore_warnings_of_dagster()
    from customer_platform.promotion import apply as applying
    from customer_platform.promotion.approvals import find_plan

    environment, target = _prepared(name)
    by = by or git_setting("user.email")
    if plan is None:
        version = applying.apply_first(target, by, wait)
    else:
        found = find_plan(plan, target.home, environment.home)
        version = applying.apply(target, found, by, wait=wait, progress=_tell)
    click.echo(f"Version {version.number} is in force in {target.name} ({target.home}).")


@click.command("roll-back")
@click.option("--to", type=int, help="Version.  [default: the one that it was made from]")
@_BY
@_WAIT
@_ENVIRONMENT
def roll_back(to: int | None, by: str | None, wait: int, name: str | None) -> None:
    """Put an earlier version in force again, in one step."""
    ignore_warnings_of_dagster()
    from customer_platform.promotion import apply as applying
    from customer_platform.versions import Versions

    _, target = _prepared(name)
    found = applying.roll_back(target, to, by or git_setting("user.email"), wait, tell_sensors)
    # Again: a run that they have started in between was refused, as another version was in force.
    tell_sensors(found)
    days = found.all
    click.echo(f"Version {Versions(target.home).current} is in force in {target.name} again.")
    if days:
        click.echo(
            f"What has landed since came along, for {days[0]} to {days[-1]}; the next run builds "
            f"it: `customer-platform run --from {days[0]} --to {days[-1]}`."
        )
    if found.to_land:
        click.echo(
            f"Until then some of these days are missing in {', '.join(sorted(found.to_land))}, "
            "which this version declares otherwise: the run lands them again."
        )


@click.command()
@_ENVIRONMENT
def versions(name: str | None) -> None:
    """List the versions of an environment: what they are of, and which is in force since when."""
    from customer_platform.promotion.approvals import plan_author
    from customer_platform.versions import Versions

    target = _target(load_environment(), name)
    kept = Versions(target.home)
    there = kept.all()
    if not there:
        click.echo(f"{target.home} has no versions yet: `customer-platform apply` makes the first.")
        return
    for version in there:
        mark = "*" if version.number == kept.current else " "
        made = f"plan {version.plan} on version {version.base}" if version.plan else "as it was"
        approved = f", approved by {version.approved_by}" if version.approved_by else ""
        author = plan_author(target.home, version.plan) if version.plan else None
        planned = f", planned by {author}" if author else ""
        click.echo(
            f"{mark} {version.number:>3}  {version.created_at[:19]}  {made}, by "
            f"{version.created_by}{approved}{planned}, commit "
            f"{version.commit or 'unknown'}, customer-platform {version.software}"
        )
    click.echo("\nPut in force:")
    for swap in kept.journal():
        click.echo(f"  {swap.at[:19]}  version {swap.version}  {swap.action}, by {swap.by}")


def tell_sensors(days: "Days") -> None:
    """Has the sensor refresh the days that came along: the event log says that they are built.

    Those that are to be landed aren't there yet, so nothing is said of them.

    Args:
        days: What came along.
    """
    if not days.copied:
        return
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        for table, copied in sorted(days.copied.items()):
            for day in sorted(copied):
                instance.report_runless_asset_event(
                    dg.AssetMaterialization(
                        dg.AssetKey(["raw", table]),
                        partition=day,
                        description="Came along from the version that was rolled back.",
                    )
                )


def _prepared(name: str | None) -> tuple[Environment, Environment]:
    """The deployment that the command runs in, and the one that it is about, to be written to."""
    environment = load_environment()
    target = _target(environment, name)
    # What is written there is kept from others, as by every run.
    target.activate()
    return environment, target


def _target(environment: Environment, name: str | None) -> Environment:
    """The deployment that a command is about.

    Args:
        environment: The one that the command runs in.
        name: Name of an environment, or the path of its home; None for the same.

    Raises:
        PlanError: It is neither.
        NotOnEngineError: The tables of the one that the command runs in are on Spark.
    """
    refuse_on_spark(environment, "versions")
    if name is None or (name == environment.name and "CUSTOMER_PLATFORM_HOME" in os.environ):
        return environment
    variables = {key: value for key, value in os.environ.items() if key not in ELSEWHERE}
    if name not in NAMES:
        if not Path(name).is_dir():
            raise PlanError(
                f"{name} is neither an environment ({', '.join(NAMES)}) nor the folder of a home"
            )
        variables |= {
            "CUSTOMER_PLATFORM_HOME": name,
            "CUSTOMER_PLATFORM_ENVIRONMENT": environment_of(Path(name)) or "production",
        }
        return load_environment(variables)
    variables.pop("CUSTOMER_PLATFORM_HOME", None)
    found = load_environment({**variables, "CUSTOMER_PLATFORM_ENVIRONMENT": name})
    if found.home == environment.home and name != environment.name:
        raise PlanError(
            f"environments.yaml doesn't say where {name} has its home: write "
            f"`{name}: {{home: ...}}`, or give the home itself"
        )
    return replace(found, checkout=environment.checkout)


def _tell(said: str) -> None:
    click.echo(f"... {said}", err=True)
