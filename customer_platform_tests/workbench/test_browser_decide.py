"""Stewards decide in a real browser: by key, with the mouse, and with what they type."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from customer_platform.environment import Environment, load_environment
from customer_platform.stewardship.decide.overrides_file import HEADER
from customer_platform.stewardship.decisions_store import open_decisions
from customer_platform.workbench.app import create_app
from customer_platform_tests.cli.stewarded import customer_of
from customer_platform_tests.support.projects import checkout
from customer_platform_tests.workbench.desk import publish_small
from customer_platform_tests.workbench.test_browser import browser, complaints, page

__all__ = ["browser", "complaints", "page"]

pytestmark = pytest.mark.browser


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A published home with two pairs to review, and a seed of its own."""
    seeds = tmp_path / "seeds" / "retail"
    seeds.mkdir(parents=True)
    (seeds / "link_overrides.csv").write_text(",".join(HEADER) + "\n")
    shutil.copy(checkout().dbt / "dbt_project.yml", tmp_path)
    project = replace(checkout(), dbt=tmp_path)
    environment = replace(load_environment(), home=tmp_path / "home", project=project)
    publish_small(environment)
    return environment


@pytest.fixture
def address(environment: Environment) -> Iterator[str]:
    """Where the workbench of that home is served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(environment), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def _press(page: Page, key: str) -> None:
    """Presses a key once the page listens."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def _kinds(environment: Environment) -> list[str]:
    return [each.decision.kind for each in open_decisions(environment, "customer").decisions()]


def test_pairs_are_decided_skipped_and_undone_by_key(page: Page, environment: Environment) -> None:
    page.goto("/decide")
    heads = page.locator("table.pair thead")
    expect(heads).to_contain_text("crm:1")
    expect(page.locator(".effects")).to_contain_text("become one customer")
    # Who types a reason presses no button by it.
    page.locator("#reason").press_sequentially("desk")
    page.locator("h1").click()
    _press(page, "s")
    expect(heads).to_contain_text("crm:4")
    assert _kinds(environment) == ["same"]
    _press(page, "k")
    expect(heads).to_contain_text("crm:2:b")
    _press(page, "u")
    expect(heads).to_contain_text("crm:4")
    _press(page, "d")
    expect(heads).to_contain_text("crm:2:b")
    assert _kinds(environment) == ["same", "different"]
    _press(page, "u")
    expect(heads).to_contain_text("crm:4")
    assert _kinds(environment) == ["same"]
    [kept] = open_decisions(environment, "customer").decisions()
    assert kept.decision.reason == "desk"


def test_a_customer_is_split_and_many_pairs_are_decided(
    page: Page, environment: Environment
) -> None:
    page.goto(f"/decide/customers/split/{customer_of(environment.warehouse, '1')}")
    page.get_by_label("crm:2:b").check()
    page.get_by_role("button", name="Show what it does").click()
    expect(page.get_by_role("status")).to_contain_text("1 split")
    page.get_by_label("Reason").fill("two people")
    page.get_by_role("button", name="Split").click()
    expect(page.locator("main")).to_contain_text("crm:1 and crm:2:b are two customers")
    page.goto("/decide/customers/bulk")
    page.get_by_label("Probability from").fill("0.7")
    page.get_by_role("button", name="Show what it does").click()
    page.get_by_label("Reason").fill("seen")
    page.get_by_role("button", name="Decide about 1 pair").click()
    expect(page.locator("main")).to_contain_text("crm:1 and crm:3 are one customer")
    assert _kinds(environment) == ["different", "same"]


def test_rules_are_tried_as_they_are_typed(page: Page) -> None:
    page.goto("/rules")
    expect(page.locator("#tried")).to_contain_text("These records are")
    expect(page.locator(".drawing canvas").first).to_be_visible()
    page.locator("#rules").fill("match_rules: [")
    expect(page.locator("#tried")).to_contain_text("rules:")
    expect(page.locator("#tried [role=alert]")).to_be_visible()
