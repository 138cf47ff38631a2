"""The asset `privacy/retention`: deletes every day what is older than is declared."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg
import pandas as pd
from dagster import AssetExecutionContext

from customer_platform.asset_keys import raw_asset_key
from customer_platform.components.scaffolding import RetentionScaffolder
from customer_platform.declarations import RetentionSpec, declarations_of
from customer_platform.environment import load_environment
from customer_platform.orchestration.event_log_retention import retain_event_log
from customer_platform.orchestration.metadata import table_metadata
from customer_platform.privacy.outdated import Outdated
from customer_platform.privacy.retention import retain
from customer_platform.warehouse import WAREHOUSE_POOL, Warehouse

RETENTION = dg.AssetKey(["privacy", "retention"])
NOTHING_OLDER = "nothing_older_than_declared"

# After the night's deliveries have landed at 05:00 and their refresh.
_CRON = "0 7 * * *"


@dg.scaffold_with(RetentionScaffolder)
class Retention(RetentionSpec, dg.Component, dg.Resolvable):
    """Deletes or anonymises every day what is older than declared: the asset `privacy/retention`.

    The YAML says how long rejected rows, logs, histories and Dagster's event log are kept; each
    table of a source says how long its data is kept: `keep_days`.
    """

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset, its check and its schedule."""
        asset = build_retention(self.owner)
        return dg.Definitions(assets=[asset], schedules=[_schedule(asset)])


def build_retention(owner: str) -> dg.AssetsDefinition:
    """The asset that deletes or anonymises what is older than declared.

    Args:
        owner: Email or `team:...` of who answers for it.
    """

    @dg.asset(
        key=RETENTION,
        description="Deletes what is older than `keep_days` of its table and the YAML of Retention "
        "say, or takes from it what says whose it is: landed files, raw rows, rejected rows, ended "
        "versions of histories, logs and Dagster's runs. The masters follow by the refresh of the "
        "days concerned.",
        group_name="privacy",
        kinds={"duckdb"},
        owners=[owner],
        pool=WAREHOUSE_POOL,
        check_specs=[
            dg.AssetCheckSpec(
                NOTHING_OLDER,
                asset=RETENTION,
                description="Fails when something is left that is older than declared.",
            )
        ],
    )
    def retention(context: AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        environment, today = load_environment(), datetime.now(UTC).date()
        declared = declarations_of(environment)
        with warehouse.get_connection() as connection:
            done = retain(connection, environment, declared, today)
            left = retain(connection, environment, declared, today, dry_run=True)
        # First of all what follows: if the rest fails, these rows are gone all the same.
        for event in _changed_days(done):
            context.log_event(event)
        done += retain_event_log(context.instance, declared.retention, today)
        left += retain_event_log(context.instance, declared.retention, today, dry_run=True)
        return dg.MaterializeResult(
            metadata={
                "rows": sum(each.rows for each in done),
                "files": sum(each.files for each in done),
                "done": table_metadata(_frame(done)),
            },
            check_results=[check_result(left)],
        )

    return retention


def check_result(left: Sequence[Outdated]) -> dg.AssetCheckResult:
    """Whether nothing is older than declared.

    Args:
        left: What is.
    """
    return dg.AssetCheckResult(
        check_name=NOTHING_OLDER,
        passed=not left,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"left": table_metadata(_frame(left))} if left else {},
    )


def _changed_days(done: Sequence[Outdated]) -> list[dg.AssetMaterialization]:
    """What lets the refresh sensor build again what follows from rows that have changed."""
    keys = {
        ".".join(key.path): key
        for source in declarations_of(load_environment()).sources.values()
        for table in source.tables
        for key in [raw_asset_key(source.source, table.name)]
    }
    return [
        dg.AssetMaterialization(
            asset_key=keys[each.what], partition=day, description=f"Rows were {each.done}."
        )
        for each in done
        if each.what in keys
        for day in each.days
    ]


def _frame(found: Sequence[Outdated]) -> pd.DataFrame:
    return pd.DataFrame(
        [(each.what, each.done, each.rows, each.files) for each in found],
        columns=["what", "done", "rows", "files"],
    )


def _schedule(asset: dg.AssetsDefinition) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        name="retention_schedule",
        description="Deletes at 07:00 UTC what is older than declared.",
        cron_schedule=_CRON,
        execution_timezone="UTC",
        target=dg.AssetSelection.assets(asset),
        default_status=(
            dg.DefaultScheduleStatus.RUNNING
            if load_environment().automation.schedules
            else dg.DefaultScheduleStatus.STOPPED
        ),
    )
