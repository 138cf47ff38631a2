"""The resources of this deployment."""

import dagster as dg

from customer_platform.orchestration.dbt_project import dbt_resource, parsed_dbt_project
from customer_platform.warehouse import Warehouse


@dg.definitions
def resources() -> dg.Definitions:
    """The warehouse and dbt; runs execute in one process, as DuckDB has one writer."""
    return dg.Definitions(
        resources={
            "warehouse": Warehouse(database=dg.EnvVar("CUSTOMER_PLATFORM_DUCKDB")),
            "dbt": dbt_resource(parsed_dbt_project()),
        },
        executor=dg.in_process_executor,
    )
