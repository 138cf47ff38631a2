"""The commands that serve the workbench, and say who may sign in."""

from typing import TYPE_CHECKING

import click

from customer_platform.environment import Environment, load_environment

if TYPE_CHECKING:
    from customer_platform.workbench.users import Users


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3030, show_default=True, help="Port of the web server.")
@click.option(
    "--proxy-header", help="Header in which a reverse proxy says who asks, such as X-Remote-User."
)
@click.option(
    "--proxy-peer",
    "peers",
    multiple=True,
    default=("127.0.0.1",),
    show_default=True,
    help="Address of that proxy, several times for several; the header of others is ignored.",
)
def workbench(host: str, port: int, proxy_header: str | None, peers: tuple[str, ...]) -> None:
    """Serve the workbench: find a customer, see why its records are one, and decide.

    It reads what is published, also while a run holds the warehouse. Nobody has to sign in until
    somebody has a password, or a reverse proxy says who asks.
    """
    import uvicorn

    from customer_platform.workbench.access import is_loopback, require_sign_in
    from customer_platform.workbench.access_log import FILE, AccessLog
    from customer_platform.workbench.app import create_app
    from customer_platform.workbench.gate import Access
    from customer_platform.workbench.sessions import Sessions, read_secret

    environment = load_environment()
    users = _users(environment)
    is_open = proxy_header is None and not users.can_sign_in
    access = Access(
        Sessions(read_secret(environment.home)),
        users,
        AccessLog(environment.home / FILE),
        proxy_header=proxy_header,
        proxy_peers=frozenset(peers),
        may_be_open=is_open,
        hosts=_LOOPBACK | {host} if is_open else None,
    )
    require_sign_in(host, can_sign_in=not is_open)
    if proxy_header and is_loopback(host) and not users.all():
        click.echo("Everyone is a viewer: `workbench-user add NAME --role steward` names stewards.")
    click.echo(f"The workbench is at http://{host}:{port}")
    # The proxy is the peer that counts, and not whom it speaks for.
    uvicorn.run(
        create_app(environment, access),
        host=host,
        port=port,
        log_level="warning",
        proxy_headers=False,
    )


# On loopback, where nobody signs in, browsers may ask by these names alone.
_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


@click.group("workbench-user")
def workbench_user() -> None:
    """Say who may sign in to the workbench."""


@workbench_user.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["viewer", "steward", "admin"]),
    default="viewer",
    show_default=True,
    help="What they may do: see masked values; see all and decide; write ignored values, too.",
)
@click.option("--no-password", is_flag=True, help="A reverse proxy signs them in.")
def add(name: str, role: str, no_password: bool) -> None:
    """Add a user, or change one; asks for the password."""
    environment = load_environment()
    password = None
    if not no_password:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    environment.home.mkdir(parents=True, exist_ok=True)
    users = _users(environment)
    users.keep(name, role, password)
    click.echo(f"{users.path}: {name} is a {role}")


@workbench_user.command("list")
def list_users() -> None:
    """List the users and their roles."""
    found = _users(load_environment()).all()
    if not found:
        click.echo("There are no users: whoever reaches the workbench may do all.")
    for each in found.values():
        click.echo(f"{each.name}: {each.role}{'' if each.password else ', by a proxy'}")


@workbench_user.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Remove a user, whose session ends at once."""
    users = _users(load_environment())
    users.remove(name)
    click.echo(f"{users.path}: removed {name}")


def _users(environment: Environment) -> "Users":
    from customer_platform.workbench.users import FILE, Users

    return Users(environment.home / FILE)
