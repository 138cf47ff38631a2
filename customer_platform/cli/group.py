"""The command `customer-platform` with all that it can do."""

import click

from customer_platform.cli.decisions import decisions
from customer_platform.cli.health import health
from customer_platform.cli.identity import explain, resolve
from customer_platform.cli.privacy import privacy
from customer_platform.cli.project import dbt, demo, graph, init, prepare, run, ui
from customer_platform.cli.promotion import apply, approve, plan, roll_back, versions
from customer_platform.cli.query import query
from customer_platform.cli.removal import remove_source
from customer_platform.cli.retain import retain
from customer_platform.cli.review import review
from customer_platform.cli.rule_tests import test_rules
from customer_platform.cli.sources import add_source
from customer_platform.cli.steward import override, preview
from customer_platform.cli.workbench import workbench, workbench_user
from customer_platform.errors import CustomerPlatformError


class _Commands(click.Group):
    """Shows the platform's own errors as one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CustomerPlatformError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands)
@click.version_option(package_name="customer-platform")
def main() -> None:
    """One customer model from scattered sources."""


for command in (
    init,
    prepare,
    demo,
    add_source,
    remove_source,
    run,
    ui,
    workbench,
    workbench_user,
    dbt,
    resolve,
    explain,
    health,
    override,
    decisions,
    review,
    preview,
    test_rules,
    plan,
    approve,
    apply,
    roll_back,
    versions,
    privacy,
    query,
    retain,
    graph,
):
    main.add_command(command)
