"""Versions of a home: whoever is killed leaves the version of before or that of after."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from customer_platform import whole_files
from customer_platform.errors import BusyError, VersionError
from customer_platform.readers import is_settled, settle
from customer_platform.run_lock import is_idle, no_run, running
from customer_platform.versions import APPLY, ROLL_BACK, Swap, Version, Versions

KILLED = """
import sys
from pathlib import Path
from customer_platform.versions import Swap, Versions
versions = Versions(Path(sys.argv[1]))
print("ready", flush=True)
number = 0
while True:
    number += 1
    to = 1 + number % 2
    with versions.alone("killed"):
        versions.put_in_force(Swap("apply", to, versions.current, str(number), "killed"))
"""


def _version(number: int, created_at: str = "2026-01-01T00:00:00") -> Version:
    base = number - 1 or None
    return Version(number, "f", created_at, "anna", None, f"p{number}", base, None, "0.1", None, {})


def _at(day: int) -> str:
    return f"2026-01-0{day}T00:00:00"


def _home(folder: Path, count: int) -> Versions:
    versions = Versions(folder)
    for number in range(1, count + 1):
        with versions.alone("anna"), versions.building() as made:
            assert made == number
            (versions.place(made) / "published").mkdir()
            versions.finish(_version(made))
            versions.put_in_force(Swap(APPLY, made, versions.current, _at(made), "anna"))
            settle(versions.home)
    return versions


def test_what_is_in_force_is_what_readers_get(tmp_path: Path) -> None:
    versions = _home(tmp_path, 2)
    assert versions.current == 2
    assert (tmp_path / "published").resolve() == versions.place(2) / "published"
    with versions.alone("ben"):
        versions.put_in_force(Swap(ROLL_BACK, 1, 2, "t3", "ben"))
    assert (tmp_path / "published").resolve() == versions.place(1) / "published"
    assert [(swap.action, swap.version) for swap in versions.journal()] == [
        (APPLY, 1),
        (APPLY, 2),
        (ROLL_BACK, 1),
    ]


def test_a_version_that_was_not_finished_leaves_nothing_and_its_number(tmp_path: Path) -> None:
    versions = _home(tmp_path, 1)
    with pytest.raises(ZeroDivisionError), versions.alone("anna"), versions.building() as number:
        raise ZeroDivisionError
    assert number == 2
    assert not versions.place(2).exists()
    assert [version.number for version in versions.all()] == [1]


def test_a_line_of_the_journal_counts_once_its_version_is_in_force(tmp_path: Path) -> None:
    versions = _home(tmp_path, 2)
    journal = versions.folder / "journal.jsonl"
    line = journal.read_text().splitlines()[-1].replace(_at(2), "cut off")
    journal.write_text(
        journal.read_text()
        + line.replace('"version": 2, "before": 1', '"version": 1, "before": 2')
        + "\n"
    )
    assert [swap.at for swap in versions.journal()] == [_at(1), _at(2)]
    with versions.alone("ben"):
        versions.put_in_force(Swap(ROLL_BACK, 1, 2, "t3", "ben"))
    assert [swap.at for swap in versions.journal()] == [_at(1), _at(2), "t3"]


@pytest.mark.parametrize("moment", range(6))
def test_who_is_killed_while_swapping_leaves_a_whole_version(tmp_path: Path, moment: int) -> None:
    versions = _home(tmp_path, 2)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    process.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.05 + 0.013 * moment)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert versions.current in (1, 2)
    assert versions.journal()[-1].version == versions.current
    other = 3 - (versions.current or 0)
    with versions.alone("ben"):
        versions.put_in_force(Swap(APPLY, other, versions.current, "last", "ben"))
    assert versions.current == other
    assert versions.journal()[-1].at == "last"


@pytest.mark.parametrize("can_exchange", [True, False])
def test_readers_are_led_to_the_first_version_whatever_the_system_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_exchange: bool
) -> None:
    if not can_exchange:
        monkeypatch.setattr(whole_files, "_exchange", lambda one, other: False)
    published, outgrown = tmp_path / "published", tmp_path / ".published.outgrown"
    published.mkdir()
    versions = _home(tmp_path, 1)
    assert published.resolve() == versions.place(1) / "published"
    assert is_settled(tmp_path)
    # Somebody was killed between its two steps, or while the folder was removed.
    for left in (lambda: published.unlink(), lambda: None):
        left()
        outgrown.mkdir()
        assert not is_settled(tmp_path)
        settle(versions.home)
        assert published.resolve() == versions.place(1) / "published"
        assert not outgrown.exists()


def test_two_at_once_are_told_who_is_first(tmp_path: Path) -> None:
    versions = _home(tmp_path, 1)
    with (
        versions.alone("anna@example.com"),
        pytest.raises(BusyError, match=r"anna@example\.com, since"),
        Versions(tmp_path).alone("ben"),
    ):
        pass


def test_versions_out_of_date_go_and_their_numbers_are_not_used_again(tmp_path: Path) -> None:
    versions = _home(tmp_path, 3)
    with versions.alone("anna"):
        # The one before can be rolled back to, however long ago it was left.
        assert versions.remove_outdated(30) == [1]
    with pytest.raises(VersionError, match=r"version 1 is gone.*Those there are: 2, 3"):
        versions.read(1)
    with pytest.raises(VersionError, match="has no version 9"):
        versions.read(9)
    with versions.alone("anna"):
        versions.forget_others()
    assert [version.number for version in versions.all()] == [3]
    assert versions.erased_at > (datetime.now(UTC) - timedelta(minutes=1)).isoformat()[:19]
    with versions.alone("anna"), versions.building() as number:
        assert number == 4


def test_no_version_is_put_in_force_beneath_a_run(tmp_path: Path) -> None:
    with running(tmp_path), running(tmp_path):
        assert not is_idle(tmp_path)
        with pytest.raises(BusyError, match="a run is in progress"), no_run(tmp_path):
            pass
    assert is_idle(tmp_path)
    with no_run(tmp_path):
        assert not is_idle(tmp_path)
