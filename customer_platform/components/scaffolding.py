"""What `dg scaffold defs` writes for a source: a declaration that is valid, to be changed."""

import re
from typing import Any

import dagster as dg

_TABLE: dict[str, Any] = {
    "name": "customers",
    "description": "What one row is.",
    "load_mode": "snapshot",
    "primary_key": ["customer_id"],
    "columns": {
        "customer_id": {"type": "varchar", "description": "Number of the customer."},
        "email": {"type": "varchar", "description": "Email address as entered."},
    },
}


def example_source(folder: str) -> dict[str, Any]:
    """What every source declares.

    Args:
        folder: Name of the folder that the YAML is put into; becomes the name of the source.
    """
    # A leading digit is no name either.
    name = re.sub(r"[^a-z0-9]+", "_", folder.lower()).strip("_")
    source = name if name[:1].isalpha() else f"source_{name}".rstrip("_")
    return {"source": source, "owner": "team:customer-data", "description": "What the system is."}


class FileSourceScaffolder(dg.Scaffolder):
    """Writes a source with one table in CSV files."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write the YAML."""
        source = example_source(request.target_path.name)
        path = f"{source['source']}/customers/customers_{{partition}}.csv"
        table = _TABLE | {"path": path, "format": "csv"}
        dg.scaffold_component(request, {**source, "tables": [table]})


class DatabaseSourceScaffolder(dg.Scaffolder):
    """Writes a source with one table of a database."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write the YAML."""
        source = example_source(request.target_path.name)
        variable = f"{source['source'].upper()}_DATABASE_URL"
        table = _TABLE | {"table": "public.customers"}
        dg.scaffold_component(request, {**source, "connection": variable, "tables": [table]})
