"""What holds for every answer of the workbench."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from customer_platform.environment import load_environment
from customer_platform.errors import SignInError
from customer_platform.workbench.access import require_sign_in
from customer_platform.workbench.app import create_app


@pytest.fixture
def unpublished(tmp_path: Path) -> TestClient:
    """A workbench of a home in which nothing is published."""
    return TestClient(create_app(replace(load_environment(), home=tmp_path)))


def test_a_home_without_a_publication_says_what_publishes(unpublished: TestClient) -> None:
    answer = unpublished.get("/")
    assert answer.status_code == 503
    assert "customer-platform run" in answer.text


def test_the_api_answers_an_error_as_json(unpublished: TestClient) -> None:
    answer = unpublished.get("/api/customers?q=ann")
    assert (answer.status_code, list(answer.json())) == (503, ["detail"])


def test_no_answer_lets_a_script_in_a_page_run(unpublished: TestClient) -> None:
    for path in ("/", "/nothing", "/static/workbench.css"):
        policy = unpublished.get(path).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_what_a_page_shows_of_people_is_not_kept_by_a_browser(unpublished: TestClient) -> None:
    assert unpublished.get("/").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_may_be_listened_on(host: str) -> None:
    require_sign_in(host, can_sign_in=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "example.com"])
def test_an_address_that_others_reach_is_refused(host: str) -> None:
    with pytest.raises(SignInError, match=r"127\.0\.0\.1"):
        require_sign_in(host, can_sign_in=False)
    require_sign_in(host, can_sign_in=True)
