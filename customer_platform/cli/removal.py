"""The command that takes sources out of a business model."""

import click

from customer_platform.environment import REPOSITORY, load_environment


@click.command("remove-source")
@click.argument("names", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Remove without asking.")
def remove_source(names: tuple[str, ...], yes: bool) -> None:
    """Take sources (NAMES) out of the business model, as those of the demo.

    Their declarations and staging views go, and their lines in lists and seeds; what has landed of
    them stays where it is. Where anything else refers to one, nothing is changed.
    """
    from customer_platform import onboarding

    changes = onboarding.plan_removal(REPOSITORY, load_environment().business_model, names)
    click.echo(onboarding.describe_changes(changes, REPOSITORY))
    if not yes:
        click.confirm("Remove this?", abort=True)
    onboarding.make_changes(changes)
    click.echo(
        "Next: `make check`, then `customer-platform run`. Where their records had IDs, the checks "
        "on the ID map may ask for --accept-map."
    )
