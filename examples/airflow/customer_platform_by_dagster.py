"""Lands yesterday of every source and refreshes what follows, on a Dagster that runs elsewhere.

For Airflow 3 and 2.10. Copy this file and dagster_run.py into the DAGs folder, and add a connection
`customer_platform` of type http: the address of Dagster's web server and, where a proxy asks for a
token, that as the password. Its extra may name the code location and the header of the token:
{"location": "customer_platform", "header": "Dagster-Cloud-Api-Token"}.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from dagster_run import DagsterRunError, DagsterServer, ServerAwayError, run_job, stop

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG, BaseHook, BaseOperator, Param
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # Airflow 2
    from airflow.exceptions import AirflowFailException
    from airflow.hooks.base import BaseHook
    from airflow.models.baseoperator import BaseOperator
    from airflow.models.dag import DAG
    from airflow.models.param import Param
    from airflow.operators.empty import EmptyOperator

# In Airflow 3 a run that is started by hand has no interval.
_YESTERDAY = "((data_interval_end | default(dag_run.run_after)) - macros.timedelta(days=1)).date()"
FIRST = f"{{{{ params.first or {_YESTERDAY} }}}}"
LAST = f"{{{{ params.last or params.first or {_YESTERDAY} }}}}"


def dagster_server() -> DagsterServer:
    """Where Dagster is, as the connection says."""
    connection = BaseHook.get_connection("customer_platform")
    extra, token, headers = connection.extra_dejson, connection.password, {}
    if token and "header" in extra:
        headers = {extra["header"]: token}
    elif token:
        headers = {"Authorization": f"Bearer {token}"}
    port = f":{connection.port}" if connection.port else ""
    return DagsterServer(
        f"{connection.schema or 'http'}://{connection.host}{port}{extra.get('path', '')}",
        extra.get("location", "customer_platform"),
        headers,
    )


class DagsterJob(BaseOperator):
    """Runs a job of Dagster for the days of the DAG's run, and fails when it fails.

    A server that stays away is tried again, as `retries` says. A run that has failed or was
    cancelled isn't: that calls for a person, who clears the task.
    """

    template_fields = ("first", "last")

    def __init__(self, *, job: str, after: str | None = None, **kwargs: Any) -> None:
        """Takes the name of the job, and the id of the task before this one."""
        super().__init__(**kwargs)
        self.job, self.after = job, after
        self.first, self.last = FIRST, LAST
        self._running: tuple[DagsterServer, str] | None = None
        self._killed = False

    def execute(self, context: Any) -> str:
        """Runs the job; returns the id of Dagster's run."""
        run = f"airflow/{self.dag_id}/{context['dag_run'].run_id}"
        server, task = self._running = dagster_server(), f"{run}/{self.task_id}"
        after = f"{run}/{self.after}" if self.after else None
        try:
            return run_job(server, self.job, self.first, self.last, task=task, after=after)
        except DagsterRunError as error:
            if self._killed or isinstance(error, ServerAwayError):
                raise
            raise AirflowFailException(str(error)) from error

    def on_kill(self) -> None:
        """Terminates the run when the task is killed, cleared, marked or out of time."""
        self._killed = True
        if self._running:
            stop(*self._running)


with DAG(
    "customer_platform_by_dagster",
    description="Lands the sources and refreshes what follows, in Dagster.",
    schedule="0 5 * * *",
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5)},
    params={
        "first": Param(None, type=["null", "string"], format="date", description="The first day."),
        "last": Param(None, type=["null", "string"], format="date", description="The last day."),
    },
) as dag:
    land = DagsterJob(task_id="land", job="land")
    # A source that has failed stops no other: what has landed is refreshed.
    refresh = DagsterJob(task_id="refresh", job="refresh", after="land", trigger_rule="all_done")
    # Airflow judges a run by its last task, which fails where either has.
    land >> refresh
    [land, refresh] >> EmptyOperator(task_id="both_succeeded")
