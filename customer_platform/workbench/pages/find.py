"""Finds a customer, a buyer, an account, ... by whatever is known of it."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from customer_platform.workbench import found
from customer_platform.workbench.access import current_user
from customer_platform.workbench.rendering import published_of, render
from customer_platform.workbench.search import LONGEST, MOST

router = APIRouter(include_in_schema=False)


@router.get("/")
def find(request: Request, q: str = "") -> Response:
    """The page that begins with a search, or shows the results of one."""
    return render(request, "find.html", **_context(request, q))


@router.get("/find")
def find_as_typed(request: Request, q: str = "") -> Response:
    """The results of a search alone, as somebody types."""
    return render(request, "parts/found.html", **_context(request, q))


def _context(request: Request, query: str) -> dict[str, Any]:
    query = query.strip()
    is_too_long = len(query) > LONGEST
    results = (
        []
        if is_too_long or not query
        else found.results(published_of(request), current_user(request), query)
    )
    request.state.looked_at = [each.id for each in results]
    return {
        # Not all of it: the answer to 10,000 characters needn't be as long.
        "query": query[:LONGEST],
        "length": len(query),
        "longest": LONGEST,
        "is_too_long": is_too_long,
        "results": results,
        "how_many": found.count_text(results, MOST),
    }
