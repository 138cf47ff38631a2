"""The option of every command that asks about one of the entities that are resolved."""

import click

entity_option = click.option(
    "--entity",
    help="Entity, such as customer, buyer or account.  "
    "[default: the only one of the business model]",
)
