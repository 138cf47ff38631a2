"""The module that orchestrators copy, against a Dagster that is away, refuses, fails or forgets."""

import ast
import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from types import FrameType

import pytest
from dagster_run import (
    DagsterServer,
    RefusedError,
    RunCancelledError,
    RunFailedError,
    ServerAwayError,
    run_job,
    stop,
)

from customer_platform_tests.orchestrators.conftest import EXAMPLES
from customer_platform_tests.orchestrators.fake_dagster import FakeDagster, fake_dagster

DAY = "2024-03-01"
TASK = "airflow/nightly/scheduled__2024-03-02/land"


@pytest.fixture
def fake() -> Iterator[FakeDagster]:
    with fake_dagster() as server:
        yield server


def _server(fake: FakeDagster, away_seconds: float = 5, **others: object) -> DagsterServer:
    return DagsterServer(
        fake.url, poll_seconds=0.01, away_seconds=away_seconds, **others  # type: ignore[arg-type]
    )  # fmt: skip


def _land(fake: FakeDagster, **others: object) -> str:
    return run_job(_server(fake, **others), "land", DAY, DAY, task=TASK)  # type: ignore[arg-type]


def _check(severity: str, description: str | None, success: bool = False) -> dict[str, object]:
    return {
        "__typename": "AssetCheckEvaluationEvent",
        "evaluation": {
            "checkName": "reject_rate",
            "assetKey": {"path": ["raw", "crm__customers"]},
            "severity": severity,
            "success": success,
            "description": description,
            "metadataEntries": [{"label": "rows"}, {"label": "failures", "text": "line 7: no id"}],
        },
    }


def _failure(why: str | None, *causes: str) -> dict[str, object]:
    return {
        "__typename": "ExecutionStepFailureEvent",
        "message": "step failed",
        "stepKey": "raw__crm__customers",
        "error": {"message": "Error while executing", "causes": [{"message": c} for c in causes]},
        "failureMetadata": why and {"description": why},
    }


def test_a_run_is_launched_for_its_days_and_waited_for(fake: FakeDagster) -> None:
    assert run_job(_server(fake), "land", DAY, "2024-03-04", task=TASK) == "run-1"
    launch = next(variables for query, variables, _ in fake.asked if "launchRun" in query)
    selector = launch["parameters"]["selector"]
    assert (selector["jobName"], selector["repositoryLocationName"]) == (
        "land",
        "customer_platform",
    )
    tags = {tag["key"]: tag["value"] for tag in fake.runs[0]["tags"]}
    assert tags["dagster/asset_partition_range_start"] == DAY
    assert tags["dagster/asset_partition_range_end"] == "2024-03-04"
    assert tags["orchestrator/task"] == TASK


def test_failed_checks_are_logged_as_severe_as_they_are_and_once(
    fake: FakeDagster, caplog: pytest.LogCaptureFixture
) -> None:
    fake.events = [_check("WARN", "a new column"), _check("ERROR", None), _check("WARN", "", True)]
    with caplog.at_level(logging.INFO):
        _land(fake)
    said = [(r.levelname, r.message) for r in caplog.records if r.message.startswith("Check")]
    assert said == [
        (
            "WARNING",
            "Check reject_rate of raw/crm__customers failed (WARN): a new column\nline 7: no id",
        ),
        ("ERROR", "Check reject_rate of raw/crm__customers failed (ERROR): line 7: no id"),
    ]


def test_a_failed_run_fails_with_the_reason_of_every_step(fake: FakeDagster) -> None:
    fake.statuses = ("STARTED", "FAILURE")
    fake.events = [_failure("no file"), _failure(None, "wrapped", "disk full"), _failure(None)]
    with pytest.raises(RunFailedError) as failed:
        _land(fake)
    message = str(failed.value)
    assert f"land has failed, {fake.url}/runs/run-1" in message
    assert "raw__crm__customers failed: no file\n" in message
    assert "raw__crm__customers failed: disk full\n" in message
    assert "raw__crm__customers failed: Error while executing" in message


def test_a_server_that_is_away_is_waited_for_at_any_moment(fake: FakeDagster) -> None:
    fake.faults = ["hang up", 503, "", "", "hang up", 502, 500, "", "hang up"]
    assert _land(fake) == "run-1"
    assert fake.faults == []
    assert len(fake.runs) == 1


def test_a_launch_whose_answer_is_lost_is_found_and_not_repeated(fake: FakeDagster) -> None:
    fake.faults = ["", "lose the answer"]
    # It may even have ended.
    fake.statuses = ("SUCCESS",)
    assert _land(fake) == "run-1"
    assert len(fake.runs) == 1


def test_a_launch_that_never_arrived_is_repeated(fake: FakeDagster) -> None:
    fake.faults = ["", "hang up"]
    assert _land(fake) == "run-1"
    assert len(fake.runs) == 1


@pytest.mark.parametrize("status", ["QUEUED", "STARTED"])
def test_a_task_that_is_tried_again_waits_for_its_run_that_is_going(
    fake: FakeDagster, status: str
) -> None:
    fake.run("another task", "STARTED")
    going = fake.run(TASK, status)
    assert _land(fake) == going["runId"]
    assert len(fake.runs) == 2


@pytest.mark.parametrize("status", ["SUCCESS", "FAILURE", "CANCELED", "CANCELING"])
def test_a_task_that_is_tried_again_after_its_run_has_ended_launches_a_new_one(
    fake: FakeDagster, status: str
) -> None:
    fake.run(TASK, status)
    assert _land(fake) == "run-2"


def test_a_server_that_stays_away_fails_the_task_and_lets_the_run_go_on(fake: FakeDagster) -> None:
    fake.faults = ["", "", *["hang up"] * 99]
    with pytest.raises(ServerAwayError, match=r"for 0 seconds. A run that was launched goes on"):
        _land(fake, away_seconds=0.05)
    assert fake.runs[0]["status"] == "QUEUED"


def test_a_run_that_is_cancelled_in_dagster_fails_and_says_so(fake: FakeDagster) -> None:
    fake.statuses = ("STARTED", "CANCELING", "CANCELED")
    with pytest.raises(RunCancelledError, match="land was cancelled in Dagster, http"):
        _land(fake)


def test_a_run_that_is_deleted_in_dagster_fails_and_says_so(fake: FakeDagster) -> None:
    fake.run(TASK, "STARTED")["runId"] = "gone"
    fake.answer = lambda query, variables, answer=fake.answer: answer(  # type: ignore[method-assign, misc]
        query, {**variables, "run": "nowhere"}
    )
    with pytest.raises(RunCancelledError, match="The run gone was deleted in Dagster"):
        _land(fake)


def test_a_launch_that_is_refused_names_job_and_location(fake: FakeDagster) -> None:
    fake.refusal = {"__typename": "PipelineNotFoundError", "message": "Could not find it"}
    with pytest.raises(
        RefusedError, match=r"the job land of the code location elsewhere: PipelineNot.*find it"
    ):
        _land(fake, location="elsewhere")
    fake.refusal = {"__typename": "RunConfigValidationInvalid", "errors": [{"message": "no ops"}]}
    with pytest.raises(RefusedError, match="RunConfigValidationInvalid: no ops"):
        _land(fake)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (401, "answers 401.*the token"),
        (302, "answers 302"),
        (404, "check the address"),
        ("no JSON", "it answers no JSON"),
    ],
)
def test_what_waiting_does_not_mend_fails_at_once(
    fake: FakeDagster, fault: int | str, message: str
) -> None:
    fake.faults = [fault]
    with pytest.raises(RefusedError, match=message):
        _land(fake)
    assert len(fake.asked) == 1


def test_headers_go_along_with_every_request_and_are_shown_nowhere(
    fake: FakeDagster, caplog: pytest.LogCaptureFixture
) -> None:
    server = _server(fake, headers={"Authorization": "Bearer s3cret"})
    fake.faults = [503, "", 401]
    with caplog.at_level(logging.DEBUG), pytest.raises(RefusedError) as refused:
        run_job(server, "land", DAY, DAY, task=TASK)
    assert {headers["Authorization"] for _, _, headers in fake.asked} == {"Bearer s3cret"}
    assert "s3cret" not in f"{server}{caplog.text}{refused.value}"


@pytest.mark.parametrize(
    "url", ["dagster:3000", "ftp://dagster", "http://", "http://user:s3cret@dagster"]
)
def test_an_address_that_is_none_or_holds_a_password_is_refused_without_showing_it(
    url: str,
) -> None:
    with pytest.raises(ValueError, match="address") as refused:
        DagsterServer(url)
    assert "s3cret" not in str(refused.value)
    with pytest.raises(ValueError, match="line break") as refused:
        DagsterServer("http://dagster", headers={"Authorization": "s3cret\n"})
    assert "s3cret" not in str(refused.value)


def test_days_the_wrong_way_round_are_refused_as_dagster_would_run_none(fake: FakeDagster) -> None:
    with pytest.raises(ValueError, match="the last day, 2024-02-29, is before the first"):
        run_job(_server(fake), "land", DAY, "2024-02-29", task=TASK)
    assert fake.asked == []


def test_a_landing_that_was_cancelled_holds_the_refresh_back_and_one_that_failed_does_not(
    fake: FakeDagster,
) -> None:
    fake.run(TASK, "CANCELED")
    with pytest.raises(RefusedError, match=f"The run of {TASK} was cancelled: refresh isn't run"):
        run_job(_server(fake), "refresh", DAY, DAY, task="refresh", after=TASK)
    fake.run(TASK, "FAILURE")
    assert run_job(_server(fake), "refresh", DAY, DAY, task="refresh", after=TASK) == "run-3"


def test_what_interrupts_the_waiting_terminates_the_run(fake: FakeDagster) -> None:
    fake.statuses = ("STARTED",)

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise SystemExit(143)

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(SystemExit):
            _land(fake)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert fake.runs[0]["status"] == "CANCELED"


def test_stopping_a_task_terminates_what_is_going_of_it_alone(fake: FakeDagster) -> None:
    other, ended, going = (
        fake.run("x", "STARTED"),
        fake.run(TASK, "FAILURE"),
        fake.run(TASK, "QUEUED"),
    )
    stop(_server(fake), TASK)
    assert (other["status"], ended["status"], going["status"]) == ("STARTED", "FAILURE", "CANCELED")


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.py")), ids=lambda file: file.name)
def test_the_modules_are_written_for_the_python_that_airflow_2_runs_on(file: object) -> None:
    ast.parse((EXAMPLES / str(file)).read_text(), feature_version=(3, 9))


def test_the_module_needs_the_standard_library_alone() -> None:
    subprocess.run(
        [sys.executable, "-I", "-S", str(EXAMPLES / "dagster_run.py")], check=True, timeout=60
    )
