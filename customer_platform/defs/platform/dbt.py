"""The dbt models as assets, in as few dbt invocations as the customer ID map in between allows."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster import AssetExecutionContext
from dagster_dbt import DbtCliResource, dbt_assets

from customer_platform.declarations import declarations_of
from customer_platform.environment import load_environment
from customer_platform.ingestion import create_tables
from customer_platform.orchestration.dbt_build import dbt_build, partition_variables
from customer_platform.orchestration.dbt_project import has_models, parsed_dbt_project
from customer_platform.orchestration.dbt_translator import PlatformDbtTranslator, descriptions
from customer_platform.partitions import days_of_run
from customer_platform.warehouse import WAREHOUSE_POOL, Warehouse
from customer_platform.warehouse.base import engine_of

_PROJECT = parsed_dbt_project()
_TRANSLATOR = PlatformDbtTranslator()

# All select: with an exclude, dagster-dbt leaves out the tests that also read an excluded model.
_UP_TO_LOOKUP = "tag:staging tag:identity"
_OVER_MAPS = "identity_over_maps"
_MASTERS = "tag:master"

_DESCRIBE = descriptions(load_environment().business_model)


@dbt_assets(
    manifest=_PROJECT.manifest_path,
    select=_UP_TO_LOOKUP,
    name="staging_and_source_lookup",
    dagster_dbt_translator=_TRANSLATOR,
    pool=WAREHOUSE_POOL,
)
def staging_and_source_lookup(
    context: AssetExecutionContext, dbt: DbtCliResource, warehouse: Warehouse
) -> Iterator[Any]:
    """The staging views, the seeds, and the source lookups over them."""
    with warehouse.get_connection() as connection:
        # A source that has not delivered yet has no raw tables for its views to read.
        environment = load_environment()
        engine = engine_of(environment.engine)
        for source in declarations_of(environment).sources.values():
            for table in source.tables:
                create_tables(connection, source.source, table, engine)
    # Views have no partitions; the days of the run say what has arrived, for their tests.
    days = days_of_run(context.run.tags)
    variables = partition_variables(*days) if days else {}
    yield from dbt_build(context, dbt, warehouse, variables, describe=_DESCRIBE)


# Most business models have none, of which dbt would tell at every start.
if has_models(_PROJECT, _OVER_MAPS):

    @dbt_assets(
        manifest=_PROJECT.manifest_path,
        select=f"tag:{_OVER_MAPS}",
        name="lookups_over_maps",
        dagster_dbt_translator=_TRANSLATOR,
        pool=WAREHOUSE_POOL,
    )
    def lookups_over_maps(
        context: AssetExecutionContext, dbt: DbtCliResource, warehouse: Warehouse
    ) -> Iterator[Any]:
        """Source lookups that read the ID maps of other entities.

        As part of the step before, they would make it depend on itself, and Dagster would split
        both that and the masters into three dbt starts each.
        """
        yield from dbt_build(context, dbt, warehouse, variables={}, describe=_DESCRIBE)


@dbt_assets(
    manifest=_PROJECT.manifest_path,
    select=_MASTERS,
    name="masters",
    dagster_dbt_translator=_TRANSLATOR,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=WAREHOUSE_POOL,
)
def masters(
    context: AssetExecutionContext, dbt: DbtCliResource, warehouse: Warehouse
) -> Iterator[Any]:
    """The masters: the facts by day, and what is rebuilt as a whole."""
    variables = {}
    if context.has_partition_key or context.has_partition_key_range:
        days = context.partition_key_range
        variables = partition_variables(days.start, days.end)
    yield from dbt_build(context, dbt, warehouse, variables, describe=_DESCRIBE)
