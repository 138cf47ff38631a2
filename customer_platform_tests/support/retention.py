"""A shop whose tables say how long they are kept, with two old days and one that isn't."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb

from customer_platform.declarations import Declarations, RetentionSpec, declarations_of
from customer_platform.environment import Environment
from customer_platform.ingestion import SourceSpec, load_partitions

TODAY = date(2024, 2, 1)
OLD, OLDER_TOO, KEPT = "2024-01-02", "2024-01-30", "2024-01-31"
DAYS = (OLD, OLDER_TOO, KEPT)
COLUMNS = {
    "id": {"type": "varchar", "personal": False},
    "amount": {"type": "decimal(9,2)", "personal": False},
    "mail": {"type": "varchar", "personal": "email"},
    "remark": {"type": "varchar", "personal": "free_text"},
}


def table_of(name: str, mode: str, **options: Any) -> dict[str, Any]:
    """The declaration of a table of the shop, as its YAML has it."""
    return {
        "name": name,
        "path": f"shop/{name}/{{partition}}.csv",
        "format": "csv",
        "load_mode": mode,
        "required": False,
        "primary_key": ["id"],
        "max_reject_rate": 0.5,
        "columns": COLUMNS,
        **options,
    }


def shop_of(*tables: Mapping[str, Any]) -> SourceSpec:
    """The shop, with these tables."""
    said = {"source": "shop", "owner": "team:shop", "description": "A shop.", "tables": tables}
    return SourceSpec.model_validate(said)


def declared_with(
    environment: Environment, source: SourceSpec, retention: RetentionSpec | None = None
) -> Declarations:
    """As the demo's, with another source, whose `people` are records of customers."""
    declared = declarations_of(environment)
    customer = declared.entities["customer"]
    people = customer.model_copy(update={"sources": ["stg_shop__people"]})
    return replace(
        declared,
        sources={"shop": source},
        entities={"customer": people},
        retention=retention,
    )


def land(
    environment: Environment, connection: duckdb.DuckDBPyConnection, source: SourceSpec
) -> None:
    """Lands two good rows and a faulty one of every day and table."""
    for table in source.tables:
        for day in DAYS:
            path = environment.landing / "shop" / table.name / f"{day}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                "id,amount,mail,remark,more\n"
                f"1{day},10,a@b.nl,says a,x\n2{day},5,c@d.nl,,y\n3{day},none,e@f.nl,,z\n"
            )
        load_partitions(connection, "shop", table, environment.landing, list(DAYS))


def add_versions(connection: duckdb.DuckDBPyConnection) -> None:
    """Adds a history of a customer: a version of January 2024, and the one that holds since."""
    connection.execute(
        "create schema master; create table master.customer_changes as select * from (values "
        "('c_0', timestamp '2024-01-01', false), ('c_0', timestamp '2024-02-01', false)) "
        "as versions(customer_id, valid_from, is_deleted)"
    )


def with_histories(environment: Environment, connection: duckdb.DuckDBPyConnection) -> Declarations:
    """A closed warehouse with a history, and what keeps it and the event log for 30 days."""
    add_versions(connection)
    connection.close()
    retention = RetentionSpec(owner="team:test", history_days=30, event_log_days=30)
    return declared_with(environment, shop_of(table_of("orders", "append")), retention)
