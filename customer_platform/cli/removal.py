"""The command that removes sources from a business model."""

import click

from customer_platform.environment import load_environment


@click.command("remove-source")
@click.argument("names", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Remove without asking.")
def remove_source(names: tuple[str, ...], yes: bool) -> None:
    """Remove sources (NAMES), such as those of the demo, from the business model.

    Removes their declarations and staging views, and their lines in lists and seeds. Data that has
    landed is kept. If anything else refers to one of them, nothing is changed.
    """
    from customer_platform import onboarding

    environment = load_environment()
    changes = onboarding.plan_removal(
        environment.changeable_project, environment.business_model, names
    )
    click.echo(onboarding.describe_changes(changes, environment.project.root))
    if not yes:
        click.confirm("Remove this?", abort=True)
    onboarding.make_changes(changes)
    click.echo(
        "Next: `dg check defs`, then `customer-platform run`. Where their records had IDs, the "
        "checks on the ID map may ask for --accept-map."
    )
