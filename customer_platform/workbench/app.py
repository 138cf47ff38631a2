"""The web application: its pages, its API, and what holds for every answer."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from customer_platform.environment import Environment
from customer_platform.workbench import failures
from customer_platform.workbench.access_log import FILE as LOG
from customer_platform.workbench.access_log import AccessLog
from customer_platform.workbench.deciding import LastActions, candidates_of
from customer_platform.workbench.gate import Access, Gate
from customer_platform.workbench.health import read_report
from customer_platform.workbench.jobs import Jobs
from customer_platform.workbench.kept import PerPublication
from customer_platform.workbench.pages import ROUTERS
from customer_platform.workbench.reading import Reader
from customer_platform.workbench.sessions import Sessions
from customer_platform.workbench.users import FILE as USERS
from customer_platform.workbench.users import Users

STATIC = Path(__file__).parent / "static"

# Nothing is loaded from elsewhere, and nothing runs that stands in a page: values may hold HTML.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(environment: Environment, access: Access | None = None) -> FastAPI:
    """The workbench of a deployment.

    Args:
        environment: The deployment.
        access: How people sign in; by default nobody has to.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        reader.close()

    reader = Reader(environment)
    app = FastAPI(
        title="customer_platform workbench",
        description="Who is who, as of the last publication.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
    )
    app.state.reader = reader
    app.state.last_actions = LastActions()
    app.state.jobs = Jobs()
    app.state.candidates = PerPublication(candidates_of)
    app.state.reports = PerPublication(read_report)
    app.add_middleware(Gate, access=access or open_access(environment))
    app.add_middleware(_SafeHeaders)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    failures.register(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


def open_access(environment: Environment) -> Access:
    """Lets everybody in who reaches the workbench.

    Args:
        environment: The deployment.
    """
    sessions = Sessions(secrets.token_bytes(32))
    users, log = Users(environment.home / USERS), AccessLog(environment.home / LOG)
    return Access(sessions, users, log, may_be_open=True)


class _SafeHeaders:
    """Adds the headers that keep a browser from doing what no page of ours asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _with_headers(scope["path"], send))


def _with_headers(path: str, send: Send) -> Callable[[Message], Awaitable[None]]:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            # What a page shows of people isn't kept by a browser or a proxy.
            headers["Cache-Control"] = "no-cache" if path.startswith("/static/") else "no-store"
        await send(message)

    return sending
