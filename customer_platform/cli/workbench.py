"""The command that serves the workbench."""

import click

from customer_platform.environment import load_environment


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3030, show_default=True, help="Port of the web server.")
def workbench(host: str, port: int) -> None:
    """Serve the workbench: find a customer, see why its records are one, and decide.

    It reads what is published, also while a run holds the warehouse.
    """
    import uvicorn

    from customer_platform.workbench.access import require_loopback
    from customer_platform.workbench.app import create_app

    require_loopback(host)
    environment = load_environment()
    click.echo(f"The workbench is at http://{host}:{port}")
    uvicorn.run(create_app(environment), host=host, port=port, log_level="warning")
