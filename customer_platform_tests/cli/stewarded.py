"""A home with a small map, made by the rules that the platform declares."""

from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import duckdb

from customer_platform.deployed_identity import declared_entity
from customer_platform.environment import load_environment
from customer_platform.identity import Delta, OutputTables, ResolutionRules, update_map
from customer_platform_tests.identity.reference import Weights
from customer_platform_tests.identity.similar.stub import keep_compared

PEOPLE = {
    # By id of a crm record: email, last name, birth date.
    "1": ("ann@example.com", "jansen", "1980-01-01"),
    "2:b": ("ann@example.com", "jansen", "1980-01-01"),
    "3": ("bea@example.com", "jansen", "1980-01-01"),
    "4": ("cor@example.com", "bakker", "1990-02-02"),
}


def declared_rules() -> ResolutionRules:
    """The rules of the retail model."""
    return declared_entity(load_environment()).rules


def build_map(home: Path, weights: Weights = MappingProxyType({})) -> Path:
    """Makes a warehouse with `PEOPLE`, their map and a sale of 10 EUR to each.

    Args:
        home: Folder of the warehouse.
        weights: What comparing them by similar rules has given.

    Returns:
        The warehouse file.
    """
    rules = declared_rules()
    path = home / "warehouse.duckdb"
    columns = sorted({key.column for key in rules.match_keys.values()})
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema identity")
        connection.execute(
            "create table identity.source_lookup (source varchar, source_record_id varchar, "
            f"updated_at timestamp, {', '.join(f'{column} varchar' for column in columns)})"
        )
        for record_id, values in PEOPLE.items():
            connection.execute(
                "insert into identity.source_lookup (source, source_record_id, email_key, "
                "last_name_key, birth_date_key) values ('crm', ?, ?, ?, ?)",
                [record_id, *values],
            )
        keep_compared(connection, "identity.source_lookup", rules, weights)
        update_map(
            connection,
            Delta("identity.source_lookup"),
            rules,
            OutputTables("identity"),
            datetime(2026, 1, 1),
        )
        connection.execute("create schema master")
        connection.execute(
            "create table master.transactions as select source, source_record_id, "
            "cast(10 as decimal(12, 2)) as amount, 'EUR' as currency from identity.source_lookup"
        )
    return path


def customer_of(warehouse: Path, record_id: str) -> str:
    """The customer of a crm record."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        [(customer_id,)] = connection.execute(
            "select customer_id from identity.customer_id_map where source_record_id = ?",
            [record_id],
        ).fetchall()
    return str(customer_id)
