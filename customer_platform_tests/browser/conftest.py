"""A real `dg dev` on the demo of retail, and a real browser in front of it."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from customer_platform_tests.support.demos import BuiltDemo
from customer_platform_tests.support.served import ServedPlatform, served

# The machine is busy with other tests meanwhile.
_PATIENCE_MS = 180_000

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; Playwright brings none of its own here.

    It has an event loop running in this thread, which tests that come later must not find.
    """
    if _CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def platform(
    browser: Browser, retail: BuiltDemo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedPlatform]:
    """The platform with the built demo of retail, served with its daemon."""
    with served(retail, tmp_path_factory.mktemp("served")) as platform:
        yield platform


@pytest.fixture
def page(browser: Browser, platform: ServedPlatform) -> Iterator[Page]:
    """A fresh page of the UI, whose community pop-up is closed whenever it shows."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    expect.set_options(timeout=_PATIENCE_MS)
    skip = page.get_by_role("button", name="Skip")
    page.add_locator_handler(skip, lambda: skip.click())
    yield page
    context.close()
