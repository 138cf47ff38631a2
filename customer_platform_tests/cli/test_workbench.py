"""`customer-platform workbench`, as a process that others reach, or don't."""

import os
import shutil
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
from customer_platform.workbench.users import FILE as USERS
from customer_platform.workbench.users import Users


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _served(home: Path, *arguments: str) -> Iterator[httpx.Client]:
    port = _free_port()
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


# As in docs/workbench-access.md, where nginx asks for a password itself.
_NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port};
        auth_basic "workbench";
        auth_basic_user_file {folder}/passwords;
        location / {{
            proxy_pass {workbench};
            proxy_set_header Host $host;
            proxy_set_header X-Remote-User $remote_user;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""


@contextmanager
def _behind_nginx(folder: Path, workbench: str) -> Iterator[httpx.Client]:
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("no nginx on this machine: apt-get install nginx-light")
    folder.mkdir()
    port = _free_port()
    (folder / "passwords").write_text("eva:{PLAIN}secret\ntom:{PLAIN}secret\n")
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, port=port, workbench=workbench))
    with subprocess.Popen([nginx, "-c", str(configuration)]) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                _wait_for(client, process)
                yield client
        finally:
            process.terminate()


def test_nginx_says_who_asks_whatever_a_browser_claims(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    Users(home / USERS).keep("eva", "steward", None)
    with (
        _served(home, "--proxy-header", "X-Remote-User") as direct,
        _behind_nginx(tmp_path / "nginx", str(direct.base_url)) as client,
    ):
        assert client.get("/").status_code == 401
        seen = client.get("/decide", auth=("eva", "secret"), headers={"X-Remote-User": "boss"})
        assert "Signed in as eva (steward)" in seen.text
        # Whom nobody has named reads.
        seen = client.get("/", auth=("tom", "secret"), headers={"X-Remote-User": "eva"})
        assert "Signed in as tom (viewer)" in seen.text
        assert client.get("/decide", auth=("tom", "secret")).status_code == 403


def test_another_address_is_refused_until_somebody_can_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(tmp_path))
    refused = CliRunner().invoke(main, ["workbench", "--host", "0.0.0.0"])
    assert refused.exit_code == 1
    assert "workbench-user add" in refused.output
