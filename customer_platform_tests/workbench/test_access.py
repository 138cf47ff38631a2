"""Who gets in, what they may do, and what is noted of it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from customer_platform.cli import main
from customer_platform.environment import load_environment
from customer_platform.errors import SignInError
from customer_platform.workbench.access import current_user, role_for
from customer_platform.workbench.access_log import AccessLog
from customer_platform.workbench.app import create_app
from customer_platform.workbench.gate import Access
from customer_platform.workbench.sessions import COOKIE, Sessions, read_secret
from customer_platform.workbench.users import Attempts, Users

PASSWORD = "correct horse battery"


@pytest.fixture
def access(tmp_path: Path) -> Access:
    """A workbench to which Eva, a steward, and Vic, a viewer, sign in."""
    users = Users(tmp_path / "users.json")
    users.keep("Eva", "steward", PASSWORD)
    users.keep("Vic", "viewer", PASSWORD)
    return Access(Sessions(b"x" * 32), users, AccessLog(tmp_path / "logs" / "access.jsonl"))


def _client(access: Access, tmp_path: Path, base_url: str = "http://testserver") -> TestClient:
    """A browser at a workbench with a page about a customer, and one that changes something."""
    app = create_app(replace(load_environment(), home=tmp_path), access)

    @app.get("/seen/{owner}")
    def seen(request: Request, owner: str) -> Response:
        user = current_user(request)
        return PlainTextResponse(f"{user.name} {user.role} {request.state.token}")

    @app.post("/change")
    async def change(request: Request) -> Response:
        form = await request.form()
        return PlainTextResponse(f"changed {form.get('what')}")

    # Before those of the workbench, of which one takes any path of two parts.
    for _ in range(2):
        app.router.routes.insert(0, app.router.routes.pop())
    return TestClient(app, follow_redirects=False, base_url=base_url)


@pytest.fixture
def client(access: Access, tmp_path: Path) -> TestClient:
    return _client(access, tmp_path)


def _token(client: TestClient) -> str:
    page = client.get("/sign-in").text
    [token] = {*re.findall('name="csrf" value="([0-9a-f]+)"', page)}
    return token


def _sign_in(
    client: TestClient, name: str, password: str = PASSWORD, to: str = "/"
) -> httpx.Response:
    form = {"name": name, "password": password, "csrf": _token(client), "to": to}
    return client.post("/sign-in", data=form)


def test_nobody_sees_a_page_without_having_signed_in(client: TestClient) -> None:
    answer = client.get("/seen/c_1")
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/sign-in?to=/seen/c_1",
    )
    assert client.get("/api/openapi.json").status_code == 401
    assert client.post("/change").status_code == 303
    part = client.get("/seen/c_1", headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == "/sign-in"
    assert client.get("/static/workbench.css").status_code == 200


def test_a_name_and_a_password_let_in_and_lead_on(client: TestClient) -> None:
    answer = _sign_in(client, "Eva", to="/seen/c_1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/seen/c_1")
    assert client.get("/seen/c_1").text.startswith("Eva steward ")


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
def test_signing_in_never_leads_to_another_site(client: TestClient, to: str) -> None:
    assert _sign_in(client, "Eva", to=to).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("name", "password"), [("Eva", "wrong"), ("Nobody", PASSWORD), ("Eva", "x" * 999)]
)
def test_a_wrong_name_or_password_is_refused_alike(
    client: TestClient, name: str, password: str
) -> None:
    answer = _sign_in(client, name, password)
    assert answer.status_code == 401
    assert "There is no user of this name and password." in answer.text
    assert client.get("/seen/c_1").status_code == 303


def test_whoever_guesses_has_to_wait_also_with_the_right_password(client: TestClient) -> None:
    for _ in range(3):
        assert _sign_in(client, "Eva", "wrong").status_code == 401
    answer = _sign_in(client, "Eva")
    assert (answer.status_code, "Try again in" in answer.text) == (429, True)


def test_attempts_at_once_count_before_any_has_failed() -> None:
    attempts = Attempts()
    assert [attempts.begin("name Eva") > 0 for _ in range(5)] == [False] * 3 + [True] * 2
    attempts.succeeded("name Eva")
    assert attempts.begin("name Eva") == 0


def test_a_cookie_is_kept_from_scripts_and_other_sites(access: Access, tmp_path: Path) -> None:
    plain = _client(access, tmp_path).get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=strict" in plain
    assert "Secure" not in plain
    https = _client(access, tmp_path, base_url="https://workbench.example")
    assert "Secure" in https.get("/sign-in").headers["Set-Cookie"]


def test_a_forged_cookie_lets_nobody_in(client: TestClient) -> None:
    forged = Sessions(b"y" * 32)
    client.cookies.set(COOKIE, forged.written(forged.begin("Eva", "x")))
    assert client.get("/seen/c_1").status_code == 303


def test_signing_out_another_password_and_removal_end_a_session(
    client: TestClient, access: Access
) -> None:
    def is_in() -> bool:
        return client.get("/seen/c_1").status_code == 200

    _sign_in(client, "Eva")
    client.post("/sign-out", headers={"X-CSRF-Token": _token_of(client)})
    assert not is_in()
    _sign_in(client, "Eva")
    assert is_in()
    access.users.keep("Eva", "steward", "another password")
    assert not is_in()
    _sign_in(client, "Eva", "another password")
    assert is_in()
    access.users.remove("Eva")
    assert not is_in()
    # Without any user nobody gets in, as everybody had to sign in when it was started.
    access.users.remove("Vic")
    assert client.get("/seen/c_1").status_code == 303
    access.users.path.unlink()
    assert client.get("/seen/c_1").status_code == 303


def _token_of(client: TestClient) -> str:
    return client.get("/seen/c_1").text.split()[-1]


def test_what_is_sent_from_another_site_is_refused(client: TestClient) -> None:
    _sign_in(client, "Eva")
    token = _token_of(client)
    for headers in ({}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": "\u00e9"}):
        encoded = {key: value.encode() for key, value in headers.items()}
        refused = client.post("/change", data={"what": "it"}, headers=encoded)
        assert refused.status_code == 403
    sent = client.post("/change", data={"what": "it"}, headers={"X-CSRF-Token": token})
    assert sent.text == "changed it"
    # And from a form, without a script.
    assert client.post("/change", data={"what": "it", "csrf": token}).text == "changed it"


def test_a_token_is_of_one_session(access: Access, tmp_path: Path) -> None:
    eva, other = _client(access, tmp_path), _client(access, tmp_path)
    _sign_in(eva, "Eva")
    _sign_in(other, "Eva")
    headers = {"X-CSRF-Token": _token_of(other)}
    assert eva.post("/change", headers=headers).status_code == 403


def test_a_viewer_changes_nothing(client: TestClient) -> None:
    _sign_in(client, "Vic")
    assert client.get("/seen/c_1").text.startswith("Vic viewer ")
    refused = client.post("/change", headers={"X-CSRF-Token": _token_of(client)})
    assert (refused.status_code, "needs the role steward" in refused.text) == (403, True)


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("GET", "/customers/c_1", "viewer"),
        ("GET", "/customers/c_1/links", "viewer"),
        ("GET", "/rules_of_thumb/r_1", "viewer"),
        ("GET", "/health/customers/checks", "viewer"),
        ("GET", "/customers/c_1/whatever", "steward"),
        ("GET", "/whatever/comes/next", "steward"),
        ("GET", "/decide", "steward"),
        ("POST", "/health/customers/ignore", "admin"),
        ("GET", "/decide/customers", "steward"),
        ("GET", "/rules/customers", "steward"),
        ("POST", "/api/match", "viewer"),
        ("POST", "/api/buyers/match", "viewer"),
        ("POST", "/api/buyers/sellers/match", "steward"),
        ("DELETE", "/api/match", "steward"),
        ("POST", "/whatever/comes/next", "steward"),
    ],
)
def test_what_is_not_known_to_be_reading_needs_a_steward(method: str, path: str, role: str) -> None:
    assert role_for(method, path) == role


def test_what_is_too_large_is_refused(client: TestClient) -> None:
    _sign_in(client, "Eva")
    headers = {"X-CSRF-Token": _token_of(client)}
    assert client.post("/change", content=b"x" * (3 << 20), headers=headers).status_code == 413


def test_on_loopback_without_users_whoever_runs_it_may_do_all(tmp_path: Path) -> None:
    access = Access(
        Sessions(b"x" * 32),
        Users(tmp_path / "none.json"),
        may_be_open=True,
        hosts=frozenset(["localhost"]),
    )
    client = _client(access, tmp_path, base_url="http://localhost")
    assert client.get("/seen/c_1").text.split()[-2] == "admin"
    headers = {"X-CSRF-Token": _token_of(client)}
    assert client.post("/change", headers=headers).status_code == 200
    assert client.post("/change").status_code == 403
    # A site whose name leads to this machine would have the browser read what it is shown.
    elsewhere = _client(access, tmp_path, base_url="http://rebound.example")
    assert elsewhere.get("/seen/c_1").status_code == 421


def test_a_proxy_says_who_asks_and_nobody_else(access: Access, tmp_path: Path) -> None:
    behind = replace(access, proxy_header="X-Remote-User", proxy_peers=frozenset(["testclient"]))
    client = _client(behind, tmp_path)
    for name, told in [("Eva", "Eva steward "), ("Stranger", "Stranger viewer ")]:
        assert client.get("/seen/c_1", headers={"X-Remote-User": name}).text.startswith(told)
    assert client.get("/seen/c_1").status_code == 303
    secure = {"X-Remote-User": "Eva", "X-Forwarded-Proto": "https"}
    client.cookies.clear()
    assert "Secure" in client.get("/seen/c_1", headers=secure).headers["Set-Cookie"]
    elsewhere = _client(replace(behind, proxy_peers=frozenset(["10.0.0.9"])), tmp_path)
    assert elsewhere.get("/seen/c_1", headers={"X-Remote-User": "Eva"}).status_code == 303


def test_who_looked_at_whom_is_noted_without_values(client: TestClient, access: Access) -> None:
    _sign_in(client, "Eva")
    client.get("/seen/c_1?q=ann@example.com")
    client.get("/nothing/at/all/ann@example.com")
    assert access.log is not None
    text = access.log.path.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    [signed_in] = [line for line in lines if line["page"] == "/sign-in" and line["status"] == 303]
    assert signed_in["user"] == "Eva"
    [seen] = [line for line in lines if line["customers"]]
    assert (seen["user"], seen["page"], seen["customers"]) == (
        "Eva",
        "/seen/{owner}",
        ["c_1"],
    )
    assert "ann@" not in text
    assert PASSWORD not in text
    assert access.log.path.stat().st_mode & 0o077 == 0


def test_passwords_are_kept_as_argon2_hashes_for_the_owner_alone(access: Access) -> None:
    text = access.users.path.read_text()
    assert text.count("$argon2id$") == 2
    assert PASSWORD not in text
    assert access.users.path.stat().st_mode & 0o077 == 0


def test_a_file_of_users_that_is_not_right_is_named(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    for text in ("{", '[{"name": "Eva"}]', '[{"name": "Eva", "role": "boss"}]'):
        path.write_text(text)
        with pytest.raises(SignInError, match=r"users\.json"):
            Users(path).all()


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    secret = read_secret(tmp_path)
    assert (len(secret), read_secret(tmp_path)) == (32, secret)
    assert [path.name for path in tmp_path.iterdir()] == ["workbench-secret"]
    assert (tmp_path / "workbench-secret").stat().st_mode & 0o077 == 0


def test_a_secret_that_is_not_whole_signs_nothing(tmp_path: Path) -> None:
    (tmp_path / "workbench-secret").touch()
    with pytest.raises(SignInError, match="0 bytes instead of 32"):
        read_secret(tmp_path)


def test_users_are_added_listed_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(tmp_path))

    def run(*arguments: str, typed: str = "") -> str:
        return CliRunner().invoke(main, ["workbench-user", *arguments], input=typed).output

    assert "There are no users" in run("list")
    assert "Eva is a steward" in run("add", "Eva", "--role", "steward", typed=f"{PASSWORD}\n" * 2)
    assert "needs 10 characters" in run("add", "Tom", typed="short\nshort\n")
    run("add", "Pia", "--no-password")
    assert run("list").splitlines() == ["Eva: steward", "Pia: viewer, by a proxy"]
    assert "removed Eva" in run("remove", "Eva")
    assert "has no user 'Eva'" in run("remove", "Eva")
