"""Pages, and answers of the API, for what goes wrong: what it is, and what to do."""

from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from customer_platform.errors import (
    CustomerPlatformError,
    DecisionsError,
    EntityError,
    ExplainError,
    NoEvidenceError,
    NotPublishedError,
)
from customer_platform.workbench import texts
from customer_platform.workbench.rendering import is_fragment, render

# By class, the status and the title; what is none of them is a fault that a person can mend.
_KINDS: tuple[tuple[type[CustomerPlatformError], int, str], ...] = (
    (NotPublishedError, 503, texts.NOT_PUBLISHED),
    (NoEvidenceError, 503, texts.NO_EVIDENCE),
    (DecisionsError, 503, texts.STORE_AWAY),
    (ExplainError, 404, texts.NOT_FOUND),
    (EntityError, 404, texts.NOT_FOUND),
)


def register(app: FastAPI) -> None:
    """Has an application answer errors with pages, below `/api/` with JSON."""

    @app.exception_handler(CustomerPlatformError)
    def of_platform(request: Request, error: CustomerPlatformError) -> Response:
        for kind, status, title in _KINDS:
            if isinstance(error, kind):
                return failure(request, status, title, str(error))
        return failure(request, 400, texts.FAILED, str(error))

    @app.exception_handler(404)
    def not_found(request: Request, error: HTTPException) -> Response:
        detail = error.detail if error.detail != "Not Found" else texts.NO_SUCH_PAGE
        return failure(request, 404, texts.NOT_FOUND, detail)

    @app.exception_handler(RequestValidationError)
    def not_valid(request: Request, error: RequestValidationError) -> Response:
        # Without what was sent: it may be long, and it may be somebody's.
        faults = [f"{each['loc'][-1]}: {each['msg']}" for each in error.errors()]
        return failure(request, 422, texts.FAILED, "; ".join(faults))


def failure(request: Request, status: int, title: str, message: str) -> Response:
    """An error as a page, as a part of one, or as JSON.

    Args:
        request: What was asked for.
        status: Status of HTTP.
        title: What kind of error it is.
        message: What is wrong and what to do.
    """
    if request.scope["path"].startswith("/api/"):
        return JSONResponse({"detail": message}, status)
    name = "parts/failure.html" if is_fragment(request) else "failure.html"
    # htmx leaves a page as it is when an answer isn't 200, and the message would be lost.
    shown = 200 if is_fragment(request) else status
    return render(request, name, title=title, message=message, status_code=shown, moment=None)
