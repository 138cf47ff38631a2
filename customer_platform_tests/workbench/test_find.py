"""Finding somebody by what is known of them."""

import re

import pytest
from fastapi.testclient import TestClient

from customer_platform_tests.workbench.shop import Shop


def _found(client: TestClient, query: str) -> list[str]:
    page = client.get("/find", params={"q": query})
    assert page.status_code == 200
    return re.findall(r'href="/customers/(\w+)"', page.text)


@pytest.mark.parametrize(
    "query",
    [
        "ann jansen", "jansen ann", "JANSEN A", "janssen ann", "ann@example.com", "ann@exa",
        "06 12345678", "061234", "+31612345678", "1013 xy", "1013XY", "ORD-7", "ord-7",
        "webshop:W-1", "w-1",
    ],
)  # fmt: skip
def test_she_is_found_first_by(query: str, steward: TestClient, shop: Shop) -> None:
    assert _found(steward, query)[:1] == [shop.customer("C-1")]


def test_an_id_leads_to_whom_it_is_of_and_a_former_one_to_the_successor(
    steward: TestClient, shop: Shop
) -> None:
    current = shop.customer("C-2")
    [former] = set(shop.former) - {current}
    for query in (current, current[:8], former):
        assert current in _found(steward, query)
    assert "former ID" in steward.get("/find", params={"q": former}).text


def test_a_postcode_finds_all_who_live_there(steward: TestClient, shop: Shop) -> None:
    assert set(_found(steward, "1012AB")) == {shop.customer("C-1"), shop.customer("C-4")}


def test_the_beginning_of_a_name_is_enough_as_one_types(steward: TestClient, shop: Shop) -> None:
    assert set(_found(steward, "jans")) == {shop.customer("C-1"), shop.customer("C-4")}


def test_each_result_says_why(steward: TestClient) -> None:
    assert "phone: +31612345678" in steward.get("/find", params={"q": "0612345678"}).text
    assert "spelt like it: jansen" in steward.get("/find", params={"q": "jansn"}).text


@pytest.mark.parametrize("query", ["denise van dijk", "denise van dik", "dneise dijck"])
def test_short_words_may_be_misspelt_too(query: str, steward: TestClient, shop: Shop) -> None:
    assert _found(steward, query) == [shop.customer("C-6")]


def test_all_words_have_to_match(steward: TestClient) -> None:
    assert _found(steward, "ann bakker") == []


def test_nobody_found_is_said_with_what_to_try(steward: TestClient) -> None:
    page = steward.get("/find", params={"q": "xyzzy"}).text
    assert "No one is found by" in page
    assert "Check the spelling" in page


@pytest.mark.parametrize(
    "query", ["'; drop table x", '"', "%", "\\", "*", "\x00", "🙂", "ß", "a:b:c"]
)
def test_any_characters_may_be_typed(query: str, steward: TestClient) -> None:
    assert steward.get("/find", params={"q": query}).status_code == 200


def test_ten_thousand_characters_are_answered_with_the_limit(steward: TestClient) -> None:
    page = steward.get("/", params={"q": "x" * 10_000})
    assert "Search for at most 200 characters; this has 10,000" in page.text
    assert len(page.text) < 10_000


def test_a_viewer_sees_masked_values(viewer: TestClient, shop: Shop) -> None:
    assert _found(viewer, "ann@example.com") == [shop.customer("C-1")]
    page = viewer.get("/find", params={"q": "0612345678"}).text
    page += viewer.get("/find", params={"q": "jansen"}).text
    for value in ("jansen", "+31612345678", "ann@example.com"):
        assert value not in page.lower().replace('value="jansen"', "")


@pytest.mark.parametrize("query", ["ord-", "w-1", "webshop:W-1"])
def test_a_viewer_gets_no_number_completed(query: str, viewer: TestClient, shop: Shop) -> None:
    page = viewer.get("/find", params={"q": query}).text
    assert shop.customer("C-1") in page
    assert ": ***" in page
    assert not re.search("ord-7|[>: ]w-1", page.lower())


def test_html_in_a_value_is_shown_as_text(steward: TestClient) -> None:
    page = steward.get("/find", params={"q": "bob@example.com"}).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<b>Bob" not in page
