"""The files of examples/ci: what each makes of an event, by a platform that only records."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from customer_platform.cli import main
from customer_platform_tests.ci.bitbucket import Bitbucket
from customer_platform_tests.ci.cloudbuild import CloudBuild
from customer_platform_tests.ci.company import APPROVER, AUTHOR, Company
from customer_platform_tests.ci.github import GitHub
from customer_platform_tests.ci.gitlab import GitLab
from customer_platform_tests.ci.pipeline import (
    EXAMPLES,
    PULL_REQUEST,
    PUSH,
    Event,
    Service,
    UnknownSyntaxError,
    path_of,
)
from customer_platform_tests.ci.runner import FAILURE, SUCCESS, WAITING, Machine, Run
from customer_platform_tests.support.street import tighten

SERVICES = [GitHub(), GitLab(), Bitbucket(), CloudBuild()]
PLANNED = ["plan", "--against", "production", "--allow-changes"]


@pytest.fixture(params=SERVICES, ids=lambda each: each.name)
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = request.param
    return found


@pytest.fixture
def company(service: Service, tmp_path: Path) -> Company:
    return Company(tmp_path, service)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def _commands(machine: Machine) -> list[tuple[str, list[str]]]:
    """In which environment the platform was asked for what; click knows every option."""
    found = []
    for call in machine.calls("customer-platform"):
        name, *arguments = call["arguments"]
        command = main.get_command(click.Context(main), name)
        assert command is not None
        context = command.make_context(name, list(arguments))
        environment = context.params.get("name") or call["environment"]
        found.append((environment, call["arguments"]))
    return found


def _values(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def _comments(service: Service, machine: Machine) -> list[Any]:
    return [each["body"] for each in machine.calls("gh" if service.name == "github" else "curl")]


@pytest.mark.parametrize(
    "file",
    [(each, file) for each in SERVICES for file in each.files],
    ids=lambda file: str(file[1]),
)
def test_a_file_is_as_the_schema_of_its_service_asks(file: tuple[Service, str]) -> None:
    pytest.importorskip("check_jsonschema")
    service, name = file
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", service.schema]
    checked = subprocess.run([*check, path_of(name)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_file_is_read_by_the_runner() -> None:
    there = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.y*ml")}
    assert there == {file for service in SERVICES for file in service.files}


def test_a_pull_request_gets_the_plan_as_a_comment(
    service: Service, company: Company, machine: Machine
) -> None:
    run = Run(service, company.propose("tighten", tighten), company.remote, machine)
    assert run.start() == SUCCESS, run.output
    [(_, tested), (environment, planned)] = _commands(machine)
    assert tested == ["test-rules"]
    assert planned[:4] == PLANNED
    assert environment == "development"
    assert service.person(AUTHOR) in (_values(planned, "--by"), f"{AUTHOR}@example.com")
    # Cloud Build has no comments: what the plan says is in the log.
    expected = [] if service.name == "cloudbuild" else [f"# Plan\n\n{planned}\n"]
    assert _comments(service, machine) == expected


def test_a_plan_that_breaks_something_is_commented_and_fails(
    service: Service, company: Company, machine: Machine
) -> None:
    machine.exit_codes["plan"] = 2
    run = Run(service, company.propose("tighten", tighten), company.remote, machine)
    assert run.start() == FAILURE
    assert len(_comments(service, machine)) == (service.name != "cloudbuild")


def test_rules_that_fail_their_tests_are_not_planned(
    service: Service, company: Company, machine: Machine
) -> None:
    machine.exit_codes["test-rules"] = 1
    run = Run(service, company.propose("tighten", tighten), company.remote, machine)
    assert run.start() == FAILURE
    assert [command for _, [command, *_] in _commands(machine)] == ["test-rules"]
    assert not _comments(service, machine)


def test_a_merge_runs_in_acceptance_and_waits_before_production(
    service: Service, company: Company, machine: Machine
) -> None:
    company.propose("tighten", tighten)
    run = Run(service, company.merge("tighten"), company.remote, machine)
    assert run.start() == WAITING, run.output
    [accepted, (environment, planned)] = _commands(machine)
    assert accepted == ("acceptance", ["run"])
    assert (environment, planned[:4]) == ("development", PLANNED)
    # By who has opened the pull request, not by who has merged it.
    assert _values(planned, "--by") == service.person(AUTHOR)

    assert run.release(service.person(APPROVER)) == SUCCESS, run.output
    approved, applied = _commands(machine)[2:]
    assert (approved[0], approved[1][0]) == ("production", "approve")
    assert _values(approved[1], "--by") == service.person(APPROVER)
    assert (applied[0], applied[1][0]) == ("production", "apply")
    # The plan that was made before the gate, and no other.
    assert approved[1][1] == applied[1][1] == _values(planned, "--json")


@pytest.mark.parametrize("fails", ["run", "plan"])
def test_what_fails_before_the_gate_does_not_reach_it(
    service: Service, company: Company, machine: Machine, fails: str
) -> None:
    company.propose("tighten", tighten)
    machine.exit_codes[fails] = 1
    run = Run(service, company.merge("tighten"), company.remote, machine)
    assert run.start() == FAILURE
    assert _commands(machine)[-1][1][0] == fails


def test_what_is_not_approved_is_not_applied(
    service: Service, company: Company, machine: Machine
) -> None:
    company.propose("tighten", tighten)
    machine.exit_codes["approve"] = 1
    run = Run(service, company.merge("tighten"), company.remote, machine)
    assert run.start() == WAITING
    assert run.release(service.person(AUTHOR)) == FAILURE
    assert _commands(machine)[-1][1][0] == "approve"


def test_one_deployment_at_a_time(service: Service) -> None:
    locks = [job.lock for job in service.jobs(PUSH) if job.waits]
    # Cloud Build keeps none: the home does.
    assert locks == ([""] if service.name == "cloudbuild" else ["production"])


def test_no_step_is_more_than_one_command_of_the_platform(service: Service) -> None:
    for kind in (PULL_REQUEST, PUSH):
        for job in service.jobs(kind):
            for step in job.steps:
                assert " ".join(step.command).count("/customer-platform ") <= 1


def test_an_expression_that_is_not_known_is_an_error_that_names_it() -> None:
    event = Event(PUSH, "abc", "eva", "ben")
    with pytest.raises(UnknownSyntaxError, match=r"github\.event\.pull_request\.user\.login"):
        GitHub().expanded("${{ github.event.pull_request.user.login }}", event)
    with pytest.raises(UnknownSyntaxError, match=r"\$_AUTHOR"):
        CloudBuild().expanded("--by $_AUTHOR", event)
    assert CloudBuild().expanded("$$(date) $COMMIT_SHA ${BUILD_ID}", event) == "$(date) abc 77"


def test_a_condition_that_is_not_known_is_an_error_that_names_it() -> None:
    for service, condition in ((GitHub(), "${{ hashFiles('x') }}"), (GitLab(), "on_failure")):
        with pytest.raises(UnknownSyntaxError):
            service.runs(condition, {})
