"""The command that brings a company's own source in."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, cast

import click

from customer_platform.environment import load_environment
from customer_platform.errors import UnclearEntityError

if TYPE_CHECKING:
    from customer_platform.environment import Environment
    from customer_platform.onboarding import Entity, Proposal, Wishes
    from customer_platform.onboarding.declaration import Origin
    from customer_platform.onboarding.delivered import Delivery
    from customer_platform.onboarding.wishes import Kind

    Proposing = Callable[[Callable[[Wishes], Proposal]], Proposal]

_NO_FILES: list[tuple["Delivery", str]] = []


@click.command("add-source")
@click.argument("name")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--connection", help="Environment variable that holds a database URL; replaces PATHS."
)
@click.option(
    "--table", "tables", multiple=True,
    help="With --connection: a table to read (repeatable). With PATHS: the name of the table.",
)  # fmt: skip
@click.option(
    "--owner",
    default="team:customer-data",
    show_default=True,
    help="Owner, as an email address or team:<name>.",
)
@click.option("--description", help="What kind of system the source is.")
@click.option(
    "--kind", type=click.Choice(["customers", "records", "transactions", "events", "other"]),
    help="What the rows are: customers (or other records of people or companies), transactions, "
    "events, or anything else.  [default: inferred from the columns]",
)  # fmt: skip
@click.option(
    "--entity",
    help="Entity that the records describe, such as customer, buyer or account.  "
    "[default: inferred from the columns]",
)
@click.option("--primary-key", help="Comma-separated key columns.  [default: inferred]")
@click.option(
    "--load-mode", type=click.Choice(["append", "snapshot", "delta"]),
    help="How the table is delivered.  [default: inferred from the files]",
)  # fmt: skip
@click.option(
    "--attribute", "attributes", multiple=True, metavar="ATTRIBUTE=COLUMN",
    help="Column to use for an attribute of the records, or for a part of a transaction or event, "
    "such as occurred_at=Paid (repeatable).",
)  # fmt: skip
@click.option("--currency", help="Transactions: currency of all amounts, such as EUR.")
@click.option(
    "--accounts-of", metavar="SOURCE",
    help="Events: source whose accounts they name.  [default: its own, or the web site's]",
)  # fmt: skip
@click.option(
    "--delimiter", help="Field delimiter of the CSV files; \\t is a tab.  [default: inferred]"
)
@click.option(
    "--encoding", help="Encoding of CSV and JSONL files, such as cp1252.  [default: inferred]"
)
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]),
    help="Day of a file that has none in its name.  [default: today]",
)  # fmt: skip
@click.option("--land", is_flag=True, help="Copy the files into the landing zone as well.")
@click.option("--yes", is_flag=True, help="Write without asking.")
def add_source(
    name: str,
    paths: tuple[Path, ...],
    connection: str | None,
    tables: tuple[str, ...],
    owner: str,
    description: str | None,
    kind: str | None,
    entity: str | None,
    primary_key: str | None,
    load_mode: str | None,
    attributes: tuple[str, ...],
    currency: str | None,
    accounts_of: str | None,
    delimiter: str | None,
    encoding: str | None,
    day: datetime | None,
    land: bool,
    yes: bool,
) -> None:
    """Propose and write a source from its files (PATHS), or from tables of a database.

    Files whose names differ only in the day belong to one table. Existing files are kept:
    running the command again changes nothing.
    """
    from customer_platform import onboarding
    from customer_platform.declarations import declarations_of

    environment = load_environment()
    entities = onboarding.read_entities(declarations_of(environment))
    source = onboarding.NewSource(
        _source_name(name), owner, description or f"The system {name}.", environment.business_model
    )
    wishes = _wishes(kind, entity, primary_key, load_mode, attributes, entities)
    wishes = replace(
        wishes,
        currency=_currency(currency),
        accounts_of=accounts_of or "",
        told=onboarding.facts_taken(environment.business_model),
    )
    if connection:
        if paths or land or not tables:
            raise click.UsageError(
                "--connection needs --table, and can't be combined with PATHS or --land"
            )
        found = []
    else:
        if not paths or len(tables) > 1:
            raise click.UsageError("name the files of the source, or --connection and --table")
        today = (day or datetime.now(UTC)).date().isoformat()
        found = onboarding.find_deliveries(
            paths, today, delimiter, tables[0] if tables else None, encoding
        )
    if entity and len(found or tables) == 1:
        # Of several tables, those of facts stay facts.
        wishes = replace(wishes, kind="records")

    def proposing(propose: Callable[["Wishes"], "Proposal"]) -> "Proposal":
        return _asking(propose, wishes, may_ask=not yes)

    if connection:
        proposals, deliveries = _of_database(connection, tables, entities, proposing), _NO_FILES
    else:
        proposals, deliveries = _of_files(
            source.name, found, entities, proposing, environment.landing
        )
    changes = onboarding.plan_source(environment.changeable_project, source, proposals)
    # Before anything is written, as a file that is in the way is a reason to write nothing.
    copies = [
        (delivery.table, onboarding.plan_landing(delivery, path, environment.landing))
        for delivery, path in (deliveries if land else _NO_FILES)
    ]
    click.echo(onboarding.describe_changes(changes, environment.project.root))
    if not any(change.is_change for change in changes):
        click.echo("Nothing to write.")
    else:
        if not yes:
            click.confirm("Write this?", abort=True)
        onboarding.make_changes(changes)
    for table, files in copies:
        onboarding.land(files)
        click.echo(f"Copied {len(files)} files of {table} to {environment.landing}")
    _say_what_is_next(deliveries, land, environment)


def _asking(
    propose: Callable[["Wishes"], "Proposal"], wishes: "Wishes", *, may_ask: bool
) -> "Proposal":
    """Proposes a table; asks whose records it holds where that is unclear and there is a user."""
    try:
        return propose(wishes)
    except UnclearEntityError as unclear:
        if not may_ask:
            raise
        entity = click.prompt(
            f"Table {unclear.table} holds records. Whose?", type=click.Choice(unclear.entities)
        )
        return propose(replace(wishes, entity=entity))


def _of_database(
    connection: str, tables: Sequence[str], entities: "Sequence[Entity]", proposing: "Proposing"
) -> list[tuple["Proposal", "Origin"]]:
    """Proposes tables of a database, and shows them."""
    from customer_platform import onboarding

    proposals: list[tuple[Proposal, Origin]] = []
    for table in tables:
        proposal = proposing(
            partial(onboarding.propose_database_table, connection, table, entities=entities)
        )
        click.echo(onboarding.describe_proposal(proposal) + "\n")
        proposals.append((proposal, onboarding.DatabaseOrigin(connection, table)))
    return proposals


def _of_files(
    source: str,
    found: Sequence["Delivery"],
    entities: "Sequence[Entity]",
    proposing: "Proposing",
    landing: Path,
) -> tuple[list[tuple["Proposal", "Origin"]], list[tuple["Delivery", str]]]:
    """Proposes tables from files, and shows them; with each the path that its files land at."""
    from customer_platform import onboarding

    proposals: list[tuple[Proposal, Origin]] = []
    deliveries = []
    for delivery in found:
        proposal = proposing(partial(onboarding.propose, delivery, entities=entities))
        path = onboarding.landing_path(source, delivery, PurePosixPath(landing.as_posix()))
        click.echo(f"{onboarding.describe_proposal(proposal)}\n  lands as     {path}\n")
        proposals.append((proposal, onboarding.FileOrigin(path, delivery)))
        deliveries.append((delivery, path))
    return proposals, deliveries


def _source_name(name: str) -> str:
    """The name of a source as the platform wants it."""
    from customer_platform.onboarding.vocabulary import snake_case

    if name != snake_case(name):
        raise click.BadParameter(
            f"{name!r}: write a name in lower-case letters, digits and single underscores, such as "
            f"{snake_case(name) or 'loyalty_app'}",
            param_hint="NAME",
        )
    return name


def _wishes(
    kind: str | None,
    entity: str | None,
    primary_key: str | None,
    load_mode: str | None,
    attributes: Sequence[str],
    entities: "Sequence[Entity]",
) -> "Wishes":
    from customer_platform.onboarding import Wishes
    from customer_platform.onboarding.fact_roles import FACT_KINDS, known_roles

    if entity and kind in ("other", "transactions", "events"):
        raise click.UsageError(f"--entity says whose records the rows are, --kind {kind} that none")
    known = list(dict.fromkeys(name for each in entities for name in each.columns))
    if kind in FACT_KINDS:
        known = list(known_roles(kind))
    kind = "records" if kind == "customers" else kind
    asked = {}
    for each in attributes:
        attribute, equals, column = each.partition("=")
        if not equals or attribute not in known:
            raise click.BadParameter(
                f"{each!r}: write ATTRIBUTE=COLUMN; attributes are {', '.join(known)}",
                param_hint="--attribute",
            )
        asked[attribute] = column
    columns = [column.strip() for column in (primary_key or "").split(",") if column.strip()]
    return Wishes(cast("Kind | None", kind), entity, columns, load_mode, asked)


def _currency(code: str | None) -> str:
    """A code as ISO 4217 has it."""
    written = (code or "").strip().upper()
    if written and not (len(written) == 3 and written.isascii() and written.isalpha()):
        raise click.BadParameter(
            f"{code!r}: write the three letters of ISO 4217, such as EUR", param_hint="--currency"
        )
    return written


def _say_what_is_next(
    deliveries: Sequence[tuple["Delivery", str]], landed: bool, environment: "Environment"
) -> None:
    from customer_platform import onboarding

    if deliveries and not landed:
        click.echo(f"Put files into {environment.landing} (--land copies these), for example:")
        for delivery, path in deliveries:
            click.echo(f"  {environment.landing / onboarding.landed_as(delivery.files[-1], path)}")
    today = datetime.now(UTC).date().isoformat()
    for file in (file for delivery, _ in deliveries for file in delivery.files if file.day > today):
        click.echo(f"{file.path} is of a day to come, {file.day}: it waits until that day.")
    start = environment.start_date.isoformat()
    first = min((day for delivery, _ in deliveries for day in delivery.days), default=start)
    # Earlier days are no partitions, and would be passed over.
    setting = f"CUSTOMER_PLATFORM_START_DATE={first} " if first < start else ""
    click.echo(f"Next: `dg check defs`, then `{setting}customer-platform run` or the UI.")
    if not deliveries:
        click.echo(
            f"It reads the days that the database has rows of, from {start} on: for older ones "
            "set CUSTOMER_PLATFORM_START_DATE."
        )
