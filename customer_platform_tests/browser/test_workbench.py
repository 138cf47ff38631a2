"""The workbench in a real browser, on the demo of retail."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from customer_platform.environment import load_environment
from customer_platform_tests.support.demos import BuiltDemo
from customer_platform_tests.support.homes import copy_home
from customer_platform_tests.support.served import ServedPlatform, served_workbench

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

_PATIENCE_MS = 60_000
_PAGES = ("/", "/nothing")


@pytest.fixture(scope="module")
def workbench(
    browser: "Browser", retail: BuiltDemo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedPlatform]:
    """The workbench of a copy of the built demo."""
    home = tmp_path_factory.mktemp("workbench")
    environment = load_environment({**retail.variables, "CUSTOMER_PLATFORM_HOME": str(home)})
    copy_home(retail.home, environment)
    with served_workbench(environment) as url:
        yield ServedPlatform(url, environment)


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A page, in which nothing may fail and nothing is asked of anybody else."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    expect.set_options(timeout=_PATIENCE_MS)
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: wrong.append(asked.url) if _is_elsewhere(asked.url) else None)
    yield page
    context.close()
    assert wrong == []


def _is_elsewhere(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "data:"))


def _person(workbench: ServedPlatform) -> tuple[str, str, str, str]:
    """ID, first and last name and email of a customer with several records, orders and visits."""
    catalogue = workbench.environment.published / "customer_platform.duckdb"
    with duckdb.connect(str(catalogue), read_only=True) as connection:
        found = connection.execute(
            "select customer_id, first_name, last_name, email from customers "
            "where email is not null and first_name is not null and len(last_name) > 5 "
            "and record_count > 2 and order_count > 0 "
            "and customer_id in (select customer_id from events) "
            "order by order_count desc, customer_id"
        ).fetchone()
    assert found is not None
    return found


def test_a_customer_is_found_as_one_types_and_read_without_a_mouse(
    page: "Page", workbench: ServedPlatform
) -> None:
    customer, first, last, email = _person(workbench)
    misspelt = last[:2] + last[3] + last[2] + last[4:]
    page.goto(workbench.url)
    search = page.get_by_role("searchbox")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(search).to_be_focused()
    page.keyboard.type(f"{first} {misspelt}")
    whole = page.get_by_role("link", name=f"{first} {last}").first
    expect(whole).to_be_visible()
    search.fill(email)
    expect(page.get_by_text(customer)).to_be_visible()
    whole = page.get_by_role("link", name=f"{first} {last}").first
    whole.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"{first} {last}", level=1)).to_be_visible()
    assert page.url == f"{workbench.url}/customers/{customer}"
    for heading in ("Why these records are one", "Records side by side", "Time line", "History"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    # What is slow comes after the page, without anybody asking.
    expect(page.get_by_role("row").filter(has_text="weakest")).to_be_visible()
    expect(page.locator(".drawing canvas").first).to_be_visible()
    expect(page.locator(".timeline time").first).to_be_visible()
    expect(page.get_by_text("The ID was given on")).to_be_visible()


def test_the_time_line_shows_one_kind_and_goes_back_in_time(
    page: "Page", workbench: ServedPlatform
) -> None:
    customer, *_ = _person(workbench)
    page.goto(f"{workbench.url}/customers/{customer}")
    page.get_by_role("button", name="transactions").click()
    expect(page.locator(".timeline .transactions").first).to_be_visible()
    expect(page.locator(".timeline .events")).to_have_count(0)
    page.get_by_role("button", name="Everything").click()
    expect(page.locator(".timeline .events").first).to_be_visible()
    newest = page.locator(".timeline time").first.inner_text()
    older = page.get_by_role("button", name="Older")
    if older.count():
        older.click()
        expect(page.get_by_role("button", name="Newer")).to_be_visible()
        assert page.locator(".timeline time").first.inner_text() != newest


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_accessible_and_fits_a_phone(
    browser: "Browser", workbench: ServedPlatform, scheme: Any, width: int
) -> None:
    customer, first, last, _ = _person(workbench)
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    found = {}
    for path in (*_PAGES, f"/?q={first} {last}", f"/customers/{customer}"):
        page.goto(f"{workbench.url}{path}")
        page.wait_for_load_state("networkidle")
        serious = [
            f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
            for each in Axe().run(page).response["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            serious.append("it is wider than the screen")
        if serious:
            found[path] = serious
    context.close()
    assert found == {}
