"""The API: what the pages show, as JSON, and to whom a record would belong."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from customer_platform_tests.workbench.shop import Shop


def _match(client: TestClient, **record: str) -> dict[str, Any]:
    answer = client.post("/api/match", json={"record": record})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_search_answers_with_who_is_found_and_why(steward: TestClient, shop: Shop) -> None:
    answer = steward.get("/api/customers", params={"q": "ann jansen"}).json()
    assert answer["published_at"] == "2026-01-02T00:00:00Z"
    [first] = answer["results"]
    assert first["id"] == shop.customer("C-1")
    assert first["reasons"] == ["first name: ann", "last name: jansen"]


def test_a_customer_has_values_with_sources_and_records(steward: TestClient, shop: Shop) -> None:
    found = steward.get(f"/api/customers/{shop.customer('C-1')}").json()
    assert found["attributes"]["first_name"] == {
        "value": "Ann",
        "source": "crm",
        "survivorship": "most frequent",
        "others": [{"value": "A.", "sources": ["webshop"]}],
    }
    assert {each["record"] for each in found["records"]} == {"crm:C-1", "webshop:W-1"}


def test_a_retired_id_leads_to_its_successor(steward: TestClient, shop: Shop) -> None:
    current = shop.customer("C-2")
    [former] = set(shop.former) - {current}
    answer = steward.get(f"/api/customers/{former}")
    assert (answer.status_code, answer.headers["Location"]) == (307, f"/api/customers/{current}")


def test_an_unknown_id_is_not_found(steward: TestClient) -> None:
    answer = steward.get("/api/customers/c_nobody")
    assert answer.status_code == 404
    assert "no customer has or had the ID" in answer.json()["detail"]


def test_a_record_belongs_to_who_has_its_values_however_they_are_written(
    steward: TestClient, shop: Shop
) -> None:
    found = _match(steward, email=" ANN@Example.com ", first_name="ann")
    assert found["id"] == shop.customer("C-1")
    [reason] = found["reasons"]
    assert (reason["rule"], reason["records"]) == ("email", 2)
    assert reason["values"] == {"email": "ann@example.com"}
    assert found["not_compared"] == ["similar_person"]
    # A key may be a number of one source; here none is.
    assert _match(steward, source="shop", email="ann@example.com")["id"] == found["id"]


def test_a_record_without_anybody_s_values_would_be_somebody_new(steward: TestClient) -> None:
    found = _match(steward, email="new@example.com")
    assert (found["id"], found["reasons"], found["merges"]) == (None, [], [])


def test_a_limit_refuses_the_link_as_in_a_run(steward: TestClient, shop: Shop) -> None:
    found = _match(steward, email="ann@example.com", first_name="Zacharias")
    assert found["id"] is None
    assert found["refused"] == [
        {"rule": "email", "id": shop.customer("C-1"), "because": "limit first_name"}
    ]


def test_an_ignored_value_links_nobody(steward: TestClient) -> None:
    assert _match(steward, email="info@example.com")["keys"]["email"] is None


def test_a_record_that_joins_two_says_whom_it_would_merge(steward: TestClient, shop: Shop) -> None:
    found = _match(
        steward,
        email="cor@example.com",
        phone="0612345678",
        last_name="Jansen",
        first_name="Ann",
    )
    assert (found["id"], found["merges"]) == (shop.customer("C-1"), [])
    found = _match(
        steward, email="zoe@example.com", phone="06 12345678", last_name="Jansen", first_name="Ann"
    )
    assert (found["id"], found["merges"]) == (shop.customer("C-5"), [shop.customer("C-1")])


def test_what_a_steward_called_different_stays_apart(steward: TestClient, shop: Shop) -> None:
    found = _match(
        steward, email="dora@example.com", phone="0612345678", last_name="Jansen", first_name="Ann"
    )
    assert (found["id"], found["merges"]) == (shop.customer("C-4"), [])
    assert found["refused"] == [
        {"rule": "phone_and_name", "id": shop.customer("C-1"), "because": "override different"}
    ]


def test_an_attribute_that_there_is_not_is_named(steward: TestClient) -> None:
    answer = steward.post("/api/match", json={"record": {"emial": "x"}})
    assert answer.status_code == 400
    assert "did you mean 'email'" in answer.json()["detail"]


def test_an_invalid_request_is_answered_without_what_was_sent(steward: TestClient) -> None:
    answer = steward.post("/api/match", json={"record": "ann@example.com"})
    assert answer.status_code == 422
    assert "ann@example.com" not in answer.text


def test_a_viewer_sees_masked_values(viewer: TestClient, shop: Shop) -> None:
    found = viewer.get(f"/api/customers/{shop.customer('C-1')}").text
    found += viewer.get("/api/customers", params={"q": "0612345678"}).text
    for value in ("Jansen", "+31612345678", "ann@example.com"):
        assert value not in found


def test_the_api_is_described_by_files_that_are_shipped(steward: TestClient) -> None:
    paths = steward.get("/api/openapi.json").json()["paths"]
    assert {"/api/match", "/api/{entities}", "/api/{entities}/{owner}"} <= set(paths)
    page = steward.get("/api/docs").text
    assert "//" not in page.replace("<!doctype html>", "")


@pytest.mark.parametrize("file", ["swagger-ui-bundle.js", "swagger-ui.css", "htmx.min.js"])
def test_what_a_page_names_is_there(file: str, steward: TestClient) -> None:
    assert steward.get(f"/static/vendor/{file}").status_code == 200
