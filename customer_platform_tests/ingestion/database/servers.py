"""Real database servers that listen on this machine alone, for as long as a context is open.

PostgreSQL and MariaDB are those of Debian's packages. Neither runs as root, so where the tests do,
their servers run as another user.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

PASSWORD = "s3cret/with spice"


def postgresql_binary(name: str) -> Path | None:
    """A program of PostgreSQL, which Debian keeps apart from PATH; None where it is absent."""
    found = shutil.which(name)
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return versions[-1] if versions else Path(found) if found else None


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server; gives the URL of its superuser."""
    initdb, server, asked = map(postgresql_binary, ("initdb", "postgres", "pg_isready"))
    assert initdb is not None
    assert server is not None
    with _folder("postgres") as (folder, owner):
        password = folder / "password"
        password.write_text(PASSWORD)
        os.chmod(password, 0o644)
        data = folder / "data"
        _run(owner, initdb, "-D", data, "-U", "admin", f"--pwfile={password}", "-E", "UTF8",
             "--auth=scram-sha-256", "--no-sync")  # fmt: skip
        port = _free_port()
        arguments = ("-D", data, "-p", port, "-k", folder, "-c", "listen_addresses=127.0.0.1",
                     "-c", "fsync=off")  # fmt: skip
        # It listens before it lets anybody in.
        ready = [str(asked), "-q", "-h", "127.0.0.1", "-p", str(port)]
        with _serving(owner, lambda: subprocess.run(ready).returncode == 0, server, *arguments):
            yield f"postgresql://admin:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"


@contextmanager
def mariadb() -> Iterator[str]:
    """A MariaDB server with an empty database `shop`; gives the URL of a user with all rights."""
    install, server = shutil.which("mariadb-install-db"), _mariadb_server()
    assert install is not None
    assert server is not None
    with _folder("mysql") as (folder, owner):
        data, socket_file, port = folder / "data", folder / "s", _free_port()
        # Two servers that are made at once would take each other's tables from the shared /tmp.
        _run(owner, install, "--no-defaults", f"--datadir={data}", f"--tmpdir={folder}",
             "--skip-test-db", "--auth-root-authentication-method=normal")  # fmt: skip
        start = folder / "start.sql"
        start.write_text(
            "create database shop;\n"
            f"create user admin@'127.0.0.1' identified by '{PASSWORD}';\n"
            "grant all on *.* to admin@'127.0.0.1' with grant option;\n"
        )
        os.chmod(start, 0o644)
        arguments = (f"--datadir={data}", f"--tmpdir={folder}", f"--port={port}",
                     f"--socket={socket_file}", "--bind-address=127.0.0.1",
                     "--skip-name-resolve", f"--init-file={start}",
                     "--innodb-flush-log-at-trx-commit=0")  # fmt: skip
        with _serving(owner, lambda: _listens(port), server, "--no-defaults", *arguments):
            yield f"mysql://admin:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/shop"


def has_mariadb() -> bool:
    """Whether the server can be started."""
    return shutil.which("mariadb-install-db") is not None and _mariadb_server() is not None


def _mariadb_server() -> str | None:
    return shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")


@contextmanager
def _folder(user: str) -> Iterator[tuple[Path, str | None]]:
    """A folder, and the user that owns it where that can't be the user of the tests."""
    # The path of a socket may not be long, so the folder is not one of pytest's.
    with tempfile.TemporaryDirectory(prefix="customer_platform_") as name:
        owner = user if os.geteuid() == 0 else None
        if owner:
            shutil.chown(name, owner)
        yield Path(name), owner


def _run(owner: str | None, *command: object) -> None:
    result = subprocess.run(
        [str(part) for part in command], user=owner, extra_groups=[] if owner else None,
        capture_output=True, text=True, cwd="/",
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr


@contextmanager
def _serving(owner: str | None, is_ready: Callable[[], bool], *command: object) -> Iterator[None]:
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [str(part) for part in command], user=owner, extra_groups=[] if owner else None,
            stdout=log, stderr=log, cwd="/",
        )  # fmt: skip
        try:
            for _ in range(300):
                if is_ready():
                    break
                assert process.poll() is None, _content(log)
                time.sleep(0.1)
            yield
        finally:
            # Connections that a failed test left open must not keep the server up.
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _content(log: object) -> str:
    log.seek(0)  # type: ignore[attr-defined]
    return str(log.read())  # type: ignore[attr-defined]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
