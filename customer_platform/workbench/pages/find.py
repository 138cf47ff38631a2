"""Finds a customer, a buyer, an account, ... by whatever is known of it."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from customer_platform.workbench.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/")
def find(request: Request, q: str = "") -> Response:
    """The page that begins with a search."""
    return render(request, "find.html", query=q)
