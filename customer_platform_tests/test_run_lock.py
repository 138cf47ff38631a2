"""Runs that are in progress in a home."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from customer_platform import deployment
from customer_platform.cli import main
from customer_platform.environment import Environment
from customer_platform.errors import NothingLandedError
from customer_platform.run_lock import in_turn


def _at_once(first: Callable[[], None], second: Callable[[], None]) -> None:
    threads = [threading.Thread(target=each) for each in (first, second)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def test_a_command_waits_for_the_one_that_runs_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    waits = threading.Event()

    def hears(message: str) -> None:
        said.append(message)
        waits.set()

    def runs_first() -> None:
        with in_turn(tmp_path, said.append):
            began.set()
            assert waits.wait(10)
            said.append("the first has ended")

    def runs_second() -> None:
        assert began.wait(10)
        with in_turn(tmp_path, hears):
            said.append("the second has begun")

    began = threading.Event()
    _at_once(runs_first, runs_second)
    assert said == [
        f"Waiting for another `customer-platform run` in {tmp_path} to end ...",
        "the first has ended",
        "the second has begun",
    ]


def test_runs_of_the_command_take_turns_also_where_there_is_no_home_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "new"
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(home))
    others: list[str] = []

    def begins(environment: Environment) -> Environment:
        waiter = threading.Thread(target=lambda: in_turn(home, others.append).__enter__())
        waiter.daemon = True
        waiter.start()
        waiter.join(0.5)
        raise NothingLandedError("there is no file")

    monkeypatch.setattr(deployment, "begin", begins)
    result = CliRunner().invoke(main, ["run"])
    assert "there is no file" in result.output
    assert others, "another one could have begun meanwhile"
