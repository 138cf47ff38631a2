"""`customer-platform workbench`, as a process that others reach, or don't."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from customer_platform.cli import main


@contextmanager
def _served(home: Path, *arguments: str) -> Iterator[httpx.Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = "from customer_platform.cli import main; main()"
    command = [sys.executable, "-c", run, "workbench", "--port", str(port)]
    environment = os.environ | {"CUSTOMER_PLATFORM_HOME": str(home)}
    with subprocess.Popen([*command, *arguments], env=environment) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                _wait_for(client, process)
                yield client
        finally:
            process.terminate()


def _wait_for(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the workbench has ended"
        try:
            client.get("/static/workbench.css")
        except httpx.ConnectError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the workbench doesn't answer")


def test_on_loopback_nobody_signs_in_and_no_other_name_leads_there(tmp_path: Path) -> None:
    with _served(tmp_path) as client:
        # Nothing is published here, which is said to whoever may ask.
        assert client.get("/").status_code == 503
        assert client.get("/", headers={"Host": "rebound.example"}).status_code == 421
    assert (tmp_path / "workbench-secret").stat().st_mode & 0o077 == 0


def test_a_header_counts_from_the_proxy_and_from_nobody_who_speaks_for_it(tmp_path: Path) -> None:
    eva = {"X-Remote-User": "Eva"}
    with _served(tmp_path, "--proxy-header", "X-Remote-User") as client:
        assert client.get("/", headers=eva).status_code == 503
        assert client.get("/").status_code == 303
        client.cookies.clear()
        cookie = client.get("/", headers=eva | {"X-Forwarded-Proto": "https"})
        assert "Secure" in cookie.headers["Set-Cookie"]
    with _served(tmp_path, "--proxy-header", "X-Remote-User", "--proxy-peer", "10.0.0.9") as client:
        forwarded = eva | {"X-Forwarded-For": "10.0.0.9"}
        assert client.get("/", headers=forwarded).status_code == 303


def test_another_address_is_refused_until_somebody_can_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(tmp_path))
    refused = CliRunner().invoke(main, ["workbench", "--host", "0.0.0.0"])
    assert refused.exit_code == 1
    assert "workbench-user add" in refused.output
