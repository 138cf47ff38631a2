"""`customer-platform privacy verify`, on a small home of somebody who was erased."""

import os
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from customer_platform.cli import main
from customer_platform.environment import Environment, load_environment
from customer_platform.privacy.certificate import certify, to_certify
from customer_platform.privacy.requests import (
    Kind,
    Request,
    add_event,
    read_request,
    record_request,
)
from customer_platform.privacy.scan import scan
from customer_platform.privacy.secret import VARIABLE, read_secret
from customer_platform.privacy.values import keep_sought

VALUES = ["anna.devries@example.com", "Tom", "+31612345678"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A home with a warehouse and a log, and nobody in them."""
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(VARIABLE, raising=False)
    environment = load_environment()
    environment.home.mkdir()
    (environment.home / "a.log").write_text("a run of bert@example.com")
    with duckdb.connect(str(environment.warehouse)) as connection:
        connection.execute("create table t as select 'bert@example.com' as email, 31600000000 as n")
    return environment


def recorded(environment: Environment, kind: Kind = "erase") -> str:
    """The number of a new request."""
    request = Request("", kind, datetime(2026, 3, 5), "asked", "her", {})
    return record_request(environment, request).number


@pytest.fixture
def erased(home: Environment) -> str:
    """The number of a request that a run has carried out."""
    number = recorded(home)
    keep_sought(home, read_secret(home), number, VALUES)
    add_event(home, number, "erased", rows={}, sought=number)
    return number


def verify(number: str) -> Result:
    """Runs the command."""
    return CliRunner().invoke(main, ["privacy", "verify", number])


def test_nothing_is_found_and_files_and_bytes_are_said(home: Environment, erased: str) -> None:
    result = verify(erased)
    assert result.exit_code == 0, result.output
    looked, short, said = result.output.splitlines()
    found = scan(
        home.home, ["nobody@example.com"], [Path("privacy/secret"), Path("privacy/sought")]
    )
    assert looked == f"Looked through {found.files:,} files with {found.bytes:,} bytes."
    assert short.startswith("1 of 3 values are too short")
    assert said == "Nothing of the person was found."


def test_each_place_is_said_without_the_value(home: Environment, erased: str) -> None:
    (home.home / "a.log").write_text("a run of ANNA.deVries@example.com")
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("insert into t values ('TOM', 31612345678)")
    result = verify(erased)
    assert result.exit_code == 1
    assert "a.log: byte 9 (plain)" in result.output
    assert "warehouse.duckdb: main.t.email (plain)" in result.output
    assert "warehouse.duckdb: main.t.n (plain)" in result.output
    assert "was found, in 3 places" in result.output
    assert "anna" not in result.output.lower()


def test_it_works_after_the_certificate_and_no_plain_value_is_kept(
    home: Environment, erased: str
) -> None:
    [certificate] = certify(home, to_certify(home))
    assert certificate.scan.places == ()
    assert read_request(home, erased).state == "certified"
    assert scan(home.home, VALUES).places == ()
    assert os.listdir(home.privacy / "sought") == [f"{erased}.sought"]
    assert verify(erased).exit_code == 0
    (home.home / "late.csv").write_text("0,+31612345678")
    assert "late.csv: byte 2 (plain)" in verify(erased).output


def test_a_warehouse_that_a_run_holds_is_said(home: Environment, erased: str) -> None:
    with duckdb.connect(str(home.warehouse)):
        result = verify(erased)
    assert result.exit_code == 1
    assert "warehouse.duckdb: could not be read: in use" in result.output
    assert "verify again when it is over" in result.output
    assert "Nothing of the person" not in result.output


def test_what_a_killed_run_has_kept_is_looked_for_still(home: Environment, erased: str) -> None:
    keep_sought(home, read_secret(home), erased, ["+31612345678", "Breestraat 12"])
    (home.home / "a.log").write_text("anna.devries@example.com, +31612345678, Breestraat 12")
    assert "was found, in 3 places" in verify(erased).output


def test_people_who_were_erased_together_are_named(home: Environment, erased: str) -> None:
    other = recorded(home)
    add_event(home, other, "erased", rows={}, sought=erased)
    assert f"looked for, too: {erased}." in verify(other).output


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda home: "erase-20260101-000000", "there is no request 'erase-20260101-000000'"),
        (recorded, "is recorded and was not carried out"),
        (lambda home: recorded(home, "suppress"), "erases nothing"),
    ],
)
def test_what_can_not_be_verified_is_said(home: Environment, prepare: object, message: str) -> None:
    assert callable(prepare)
    result = verify(prepare(home))
    assert result.exit_code == 1
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_missing_and_a_changed_secret_are_said(
    home: Environment, erased: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "another secret of enough characters")
    assert "is another secret than the one" in verify(erased).output
    monkeypatch.delenv(VARIABLE)
    (home.privacy / "secret").unlink()
    result = verify(erased)
    assert (result.exit_code, "is missing: put its file back" in result.output) == (1, True)


def test_without_what_is_kept_nothing_is_proved(home: Environment, erased: str) -> None:
    (home.privacy / "sought" / f"{erased}.sought").unlink()
    assert f"{erased}.sought is missing" in verify(erased).output
    [certificate] = certify(home, to_certify(home))
    assert [place.where for place in certificate.scan.unread] == ["is missing"]
    assert read_request(home, erased).state == "erased"
