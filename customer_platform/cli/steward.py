"""Commands for stewards: decide about two records, and try rules."""

import getpass
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from customer_platform.cli.entity import entity_option

if TYPE_CHECKING:
    from customer_platform.stewardship.decide import OverrideLine


@click.command()
@entity_option
@click.option("--same", "kind", flag_value="same", help="The two are one customer, buyer, ...")
@click.option(
    "--different", "kind", flag_value="different", help="The two are not, and never will be."
)
@click.argument("records", nargs=2, metavar="SOURCE:ID SOURCE:ID")
@click.option("--reason", help="Reason; shown wherever the override is explained.")
@click.option("--author", help="Author of the decision.  [default: git's user.name, or the user]")
@click.option("--remove", is_flag=True, help="Remove the override of the two.")
@click.option(
    "--overrides",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV file of the overrides.  [default: the entity's seed in dbt/seeds]",
)
def override(
    entity: str | None,
    kind: str | None,
    records: tuple[str, str],
    reason: str | None,
    author: str | None,
    remove: bool,
    path: Path | None,
) -> None:
    """Decide that two records are, or never are, one customer, buyer, ...

    Writes a line to the seed of overrides, which every run from the next one on applies, and shows
    what that run will change.
    """
    from customer_platform.deployed_identity import deciding, open_identity, overrides_seed
    from customer_platform.stewardship import decide
    from customer_platform.stewardship.decisions_store import open_decisions

    reason = " ".join((reason or "").split())
    if not remove and kind is None:
        raise click.UsageError("Say --same or --different.")
    if not remove and not reason:
        raise click.UsageError("Say why, with --reason.")
    with deciding() as environment, open_identity(environment, entity) as kept:
        path = path or overrides_seed(environment, kept.declared)
        one, other = (decide.parse_record(name, kept.rules) for name in records)
        lines = decide.read_lines(path)
        stored = open_decisions(environment, kept.declared.entity).placed()
        if remove:
            line = decide.find_line(path, kind, frozenset((one, other)))
            lines.remove(line)
            decisions = [each.decision for each in lines]
        else:
            for name in (one, other):
                decide.require_record(kept.store, name)
            today = datetime.now(UTC).date().isoformat()
            decision = decide.Decision(
                kind or "", one, other, author or author_name(), today, reason
            )
            decide.check_addition(path, lines, decision, stored)
            decisions = [*(each.decision for each in lines), decision]
        effect = decide.override_effect(
            kept.store,
            [each.override for each in [*decisions, *(each for _, each in stored)]],
            (one, other),
        )
        if remove:
            decide.remove_override(path, line)
        else:
            line = decide.add_override(path, decision, stored)
    click.echo(_written(path, line, kept.declared.entity, removed=remove))
    for text in decide.effect_lines(effect, (one, other), kept.declared.entity):
        click.echo(text)


def _written(path: Path, line: "OverrideLine", entity: str, *, removed: bool) -> str:
    done = "removed" if removed else "added"
    return f"{path}:{line.first}: {done}: {line.decision.text(entity)}"


def author_name() -> str:
    """Who runs the command: git's user.name, or the user's name."""
    return git_setting("user.name")


def git_setting(name: str) -> str:
    """Who runs the command: a setting of git, or the user's name where it isn't set."""
    try:
        found = subprocess.run(
            ["git", "config", name], capture_output=True, text=True, check=False
        ).stdout.strip()
    except FileNotFoundError:
        found = ""
    return found or getpass.getuser()


@click.command()
@entity_option
@click.option(
    "--rules",
    "rules_path",
    required=True,
    type=click.Path(path_type=Path),
    help="YAML of the rules to try: a rules file or the defs.yaml of an IdentityResolution.",
)
@click.option("--records", help="Table of the records.  [default: the one that is declared]")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write all changes to, as CSV files.",
)
@click.option("--masked", is_flag=True, help="Mask personal data.")
def preview(
    entity: str | None, rules_path: Path, records: str | None, output: Path | None, masked: bool
) -> None:
    """Show what other rules would change; the ID map is left as it is."""
    from customer_platform.declarations import read_rules
    from customer_platform.deployed_identity import open_identity
    from customer_platform.privacy.declared import read_declared
    from customer_platform.stewardship import preview as previews
    from customer_platform.stewardship.explain import mask_names

    rules = read_rules(rules_path)
    with open_identity(entity=entity) as kept:
        found = previews.preview(
            replace(kept.store, records=records or kept.records, rules=rules),
            previews.applied_overrides(kept.store),
            current_rules=kept.rules,
            output=output,
        )
        if masked:
            mask = read_declared().record_mask(rules, records or kept.records)
    if masked:
        click.echo(previews.text.render(mask_names(found, mask.name), mask))
    else:
        click.echo(previews.text.render(found))
    if output:
        click.echo(f"\nWrote all changes to {output}")
