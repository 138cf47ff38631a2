"""The file of requests: only ever added to, and without personal data."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from customer_platform.environment import Environment, load_environment
from customer_platform.errors import PrivacyError
from customer_platform.privacy.requests import (
    Request,
    add_event,
    digests_of,
    read_request,
    read_requests,
    record_request,
)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return replace(load_environment({}), home=tmp_path)


def _request(**stated: Any) -> Request:
    made = Request("", "erase", datetime.now(UTC), "asked", "dpo", {"record": ("aa", "bb")})
    return replace(made, **stated)


def test_a_request_is_read_as_it_was_recorded(environment: Environment) -> None:
    kept = record_request(environment, _request(ids={"customer": ("c_1",)}))
    assert read_requests(environment) == {kept.number: kept}
    assert kept.number.startswith("erase-")
    assert (environment.privacy / "requests.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_comes_of_a_request_is_added_to_it(environment: Environment) -> None:
    number = record_request(environment, _request()).number
    add_event(environment, number, "erased", rows={"raw.a": 2}, digests={"visitor": ["cc"]})
    add_event(environment, number, "kept_out", rows=3)
    add_event(environment, number, "kept_out", rows=4)
    found = read_request(environment, number)
    assert (found.state, found.kept_out, dict(found.rows)) == ("erased", 7, {"raw.a": 2})
    assert found.digests == {"record": ("aa", "bb"), "visitor": ("cc",)}


def test_a_hold_waits_until_its_day_has_passed(environment: Environment) -> None:
    hold = _request(hold_until=date(2026, 3, 5), hold_reason="law suit")
    found = read_request(environment, record_request(environment, hold).number)
    assert not found.keeps_out(date(2026, 3, 5))
    assert found.keeps_out(date(2026, 3, 6))


def test_who_is_withdrawn_is_not_kept_out(environment: Environment) -> None:
    number = record_request(environment, _request(kind="suppress")).number
    assert read_request(environment, number).keeps_out(date(2026, 3, 5))
    add_event(environment, number, "withdrawn", reason="signed up again")
    assert not read_request(environment, number).keeps_out(date(2026, 3, 5))


def test_a_hash_of_several_requests_is_of_the_first(environment: Environment) -> None:
    first = record_request(environment, _request())
    record_request(environment, _request(digests={"record": ("bb", "cc")}))
    found = digests_of(read_requests(environment).values())
    assert found["record"]["bb"] == first.number
    assert set(found["record"]) == {"aa", "bb", "cc"}


@pytest.mark.parametrize("line", ["{", '{"request": "x"}', '{"request": "x", "event": "gone"}'])
def test_a_broken_line_is_named(environment: Environment, line: str) -> None:
    record_request(environment, _request())
    path = environment.privacy / "requests.jsonl"
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(PrivacyError, match=r"requests\.jsonl:2: this line can't be read"):
        read_requests(environment)


def test_an_unknown_request_is_refused_with_those_there_are(environment: Environment) -> None:
    with pytest.raises(PrivacyError, match="there are none"):
        read_request(environment, "erase-1")
    number = record_request(environment, _request()).number
    with pytest.raises(PrivacyError, match=number):
        read_request(environment, "erase-1")
