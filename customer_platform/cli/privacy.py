"""Commands for what people may ask of their data."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from customer_platform.cli.project import ignore_warnings_of_dagster
from customer_platform.environment import load_environment
from customer_platform.errors import PrivacyError

if TYPE_CHECKING:
    from customer_platform.privacy.people import Wanted

_Command = TypeVar("_Command", bound=Callable[..., Any])


@click.group()
def privacy() -> None:
    """Find, erase, keep out and disclose what is known of a person."""


def person_options(command: _Command) -> _Command:
    """The options that say who is meant."""
    for option in reversed(
        [
            click.option("--email", "emails", multiple=True, help="An email address of theirs."),
            click.option("--phone", "phones", multiple=True, help="A phone number of theirs."),
            click.option(
                "--record",
                "records",
                multiple=True,
                metavar="SOURCE:ID",
                help="A record of theirs.",
            ),
            click.option(
                "--customer",
                "--id",
                "customers",
                multiple=True,
                help="ID of a customer, buyer, account ...; a retired ID is followed.",
            ),
            click.option("--entity", help="The only entity to look in, such as buyer."),
            click.option(
                "--only-found",
                is_flag=True,
                help="Take only the records that were found, not the others of their customers.",
            ),
        ]
    ):
        command = option(command)
    return command


@privacy.command()
@person_options
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write the same to, as a page.",
)
def find(page: Path | None, **options: Any) -> None:
    """Show what is known of a person: records, IDs, rows of every table, near misses."""
    from customer_platform.privacy.inventory import Inventory, take_inventory

    found: Inventory = take_inventory(load_environment(), _wanted(options))
    click.echo(found.text())
    if page:
        page.write_text(found.page(), encoding="utf-8")
        page.chmod(0o600)
        click.echo(f"Wrote {page}")


@privacy.command()
@person_options
@click.option("--reason", required=True, help="Why.")
@click.option("--requested-by", required=True, help="Who asks for it.")
@click.option("--all", "several", is_flag=True, help="All IDs that are found are the person.")
@click.option("--dry-run", is_flag=True, help="Show what would go, and record nothing.")
@click.option(
    "--hold",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day until which a legal hold makes it wait, included.",
)
@click.option("--hold-reason", help="Why it has to wait.")
@click.option("--now", is_flag=True, help="Carry it out now, and not with the next run.")
def erase(
    reason: str,
    requested_by: str,
    several: bool,
    dry_run: bool,
    hold: datetime | None,
    hold_reason: str | None,
    now: bool,
    **options: Any,
) -> None:
    """Have a person erased and kept out of all later deliveries.

    The request is written down without personal data. The next run carries it out: records and all
    that is kept of them go, facts stay without the person.
    """
    if (hold is None) != (hold_reason is None):
        raise click.UsageError("--hold and --hold-reason go together.")
    if hold is not None and now:
        raise click.UsageError("A request on hold can't be carried out --now.")
    from customer_platform.privacy.inventory import record_person, take_inventory

    environment = load_environment()
    found = take_inventory(environment, _wanted(options))
    click.echo(found.text())
    if found.several and not several:
        raise PrivacyError(found.several)
    if dry_run:
        click.echo("Nothing was recorded.")
        return
    request = record_person(
        environment,
        found.person,
        kind="erase",
        reason=reason,
        requested_by=requested_by,
        hold_until=hold.date() if hold else None,
        hold_reason=hold_reason,
    )
    click.echo(f"Recorded {request.number}.")
    if not now:
        when = f"first run after {hold:%Y-%m-%d}" if hold else "next run"
        click.echo(f"The {when} carries it out: `customer-platform run`.")
        return
    _refresh()


@privacy.command()
@person_options
@click.option("--reason", required=True, help="Why.")
@click.option("--requested-by", required=True, help="Who asks for it.")
@click.option("--all", "several", is_flag=True, help="All IDs that are found are the person.")
def suppress(reason: str, requested_by: str, several: bool, **options: Any) -> None:
    """Keep a person out of all later deliveries; what is there stays."""
    from customer_platform.privacy.inventory import record_person, take_inventory

    environment = load_environment()
    found = take_inventory(environment, _wanted(options), rows=False)
    click.echo(found.text())
    if found.several and not several:
        raise PrivacyError(found.several)
    request = record_person(
        environment, found.person, kind="suppress", reason=reason, requested_by=requested_by
    )
    click.echo(f"Recorded {request.number}: later deliveries come without these records.")


@privacy.command()
@click.argument("request")
@click.option("--reason", required=True, help="Why.")
def unsuppress(request: str, reason: str) -> None:
    """Let the person of a REQUEST be delivered again; what was erased stays erased."""
    from customer_platform.privacy.requests import add_event, read_request

    environment = load_environment()
    known = read_request(environment, request)
    if known.state == "withdrawn":
        raise PrivacyError(f"{request} was withdrawn already")
    if known.kind == "erase" and known.state == "recorded":
        raise PrivacyError(
            f"{request} was not carried out yet. Cancel it with `customer-platform privacy cancel "
            f"{request}`"
        )
    add_event(environment, request, "withdrawn", reason=reason)
    click.echo(f"{request} is withdrawn: the next delivery may bring the person back.")


@privacy.command()
@click.argument("request")
@click.option("--reason", required=True, help="Why.")
def cancel(request: str, reason: str) -> None:
    """Cancel a REQUEST that was not carried out yet."""
    from customer_platform.privacy.requests import add_event, read_request

    environment = load_environment()
    known = read_request(environment, request)
    if known.state != "recorded":
        raise PrivacyError(
            f"{request} is {known.state}: only what was not carried out is cancelled"
        )
    add_event(environment, request, "withdrawn", reason=reason)
    click.echo(f"{request} is cancelled.")


@privacy.command()
@person_options
@click.option("--all", "several", is_flag=True, help="All IDs that are found are the person.")
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to.",
)
def export(output: Path, several: bool, **options: Any) -> None:
    """Write down all that is known of a person, for the person: a page, JSON and CSV."""
    from customer_platform.privacy.disclosure import disclose

    written = disclose(load_environment(), _wanted(options), several=several).write(output)
    click.echo(f"Wrote {written[0]} and {len(written) - 1} more files.")


@privacy.command()
@click.argument("request")
def verify(request: str) -> None:
    """Look again for the person of a REQUEST that was carried out, in every byte of the home.

    It needs the secret and no value of the person. The exit code is 1 when something was found, or
    could not be read.
    """
    from customer_platform.privacy.verify import verify as look_again

    verified = look_again(load_environment(), request)
    click.echo(verified.text())
    if verified.scan.places:
        sys.exit(1)


@privacy.command("requests")
def list_requests() -> None:
    """List the requests and how far each is."""
    from customer_platform.privacy.requests import read_requests

    requests = read_requests(load_environment())
    if not requests:
        click.echo("There are no requests.")
        return
    for each in requests.values():
        hold = f", on hold until {each.hold_until}: {each.hold_reason}" if each.hold_until else ""
        kept_out = f", {each.kept_out:,} kept out since" if each.kept_out else ""
        click.echo(
            f"{each.number}  {each.at:%Y-%m-%d %H:%M}  {each.state}{kept_out}{hold}  "
            f"by {each.requested_by}: {each.reason}"
        )


def _wanted(options: dict[str, Any]) -> "Wanted":
    from customer_platform.privacy.people import Wanted
    from customer_platform.stewardship.explain.model import RecordName

    if not any(options[name] for name in ("emails", "phones", "records", "customers")):
        raise click.UsageError("Say who is meant: --email, --phone, --record or --customer.")
    return Wanted(
        emails=options["emails"],
        phones=options["phones"],
        records=[RecordName.parse(each) for each in options["records"]],
        customers=options["customers"],
        entity=options["entity"],
        whole=not options["only_found"],
    )


def _refresh() -> None:
    """Runs everything but the sources, for the newest day."""
    ignore_warnings_of_dagster()
    from customer_platform.deployment import days_of_sources, prepare, run_main_job

    environment = load_environment()
    prepare(environment)
    _, last = days_of_sources(environment)
    click.echo("Carrying it out ...")
    run_main_job(environment, last, last, job="refresh")
    click.echo("Carried out.")
