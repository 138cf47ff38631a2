"""Lands yesterday of every source and refreshes what follows, by `customer-platform run`.

For Airflow 3 and 2.10, without Dagster's services: the worker that runs this has the platform
installed and its home on disk. No daemon may run on the same home, as DuckDB has one writer.

The worker's environment names the deployment by the CUSTOMER_PLATFORM_ variables, and by
CUSTOMER_PLATFORM_PROGRAM the command, where it isn't on the PATH.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG, Param
except ImportError:  # Airflow 2
    from airflow.models.dag import DAG
    from airflow.models.param import Param
    from airflow.operators.bash import BashOperator
    from airflow.operators.empty import EmptyOperator

PROGRAM = os.environ.get("CUSTOMER_PLATFORM_PROGRAM", "customer-platform")
# The folder of the project; None in a checkout, which is found from where the program is.
PROJECT = os.environ.get("CUSTOMER_PLATFORM_PROJECT")

# In Airflow 3 a run that is started by hand has no interval.
_YESTERDAY = "((data_interval_end | default(dag_run.run_after)) - macros.timedelta(days=1)).date()"
FIRST = f"{{{{ params.first or {_YESTERDAY} }}}}"
LAST = f"{{{{ params.last or params.first or {_YESTERDAY} }}}}"


def command(layer: str) -> str:
    """What builds one layer for the days of the DAG's run.

    Args:
        layer: `land` or `refresh`.
    """
    # Becomes the program, so that a task that is killed kills it.
    return f"exec {PROGRAM} run --layer {layer} --from {FIRST} --to {LAST}"


with DAG(
    "customer_platform_by_command",
    description="Lands the sources and refreshes what follows, in Airflow's worker.",
    schedule="0 5 * * *",
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    # What has failed fails again, and the refresh would wait for the second try.
    default_args={"retries": 0},
    params={
        "first": Param(None, type=["null", "string"], format="date", description="The first day."),
        "last": Param(None, type=["null", "string"], format="date", description="The last day."),
    },
) as dag:
    land = BashOperator(task_id="land", bash_command=command("land"), cwd=PROJECT)
    # A source that has failed stops no other: what has landed is refreshed.
    refresh = BashOperator(
        task_id="refresh", bash_command=command("refresh"), cwd=PROJECT, trigger_rule="all_done"
    )
    # Airflow judges a run by its last task, which fails where either has.
    land >> refresh
    [land, refresh] >> EmptyOperator(task_id="both_succeeded")
