"""Opening what is published, while the next publication takes its place."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from customer_platform.declarations import declarations_of
from customer_platform.errors import NoEvidenceError
from customer_platform.publishing import full_edition, publish
from customer_platform.workbench.app import create_app
from customer_platform.workbench.reading import Reader
from customer_platform.workbench.search import search
from customer_platform_tests.workbench.shop import PUBLISHED, SECOND, Shop

THIRD = datetime(2026, 1, 3)


@pytest.fixture
def own_shop(tmp_path: Path) -> Shop:
    """A shop that a test changes."""
    return Shop(tmp_path)


def test_a_new_publication_is_noticed_and_a_page_that_was_begun_goes_on(own_shop: Shop) -> None:
    reader = Reader(own_shop.environment)
    before = reader.current()
    assert reader.current() is before
    own_shop.change("update identity.source_lookup set last_name = 'Janssens'")
    own_shop.publish(THIRD)
    now = reader.current()
    assert (before.published_at, now.published_at) == (SECOND, THIRD)
    assert len(search(now, "janssens")) == 6
    assert len(search(before, "jansen")) == 2
    reader.close()


@pytest.mark.parametrize("typed", ["李小龍", "小龍李", "小龍", "小龍 李"])
def test_names_that_are_written_without_a_blank_are_found(own_shop: Shop, typed: str) -> None:
    own_shop.change("update identity.source_lookup set first_name = '小龍', last_name = '李'")
    own_shop.publish(THIRD)
    reader = Reader(own_shop.environment)
    assert search(reader.current(), typed)
    assert not search(reader.current(), "李大龍")
    reader.close()


def test_the_warehouse_may_be_written_meanwhile(own_shop: Shop) -> None:
    with TestClient(create_app(own_shop.environment)) as client:
        assert client.get("/?q=jansen").status_code == 200
        own_shop.change("delete from identity.source_lookup")
        assert "2 results" in client.get("/?q=jansen").text


def test_what_is_published_is_all_that_can_be_read(own_shop: Shop, tmp_path: Path) -> None:
    import duckdb

    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("secret\n1\n")
    reader = Reader(own_shop.environment)
    with reader.current().masters() as connection:
        assert connection.execute("select count(*) from master.customers_history").fetchall()[0][0]
        with pytest.raises(duckdb.PermissionException):
            connection.execute(f"from read_csv('{elsewhere}')")
    reader.close()


def test_a_page_says_which_moment_it_is_of(own_shop: Shop) -> None:
    with TestClient(create_app(own_shop.environment)) as client:
        assert "2 January 2026, 00:00 UTC" in client.get("/").text
        own_shop.publish(THIRD)
        assert "3 January 2026, 00:00 UTC" in client.get("/").text


def test_a_publication_from_before_there_was_evidence_says_to_publish_again(
    own_shop: Shop,
) -> None:
    import duckdb

    environment = own_shop.environment
    relations = [each for each in declarations_of(environment).published if each.name in PUBLISHED]
    with duckdb.connect(str(environment.warehouse)) as connection:
        publish(connection, [full_edition(environment.published)], relations, THIRD)
    with TestClient(create_app(environment)) as client:
        answer = client.get("/?q=jansen")
        assert answer.status_code == 503
        assert "customer-platform run" in answer.text
    reader = Reader(replace(environment))
    with pytest.raises(NoEvidenceError), reader.current().evidence():
        pass
    reader.close()
