"""The page of a customer, and its parts."""

import html
import json
import re

import pytest
from fastapi.testclient import TestClient

from customer_platform.stewardship.decisions_store import NewDecision, open_decisions
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.workbench.shop import Shop

PARTS = ("", "/links", "/timeline", "/history")


def _page(client: TestClient, shop: Shop, number: str, part: str = "") -> str:
    answer = client.get(f"/customers/{shop.customer(number)}{part}")
    assert answer.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", answer.text))


def test_a_value_has_its_source_and_those_that_lost(steward: TestClient, shop: Shop) -> None:
    page = _page(steward, shop, "C-1")
    row = re.search(r'<th scope="row">first name</th>(.*?)</tr>', page)
    assert row is not None
    assert re.sub("<[^>]+>| ", "", row[1]) == "AnncrmmostfrequentA.webshop"


def test_records_are_side_by_side(steward: TestClient, shop: Shop) -> None:
    page = _page(steward, shop, "C-1")
    assert "crm:C-1" in page
    assert "webshop:W-1" in page


def test_consents_and_identifiers_are_listed(steward: TestClient, shop: Shop) -> None:
    page = _page(steward, shop, "C-1")
    assert re.search(r"<dt>email consent</dt><dd>yes", page)
    assert "<dd>+31612345678</dd>" in page


def test_each_link_says_why_and_the_weakest_is_marked(steward: TestClient, shop: Shop) -> None:
    page = _page(steward, shop, "C-1", "/links")
    assert "email = ann@example.com" in page
    assert page.count('<tr class="weakest">') == 1
    drawn = re.search(r'data-drawing="(\[.*?\])"', page)
    assert drawn is not None
    elements = json.loads(drawn[1])
    assert {each["data"].get("id") for each in elements} == {"crm:C-1", "webshop:W-1", None}
    assert [each["classes"] for each in elements if "label" in each["data"]] == ["weakest"]


def test_a_single_record_has_no_link(steward: TestClient, shop: Shop) -> None:
    assert "There is a single record" in _page(steward, shop, "C-4", "/links")


def test_the_time_line_has_pages_and_says_what_was_returned(
    steward: TestClient, shop: Shop
) -> None:
    first = _page(steward, shop, "C-1", "/timeline")
    second = _page(steward, shop, "C-1", "/timeline?page=2")
    assert first.count("<li") == 50
    assert second.count("<li") == 11
    assert "returned on 2026-01-01" in second
    assert "undoes T-0" in second
    assert _page(steward, shop, "C-1", "/timeline?kind=events").count("<li") == 1


def test_history_says_what_was_known_when_and_who_decided(steward: TestClient, shop: Shop) -> None:
    page = _page(steward, shop, "C-1", "/history")
    assert "<td>ann@example.com</td><td>ann@new.example</td>" in page
    assert "<td>Eva</td><td>different</td>" in page
    assert "mother, daughter" in page


def test_history_has_decisions_of_the_store_at_once_also_withdrawn_ones(
    steward: TestClient, viewer: TestClient, shop: Shop
) -> None:
    store = open_decisions(shop.environment, "customer")
    records = RecordName("crm", "C-1"), RecordName("crm", "C-2")
    [made] = store.decide([NewDecision("different", *records, "seen at the counter")], "Ida")
    try:
        assert "seen at the counter" in _page(steward, shop, "C-1", "/history")
        assert "seen at the counter" not in _page(viewer, shop, "C-1", "/history")
    finally:
        store.withdraw(made.number, "Ida", "")
    assert "different, withdrawn" in _page(steward, shop, "C-1", "/history")


def test_a_merge_is_in_the_history_of_who_is_left(steward: TestClient, shop: Shop) -> None:
    [former] = set(shop.former) - {shop.customer("C-2")}
    page = _page(steward, shop, "C-2", "/history")
    assert "Merged into it" in page
    assert former in page


def test_a_retired_id_leads_to_its_successor_which_says_so(steward: TestClient, shop: Shop) -> None:
    current = shop.customer("C-2")
    [former] = set(shop.former) - {current}
    answer = steward.get(f"/customers/{former}")
    assert answer.headers["Location"] == f"/customers/{current}?former={former}"
    assert f"{former} is a former ID" in steward.get(answer.headers["Location"]).text


@pytest.mark.parametrize("part", PARTS)
def test_an_id_that_was_never_given_is_not_found(part: str, steward: TestClient) -> None:
    answer = steward.get(f"/customers/c_nobody{part}")
    assert answer.status_code == 404
    assert "no customer has or had the ID" in answer.text


def test_an_entity_that_is_not_resolved_is_not_found(steward: TestClient) -> None:
    answer = steward.get("/custmers/c_1")
    assert answer.status_code == 404
    assert "did you mean" in answer.text


@pytest.mark.parametrize("part", PARTS)
def test_html_in_a_value_is_shown_as_text(part: str, steward: TestClient, shop: Shop) -> None:
    answer = steward.get(f"/customers/{shop.customer('C-3')}{part}")
    assert "<script>alert" not in answer.text
    assert "<b>Bob" not in answer.text


@pytest.mark.parametrize("part", PARTS)
def test_a_viewer_sees_masked_values(part: str, viewer: TestClient, shop: Shop) -> None:
    page = _page(viewer, shop, "C-1", part)
    for value in ("Jansen", "+31612345678", "ann@example.com", "1012AB", "mother, daughter"):
        assert value not in page


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_loaded_from_elsewhere_and_nothing_runs_inline(
    part: str, steward: TestClient, shop: Shop
) -> None:
    page = steward.get(f"/customers/{shop.customer('C-4')}{part}").text
    assert "//" not in page.replace("<!doctype html>", "")
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", page)


def test_a_comment_stays_with_its_record_and_a_viewer_sees_who_wrote_it_alone(
    steward: TestClient, viewer: TestClient, shop: Shop
) -> None:
    path = f"/customers/{shop.customer('C-4')}/comments"
    assert "Nobody has written anything" in steward.get(path).text
    token = re.findall('X-CSRF-Token": "([0-9a-f]+)"', steward.get("/").text)[0]
    said = {"csrf": token, "record": "crm:C-4", "text": "<b>Called</b>: her number is new"}
    added = steward.post(path, data=said, headers={"HX-Request": "true"})
    assert "&lt;b&gt;Called&lt;/b&gt;: her number is new" in added.text
    assert steward.post(path, data=said).headers["Location"] == path.removesuffix("/comments")
    seen = viewer.get(path).text
    assert "Called" not in seen
    assert "hidden for your role" in seen
    assert "C-4" not in seen
    assert "<form" not in seen
    assert "Called" not in steward.get(f"/customers/{shop.customer('C-1')}/comments").text


@pytest.mark.parametrize(
    ("record", "text", "message"),
    [("crm:C-1", "hers", "is no record of theirs"), ("crm:C-4", "  ", "Write what")],
)
def test_a_comment_says_something_about_a_record_of_the_customer(
    steward: TestClient, shop: Shop, record: str, text: str, message: str
) -> None:
    token = re.findall('X-CSRF-Token": "([0-9a-f]+)"', steward.get("/").text)[0]
    answer = steward.post(
        f"/customers/{shop.customer('C-4')}/comments",
        data={"csrf": token, "record": record, "text": text},
    )
    assert answer.status_code == 400
    assert message in html.unescape(answer.text)
