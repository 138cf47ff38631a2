"""Runs a job of customer_platform by Dagster's GraphQL API, and waits for its end.

It needs Python 3.9 and nothing else: neither Dagster nor an orchestrator. So it can be copied to
wherever a task of Airflow, Prefect or Kubeflow runs, whose task is one call:

    server = DagsterServer("https://dagster.example.com", headers={"Authorization": "Bearer ..."})
    run_job(server, "land", "2026-01-31", "2026-01-31", task="nightly/2026-01-31/land")

A run is tagged with its task. So a task that is tried again, as its worker died or the answer to
its launch was lost, finds the run that is still going, and launches no second one.
"""

from __future__ import annotations

import http.client
import json
import logging
import ssl
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlsplit

TASK_TAG = "orchestrator/task"
CALL_TAG = "orchestrator/call"
_GOING = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED")
_CANCELLED = ("CANCELING", "CANCELED")
# What a proxy says while the server behind it restarts, and a server that is overloaded.
_AWAY_STATUS = (429, 500, 502, 503, 504)
_LONGEST_PAUSE_SECONDS = 60

_RUNS = """query($filter: RunsFilter) { runsOrError(filter: $filter) {
  __typename ... on Runs { results { runId status tags { key value } } }
  ... on Error { message } } }"""
_LAUNCH = """mutation($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on Error { message }
  ... on RunConfigValidationInvalid { errors { message } } } }"""
_TERMINATE = """mutation($run: String!) { terminateRun(runId: $run) {
  __typename ... on TerminateRunFailure { message } ... on Error { message } } }"""
_RUN = """query($run: ID!, $cursor: String) { runOrError(runId: $run) {
  __typename ... on Error { message }
  ... on Run { status eventConnection(afterCursor: $cursor, limit: 500) { cursor hasMore events {
    __typename ... on MessageEvent { message stepKey }
    ... on AssetCheckEvaluationEvent { evaluation { checkName severity success description
      assetKey { path } metadataEntries { label ... on TextMetadataEntry { text } } } }
    ... on ExecutionStepFailureEvent { error { message causes { message } }
      failureMetadata { description } } } } } } }"""

_Answer = TypeVar("_Answer")
log = logging.getLogger(__name__)


class DagsterRunError(Exception):
    """The job hasn't been run to a good end; the message says why and what to do."""


class ServerAwayError(DagsterRunError):
    """The server didn't answer for as long as is waited for it: to be tried again."""


class RefusedError(DagsterRunError):
    """The server refuses the request, or there is nothing to run."""


class RunFailedError(DagsterRunError):
    """The run has failed; the message has the failed steps and why."""


class RunCancelledError(DagsterRunError):
    """The run was cancelled in Dagster, or deleted there."""


@dataclass(frozen=True)
class DagsterServer:
    """Where Dagster's web server is, and how long to wait for it.

    Attributes:
        url: Its address, as a browser opens it.
        location: The code location with the jobs, by the name that Dagster's UI shows.
        headers: What every request carries, such as the token that a proxy asks for.
        answer_seconds: How long one request may take.
        away_seconds: How long the server may be away in one go.
        poll_seconds: How long to wait between two looks at the run.
    """

    url: str
    location: str = "customer_platform"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    answer_seconds: float = 60
    away_seconds: float = 900
    poll_seconds: float = 5

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{parts.scheme}://{parts.hostname} is no address of a web server")
        if parts.username or parts.password:
            raise ValueError("the address holds a user or password: give them as a header")
        if any("\n" in value or "\r" in value for value in self.headers.values()):
            raise ValueError("a header holds a line break, perhaps at the end of a token")

    def page(self, path: str) -> str:
        """The address of what the server has at a path."""
        return f"{self.url.rstrip('/')}/{path}"


def run_job(
    server: DagsterServer, job: str, first: str, last: str, *, task: str, after: str | None = None
) -> str:
    """Runs a job for a range of days, logs its failed checks, and waits for its end.

    Whatever interrupts the waiting, such as a signal, terminates the run. A server that is away
    doesn't: the run goes on, and the next attempt finds it.

    Args:
        server: Where Dagster is.
        job: `land`, `refresh` or `main`, which is both.
        first: The first day, ISO.
        last: The last day, ISO, included.
        task: What the run is for, unique for an orchestrator's task in one of its runs. A run of
            the same task that is still going is waited for, instead of a new one.
        after: The task before this one, whose run, if it was cancelled, holds this one back. If
            it has failed, it doesn't: the others have landed.

    Returns:
        The id of the run.

    Raises:
        ValueError: The days aren't ISO, or the wrong way round.
        ServerAwayError: The server was away for longer than `away_seconds`.
        RefusedError: The server refuses the launch, or the run before was cancelled.
        RunFailedError: The run has failed.
        RunCancelledError: The run was cancelled in Dagster.
    """
    if date.fromisoformat(first) > date.fromisoformat(last):
        # Dagster would run it for no day at all, and succeed.
        raise ValueError(f"the last day, {last}, is before the first, {first}")
    try:
        if after and any(run["status"] in _CANCELLED for run in _insist(server, _runs, after)[:1]):
            raise RefusedError(
                f"The run of {after} was cancelled: {job} isn't run. Run that first."
            )
        run_id = _insist(server, _find_or_launch, job, first, last, task, str(uuid.uuid4()))
        log.info("Waiting for %s of %s to %s: %s", job, first, last, server.page(f"runs/{run_id}"))
        _wait(server, job, run_id)
    except DagsterRunError:
        raise
    except BaseException:
        stop(server, task)
        raise
    return run_id


def stop(server: DagsterServer, task: str) -> None:
    """Terminates the runs of a task that are going, with one request each.

    Args:
        server: Where Dagster is.
        task: What they are for.

    Raises:
        ServerAwayError: The server is away; the message says what to do.
        RefusedError: It refuses.
    """
    for run in _runs(server, task):
        if run["status"] in _GOING:
            log.warning("Terminating the run %s of %s.", run["runId"], task)
            said = _ask(server, _TERMINATE, {"run": run["runId"]})["terminateRun"]
            if said["__typename"] != "TerminateRunSuccess":
                raise RefusedError(f"Run {run['runId']} is not terminated: {said.get('message')}")


def _find_or_launch(
    server: DagsterServer, job: str, first: str, last: str, task: str, call: str
) -> str:
    """The run of the task, which is launched unless it is there already.

    The answer to a launch may be lost: that run is known by its call, even when it has ended.
    """
    for run in _runs(server, task):
        tags = {tag["key"]: tag["value"] for tag in run["tags"]}
        if run["status"] in _GOING or tags.get(CALL_TAG) == call:
            log.info("Found the run %s, which is there already.", run["runId"])
            return str(run["runId"])
    tags = {
        TASK_TAG: task,
        CALL_TAG: call,
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
    }
    parameters = {
        "selector": {
            "repositoryLocationName": server.location,
            "repositoryName": "__repository__",
            "jobName": job,
        },
        "executionMetadata": {"tags": [{"key": k, "value": v} for k, v in tags.items()]},
    }
    said = _ask(server, _LAUNCH, {"parameters": parameters})["launchRun"]
    if said["__typename"] == "LaunchRunSuccess":
        return str(said["run"]["runId"])
    why = said.get("message") or "; ".join(each["message"] for each in said.get("errors", []))
    raise RefusedError(
        f"Dagster doesn't launch the job {job} of the code location {server.location}: "
        f"{said['__typename']}: {why}"
    )


def _wait(server: DagsterServer, job: str, run_id: str) -> None:
    """Waits for the end of a run, and logs what it says meanwhile."""
    cursor: str | None = None
    failures: list[str] = []
    while True:
        run = _insist(server, _look, run_id, cursor)
        cursor = run["eventConnection"]["cursor"]
        for event in run["eventConnection"]["events"]:
            failures += _read(event)
        if run["eventConnection"]["hasMore"]:
            continue
        if run["status"] == "SUCCESS":
            log.info("The run %s of %s has succeeded.", run_id, job)
            return
        at = server.page(f"runs/{run_id}")
        if run["status"] == "FAILURE":
            why = "\n".join(failures) or "no step of it says why; see its log"
            raise RunFailedError(f"{job} has failed, {at}:\n{why}")
        if run["status"] == "CANCELED":
            raise RunCancelledError(f"{job} was cancelled in Dagster, {at}")
        time.sleep(server.poll_seconds)


def _read(event: Mapping[str, Any]) -> Iterator[str]:
    """Logs a check that has failed; returns why a step or the whole run has."""
    check = event.get("evaluation")
    if check and not check["success"]:
        said = [check["description"], *(each.get("text") for each in check["metadataEntries"])]
        log.log(
            logging.ERROR if check["severity"] == "ERROR" else logging.WARNING,
            "Check %s of %s failed (%s): %s",
            check["checkName"],
            "/".join(check["assetKey"]["path"]),
            check["severity"],
            "\n".join(filter(None, said)) or "it says no more",
        )
    if event["__typename"] == "ExecutionStepFailureEvent":
        error, metadata = event["error"] or {}, event["failureMetadata"] or {}
        # What an error was raised from comes last, and says most.
        errors = [error, *error.get("causes", [])]
        why = metadata.get("description") or errors[-1].get("message") or event["message"]
        yield f"{event['stepKey']} failed: {why.strip()}"
    elif event["__typename"] == "RunFailureEvent":
        yield event["message"]


def _look(server: DagsterServer, run_id: str, cursor: str | None) -> dict[str, Any]:
    """The state of a run, and its events after a cursor."""
    run: dict[str, Any] = _ask(server, _RUN, {"run": run_id, "cursor": cursor})["runOrError"]
    if run["__typename"] == "RunNotFoundError":
        raise RunCancelledError(f"The run {run_id} was deleted in Dagster: clear the task.")
    return _checked(run, "Run")


def _runs(server: DagsterServer, task: str) -> list[dict[str, Any]]:
    """The runs of a task, the newest first."""
    tags = [{"key": TASK_TAG, "value": task}]
    found = _ask(server, _RUNS, {"filter": {"tags": tags}})["runsOrError"]
    runs: list[dict[str, Any]] = _checked(found, "Runs")["results"]
    return runs


def _checked(said: dict[str, Any], expected: str) -> dict[str, Any]:
    if said["__typename"] != expected:
        raise RefusedError(f"Dagster says {said['__typename']}: {said.get('message')}")
    return said


def _insist(server: DagsterServer, ask: Callable[..., _Answer], *arguments: Any) -> _Answer:
    """Asks again, with pauses that double up to a minute, until the server is back."""
    gone, pause = time.monotonic(), min(1.0, server.poll_seconds)
    while True:
        try:
            return ask(server, *arguments)
        except ServerAwayError as error:
            left = gone + server.away_seconds - time.monotonic()
            if left <= 0:
                raise ServerAwayError(
                    f"{error}, for {server.away_seconds:.0f} seconds. A run that was launched goes "
                    "on, and is found when the task is tried again."
                ) from error
            log.warning("%s; asking again in %.0f seconds", error, min(pause, left))
            time.sleep(min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, as the headers would go along to wherever it leads."""

    def redirect_request(self, *arguments: Any) -> None:
        """Makes urllib raise the answer as an error."""


_opener = urllib.request.build_opener(_NoRedirect)


def _ask(server: DagsterServer, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """One request of GraphQL, and what it returns."""
    address = server.page("graphql")
    request = urllib.request.Request(
        address,
        json.dumps({"query": query, "variables": variables}).encode(),
        {"Content-Type": "application/json", **server.headers},
    )
    try:
        with _opener.open(request, timeout=server.answer_seconds) as response:
            said = json.loads(response.read())
    except urllib.error.HTTPError as error:
        if error.code in _AWAY_STATUS:
            raise ServerAwayError(f"{address} answers {error.code} {error.reason}") from error
        raise RefusedError(
            f"{address} answers {error.code} {error.reason}: check the address, and the token "
            f"that a proxy asks for. {error.read(500).decode(errors='replace')}"
        ) from error
    except ValueError as error:
        raise RefusedError(f"{address} is no GraphQL of Dagster: it answers no JSON") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise RefusedError(
                f"{address} has a certificate that isn't trusted: {reason}"
            ) from error
        raise ServerAwayError(f"{address} doesn't answer ({reason!r})") from error
    if said.get("errors"):
        raise RefusedError(f"{address} refuses: {said['errors'][0].get('message')}")
    data: dict[str, Any] = said["data"]
    return data
