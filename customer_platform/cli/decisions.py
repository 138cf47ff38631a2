"""Commands on the store of decisions: list, export, import and withdraw."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from customer_platform.cli.entity import entity_option
from customer_platform.cli.steward import author_name
from customer_platform.environment import Environment, load_environment

if TYPE_CHECKING:
    from customer_platform.stewardship.decisions_store import DecisionStore, StoredDecision


@click.group()
def decisions() -> None:
    """Show, carry and withdraw stewards' decisions.

    The store holds what is decided in the workbench. Its decisions hold in this environment; export
    and import carry them to another one.
    """


@decisions.command("list")
@entity_option
@click.option("--all", "withdrawn", is_flag=True, help="Show withdrawn decisions, too.")
def list_decisions(entity: str | None, withdrawn: bool) -> None:
    """List the decisions in force, the oldest first."""
    _, store = _opened(entity)
    found = store.decisions(withdrawn=withdrawn)
    if not found:
        click.echo("There is no decision in the store.")
    for each in found:
        click.echo(_line(each, store.scope.entity))


@decisions.command("export")
@entity_option
@click.argument("path", metavar="CSV", type=click.Path(path_type=Path, dir_okay=False))
def export(entity: str | None, path: Path) -> None:
    """Write the decisions in force to a CSV file; `-` writes to the terminal."""
    from customer_platform.stewardship.decisions_store import export_decisions

    _, store = _opened(entity)
    if str(path) == "-":
        export_decisions(store, sys.stdout)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        count = export_decisions(store, file)
    click.echo(f"{path}: {count:,} {'decision' if count == 1 else 'decisions'}")


@decisions.command("import")
@entity_option
@click.argument("path", metavar="CSV", type=click.Path(path_type=Path, dir_okay=False))
def import_file(entity: str | None, path: Path) -> None:
    """Add the decisions of a CSV file to the store: all of them, or none."""
    from customer_platform.stewardship.decisions_store import import_decisions, seeded_decisions

    environment, store = _opened(entity)
    added, there = import_decisions(store, path, seeded_decisions(environment, store.scope.entity))
    click.echo(f"{path}: {len(added):,} of {there:,} added; the others were in force already")


@decisions.command()
@entity_option
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Reason, kept with the decision.")
@click.option("--author", help="Who withdraws it.  [default: git's user.name, or the user]")
def withdraw(entity: str | None, number: int, reason: str, author: str | None) -> None:
    """Withdraw a decision; it is kept, and the next run is made without it."""
    _, store = _opened(entity)
    gone = store.withdraw(number, author or author_name(), " ".join(reason.split()))
    click.echo(f"decision {number}: withdrawn: {gone.decision.text(store.scope.entity)}")


def _opened(entity: str | None) -> tuple[Environment, "DecisionStore"]:
    from customer_platform.deployed_identity import declared_entity
    from customer_platform.stewardship.decisions_store import open_decisions

    environment = load_environment()
    name = declared_entity(environment, entity).entity
    return environment, open_decisions(environment, name)


def _line(each: "StoredDecision", entity: str) -> str:
    said = f"{each.number}. {each.decision.text(entity)}"
    if each.withdrawn is None:
        return said
    by, at, why = each.withdrawn
    return f"{said}; withdrawn by {by}, {at:%Y-%m-%d}: {why}"
