"""Signs in and out with a name and a password."""

from math import ceil
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from customer_platform.workbench import texts
from customer_platform.workbench.gate import SIGN_IN, Access, stamp_of
from customer_platform.workbench.rendering import render

router = APIRouter(include_in_schema=False)


@router.get(SIGN_IN)
def ask(request: Request, to: str = "/") -> Response:
    """The page that asks for name and password."""
    return _page(request, to)


@router.post(SIGN_IN)
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Checks name and password, and begins a session of its own for whoever they are of."""
    access: Access = request.state.access
    whos = (f"name {name}", f"from {access.address(request)}")
    if (seconds := access.attempts.begin(*whos)) > 0:
        return _page(request, to, texts.WAIT.format(seconds=ceil(seconds)), 429)
    known = access.users.check(name, password)
    if known is None or known.password is None:
        return _page(request, to, texts.WRONG_PASSWORD, 401)
    access.attempts.succeeded(*whos)
    # A new one: what somebody else may have put into the browser before says nothing.
    request.state.begun = access.sessions.begin(known.name, stamp_of(known.password))
    return RedirectResponse(_inside(to), 303)


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """Ends the session of this browser."""
    access: Access = request.state.access
    request.state.begun = access.sessions.begin()
    return RedirectResponse(SIGN_IN, 303)


def _page(request: Request, to: str, message: str | None = None, status: int = 200) -> Response:
    return render(
        request,
        "sign_in.html",
        status_code=status,
        to=_inside(to),
        message=message,
        moment=None,
    )


def _inside(to: str) -> str:
    """Where to go then: a path of ours alone, never another site."""
    is_path = to.startswith("/") and not to.startswith(("//", "/\\"))
    return to if is_path and to.isprintable() else "/"
