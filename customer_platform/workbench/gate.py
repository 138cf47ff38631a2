"""The gate before every page: who asks, whether they may, and whether a page of ours sent it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from customer_platform.workbench import texts
from customer_platform.workbench.access import NOBODY, READING, User, owner, role_for
from customer_platform.workbench.access_log import AccessLog
from customer_platform.workbench.failures import failure
from customer_platform.workbench.rendering import is_fragment
from customer_platform.workbench.sessions import COOKIE, LIFETIME, Session, Sessions
from customer_platform.workbench.users import Attempts, Users

SIGN_IN = "/sign-in"
TOKEN_HEADER, TOKEN_FIELD = "X-CSRF-Token", "csrf"

_OPEN = ("/static/",)
_LARGEST = 2 << 20


@dataclass
class Access:
    """How people sign in.

    Attributes:
        sessions: Signs sessions.
        users: Who may sign in, and what they may do.
        log: Who looked at whom; None where that isn't noted.
        proxy_header: The header in which a reverse proxy says who asks; None where none does.
        proxy_peers: The addresses of that proxy; the header of anybody else counts for nothing.
        may_be_open: Whether nobody has to sign in as long as nobody has a password: on loopback
            alone. Said once, at the start: whoever removes the last user opens nothing.
        hosts: By which names the workbench may be asked; None where that doesn't matter. On
            loopback, where nobody signs in, other sites must not lead browsers to it by a name of
            their own.
        attempts: Slows down who guesses passwords.
    """

    sessions: Sessions
    users: Users
    log: AccessLog | None = None
    proxy_header: str | None = None
    proxy_peers: frozenset[str] = frozenset()
    may_be_open: bool = False
    hosts: frozenset[str] | None = None
    attempts: Attempts = field(default_factory=Attempts)

    @property
    def is_open(self) -> bool:
        """Whether nobody has to sign in."""
        return self.may_be_open and not self.users.can_sign_in

    def user_of(self, request: Request, session: Session) -> User | None:
        """Who asks; None where they have to sign in."""
        if self.is_open:
            return owner()
        if self.proxy_header is not None and self.is_proxy(request):
            name = request.headers.get(self.proxy_header, "").strip()
            known = self.users.all().get(name)
            if name:
                return known.user if known else User(name, "viewer")
        known = self.users.all().get(session.name or "")
        if known is None or known.password is None or session.stamp != stamp_of(known.password):
            return None
        return known.user

    def is_proxy(self, request: Request) -> bool:
        """Whether a request comes from the reverse proxy."""
        return request.client is not None and request.client.host in self.proxy_peers

    def address(self, request: Request) -> str:
        """Where a request comes from: of the proxy's, whoever has asked it."""
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded and self.is_proxy(request):
            return forwarded
        return request.client.host if request.client else ""

    def is_secure(self, request: Request) -> bool:
        """Whether the browser speaks HTTPS, with the workbench or with its proxy."""
        forwarded = request.headers.get("X-Forwarded-Proto") if self.is_proxy(request) else None
        return (forwarded or request.url.scheme) == "https"


def stamp_of(hashed: str) -> str:
    """What of a hash stands in a session: its end, which says nothing of the password."""
    return hashed[-12:]


class Gate:
    """Lets requests through whose sender may make them.

    Args:
        app: What comes behind it.
        access: How people sign in.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or has it answered."""
        if scope["type"] != "http" or scope["path"].startswith(_OPEN):
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})
        request = Request(scope, receive)
        cookie = request.cookies.get(COOKIE)
        session = self.access.sessions.read(cookie)
        is_new = session is None
        session = session or self.access.sessions.begin()
        user = self.access.user_of(request, session)
        scope["state"] |= {
            "access": self.access,
            "session": session,
            "user": user or NOBODY,
            "token": self.access.sessions.token(session),
            "signs_in": user is not None and not self.access.is_open,
        }
        statuses: list[int] = []
        answering = self._sending(send, request, session if is_new else None, statuses)
        refused, replayed = await self._refusal(request, user, session, is_new=is_new)
        if refused is not None:
            await refused(scope, receive, answering)
        else:
            await self.app(scope, replayed, answering)
        if self.access.log is not None and statuses:
            begun: Session | None = scope["state"].get("begun")
            who = user or User(begun.name if begun and begun.name else "", "viewer")
            await run_in_threadpool(self.access.log.note, who, scope, statuses[0])

    async def _refusal(
        self, request: Request, user: User | None, session: Session, *, is_new: bool
    ) -> tuple[Response | None, Receive]:
        """Why a request isn't let through, and its body for whoever comes behind."""
        if self.access.hosts is not None and request.url.hostname not in self.access.hosts:
            return failure(request, 421, texts.NOT_ALLOWED, texts.OTHER_HOST), request.receive
        # The path that is routed: that of the URL holds what the header Host says.
        path = request.scope["path"]
        is_sign_in = path == SIGN_IN
        if user is None and not is_sign_in:
            return _to_sign_in(request), request.receive
        needed = role_for(request.method, path)
        if user is not None and not is_sign_in and not user.may(needed):
            message = texts.NEEDS_ROLE.format(role=needed)
            return failure(request, 403, texts.NOT_ALLOWED, message), request.receive
        if request.method in READING:
            return None, request.receive
        body = await _body(request)
        if body is None:
            return failure(request, 413, texts.NOT_ALLOWED, texts.BODY_TOO_LARGE), request.receive
        token = request.headers.get(TOKEN_HEADER) or _token_in(request.headers, body)
        reads_only = needed == "viewer" and path.startswith("/api/")
        if not reads_only and (is_new or not self.access.sessions.is_token(session, token)):
            return failure(request, 403, texts.NOT_ALLOWED, texts.NO_TOKEN), request.receive
        return None, _replaying(body)

    def _sending(
        self, send: Send, request: Request, session: Session | None, statuses: list[int]
    ) -> Callable[[Message], Awaitable[None]]:
        """Adds the cookie of a new session to the answer, and remembers its status."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
                begun: Session | None = request.scope["state"].get("begun", session)
                if begun is not None:
                    written = self.access.sessions.written(begun)
                    set_cookie(message, written, secure=self.access.is_secure(request))
            await send(message)

        return sending


def set_cookie(message: Message, written: str, *, secure: bool) -> None:
    """Adds the cookie of a session to the begin of an answer."""
    cookie = Response()
    cookie.set_cookie(
        COOKIE, written, max_age=LIFETIME, httponly=True, samesite="strict", secure=secure
    )
    MutableHeaders(scope=message).append("set-cookie", cookie.headers["set-cookie"])


def _to_sign_in(request: Request) -> Response:
    path = request.scope["path"]
    if path.startswith("/api/"):
        return failure(request, 401, texts.NOT_ALLOWED, texts.SIGN_IN_FIRST)
    target = f"{SIGN_IN}?to={quote(path)}" if request.method in READING and path != "/" else SIGN_IN
    if is_fragment(request):
        return Response(status_code=200, headers={"HX-Redirect": SIGN_IN})
    return RedirectResponse(target, 303)


async def _body(request: Request) -> bytes | None:
    """What was sent; None where it is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return None
    return body


def _token_in(headers: Headers, body: bytes) -> str | None:
    if not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return None
    fields = parse_qs(body.decode("utf-8", "replace"))
    return fields.get(TOKEN_FIELD, [None])[0]


def _replaying(body: bytes) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    return receive
