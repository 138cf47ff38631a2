"""A real `dg dev` on a small demo, and a real browser in front of it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from customer_platform.demo.retail import generate
from customer_platform.environment import REPOSITORY, Environment, load_environment

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_START_SECONDS = 120


@dataclass(frozen=True)
class ServedPlatform:
    """A platform that is being served.

    Attributes:
        url: Where its UI is.
        environment: Its deployment.
        variables: The environment variables of its processes.
    """

    url: str
    environment: Environment
    variables: dict[str, str]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_served(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/server_info", timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"dg dev doesn't answer at {url}:\n{log.read_text()}")


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPlatform]:
    """The platform with a built demo of 200 people and 5 days, served with its daemon."""
    if _CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    home = tmp_path_factory.mktemp("served")
    variables = {
        **os.environ,
        "CUSTOMER_PLATFORM_ENVIRONMENT": "development",
        "CUSTOMER_PLATFORM_HOME": str(home),
        "CUSTOMER_PLATFORM_START_DATE": (datetime.now(UTC) - timedelta(days=30)).date().isoformat(),
    }
    environment = load_environment(variables)
    variables |= environment.process_variables
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    generate(home, customers=200, days=5, seed=1, end=yesterday)
    bin_folder = Path(sys.executable).parent
    subprocess.run([bin_folder / "customer-platform", "run"], env=variables, check=True)
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    log = home / "dg_dev.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [bin_folder / "customer-platform", "ui", "--port", str(port)],
            cwd=REPOSITORY,
            env=variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_served(url, process, log)
            yield ServedPlatform(url, environment, variables)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; Playwright brings none of its own here."""
    if _CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, platform: ServedPlatform) -> Iterator[Page]:
    """A fresh page of the UI, whose community pop-up is closed whenever it shows."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    skip = page.get_by_role("button", name="Skip")
    page.add_locator_handler(skip, lambda: skip.click())
    yield page
    context.close()
