"""What `dg scaffold defs` writes for a component: a declaration that is valid, to be changed."""

import re
from typing import Any

import dagster as dg

from customer_platform.identity.entities import CUSTOMER

_TABLE: dict[str, Any] = {
    "name": "customers",
    "description": "What one row is.",
    "load_mode": "snapshot",
    "primary_key": ["customer_id"],
    "columns": {
        "customer_id": {
            "type": "varchar",
            "description": "Number of the customer.",
            "personal": False,
        },
        "email": {
            "type": "varchar",
            "description": "Email address as entered.",
            "personal": "email",
        },
    },
}


def example_source(folder: str) -> dict[str, Any]:
    """What every source declares.

    Args:
        folder: Name of the folder that the YAML is put into; becomes the name of the source.
    """
    source = _identifier(folder, "source")
    return {"source": source, "owner": "team:customer-data", "description": "What the system is."}


def example_identity(folder: str) -> dict[str, Any]:
    """Match rules by email, of an entity that is named after the folder.

    Args:
        folder: Name of the folder that the YAML is put into; `identity` is that of customers.
    """
    return {
        "entity": CUSTOMER if folder == "identity" else _identifier(folder, "entity"),
        "owner": "team:customer-data",
        "sources": [],
        "attributes": {"email": {"survivorship": "most_recent", "personal": "email"}},
        "match_keys": {"email": "email"},
        "match_rules": [{"name": "email", "match": ["email"], "max_records_per_value": 20}],
    }


def _identifier(folder: str, before: str) -> str:
    # A leading digit is no name either.
    name = re.sub(r"[^a-z0-9]+", "_", folder.lower()).strip("_")
    return name if name[:1].isalpha() else f"{before}_{name}".rstrip("_")


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


class FactsScaffolder(dg.Scaffolder):
    """Writes who delivers transactions and events: nobody yet."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write the YAML."""
        dg.scaffold_component(request, {"sources": {"transactions": [], "events": []}})


class IdentityResolutionScaffolder(dg.Scaffolder):
    """Writes an entity whose records are linked by one match rule."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write the YAML."""
        dg.scaffold_component(request, example_identity(request.target_path.name))


class PublishedMastersScaffolder(dg.Scaffolder):
    """Writes one master that is published whole, and one by day."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write the YAML."""
        relations = [{"name": "customers"}, {"name": "transactions", "by_day": True}]
        dg.scaffold_component(request, {"owner": "team:customer-data", "relations": relations})


class RetentionScaffolder(dg.Scaffolder):
    """Writes how long rejected rows, logs, histories and Dagster's event log are kept."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write the YAML."""
        kept = {"rejects_days": 90, "logs_days": 90, "history_days": 730, "event_log_days": 90}
        dg.scaffold_component(request, {"owner": "team:customer-data", **kept})
