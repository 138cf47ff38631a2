"""The workbench in a real browser: found as one types, read by keyboard, drawn, on a phone."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from customer_platform.workbench.app import create_app
from customer_platform_tests.browser.conftest import browser
from customer_platform_tests.workbench.shop import Shop

__all__ = ["browser"]

pytestmark = pytest.mark.browser

# The machine is busy with other tests meanwhile.
_PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def address(shop: Shop) -> Iterator[str]:
    """Where the workbench of the shop is served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(create_app(shop.environment), port=port, log_level="warning")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains of, and what is asked of others."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    """A fresh page; at the end nothing may have been complained of."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    expect.set_options(timeout=_PATIENCE_MS)
    # Of a request that was given up, as somebody types on, htmx says so.
    page.on(
        "console",
        lambda said: None if "htmx:" in said.text else complaints.append(said.text),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((address, "data:")) else complaints.append(asked.url)
        ),
    )
    yield page
    context.close()
    assert complaints == []


def test_somebody_is_found_as_one_types_and_opened_by_keyboard(page: Page, shop: Shop) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("ann jan", delay=20)
    found = page.get_by_role("link", name="Ann Jansen")
    expect(found).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "q"
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Ann Jansen":
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customers/{shop.customer('C-1')}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ann Jansen")


def test_links_are_drawn_and_parts_come_by_themselves(page: Page, shop: Shop) -> None:
    page.goto(f"/customers/{shop.customer('C-1')}")
    expect(page.locator(".drawing canvas").first).to_be_visible()
    expect(page.get_by_text("Who decided what")).to_be_visible()
    assert page.locator(".timeline > li").count() == 50
    page.get_by_role("button", name="Older").click()
    expect(page.locator(".timeline > li")).to_have_count(11)


def test_html_in_a_value_runs_nothing(page: Page, shop: Shop) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a value has run: {dialog.message}"))
    page.goto(f"/customers/{shop.customer('C-3')}")
    expect(page.get_by_text("Who decided what")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "<b>Bob</b> <script>alert(1)</script>"
    )


@pytest.mark.parametrize("path", ["/?q=jansen", "/customers/{}", "/customers/c_nobody"])
def test_a_phone_shows_a_page_without_scrolling_sideways(
    path: str, page: Page, shop: Shop, complaints: list[str]
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(path.format(shop.customer("C-1")))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    # A browser complains of every page that isn't found.
    complaints[:] = [each for each in complaints if "status of 404" not in each]


def test_the_api_describes_itself(page: Page) -> None:
    page.goto("/api/docs")
    expect(page.get_by_text("/api/match").first).to_be_visible()
