"""The file of requests: only ever added to, by whoever comes, and always readable."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from customer_platform.environment import Environment
from customer_platform.privacy.requests import Request, add_event, read_requests, record_request
from customer_platform.project import REPOSITORY

_RECORDS_MANY = """
import sys
from dataclasses import replace
from pathlib import Path
from customer_platform.environment import load_environment
from customer_platform.privacy.requests import add_event, read_requests
environment = replace(load_environment(), home=Path(sys.argv[1]))
for number in range(40):
    request = f"erase-{sys.argv[2]}-{number}"
    add_event(environment, request, "recorded", kind="erase", reason="r" * 20_000,
              requested_by="x", digests={}, ids={})
    assert request in read_requests(environment)
"""


@pytest.fixture
def environment(prepared: Environment, tmp_path: Path) -> Environment:
    return replace(prepared, home=tmp_path)


def asked(reason: str) -> Request:
    return Request("", "erase", datetime.now(UTC), reason, "them", {"record": ("a",)})


@pytest.mark.parametrize("character", ["\u2028", "\x85", "\x1e", "\n", "\r"])
def test_a_reason_may_hold_what_some_take_for_the_end_of_a_line(
    environment: Environment, character: str
) -> None:
    reason = f"asked{character}by letter"
    number = record_request(environment, asked(reason)).number
    assert read_requests(environment)[number].reason == reason


def test_several_processes_may_add_and_read_at_once(environment: Environment) -> None:
    arguments = [sys.executable, "-c", _RECORDS_MANY, str(environment.home)]
    processes = [
        subprocess.Popen([*arguments, str(number)], cwd=REPOSITORY, stderr=subprocess.PIPE)
        for number in range(3)
    ]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    assert len(read_requests(environment)) == 120


def test_what_is_found_later_is_to_be_proved_again(environment: Environment) -> None:
    number = record_request(environment, asked("asked")).number
    add_event(environment, number, "found", rows={"raw.a": 2}, digests={"record": ["b"]})
    assert read_requests(environment)[number].state == "recorded"
    add_event(environment, number, "erased", kept_files=[])
    add_event(environment, number, "certified")
    add_event(environment, number, "found", digests={"record": ["c"]})
    assert read_requests(environment)[number].state == "certified"
    add_event(environment, number, "found", again=True, rows={"raw.a": 1, "raw.b": 1})
    found = read_requests(environment)[number]
    assert (found.state, dict(found.rows)) == ("erased", {"raw.a": 3, "raw.b": 1})
    assert found.digests["record"] == ("a", "b", "c")


@pytest.mark.parametrize("length", [1, 40, -2])
def test_what_a_killed_process_has_left_of_a_line_is_no_event(
    environment: Environment, length: int
) -> None:
    number = record_request(environment, asked("asked")).number
    path = environment.privacy / "requests.jsonl"
    whole = path.read_text()
    add_event(environment, number, "found", digests={"record": ["b"] * 2_000})
    path.write_text(path.read_text()[len(whole) :][:length].join([whole, ""]))
    assert read_requests(environment)[number].digests == {"record": ("a",)}
    add_event(environment, number, "erased", rows={"raw.a": 2})
    assert read_requests(environment)[number].state == "erased"
    assert path.read_text().startswith(whole)


def test_a_last_line_without_an_end_that_is_whole_counts(environment: Environment) -> None:
    number = record_request(environment, asked("asked")).number
    path = environment.privacy / "requests.jsonl"
    path.write_text(path.read_text().rstrip("\n"))
    assert number in read_requests(environment)
    add_event(environment, number, "erased", rows={})
    assert read_requests(environment)[number].state == "erased"
