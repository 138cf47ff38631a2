"""Which entity a page is about, where a business model resolves several."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from customer_platform.workbench import texts
from customer_platform.workbench.reading import path_of
from customer_platform.workbench.rendering import published_of, render

router = APIRouter(include_in_schema=False)

_TITLES = {"/decide": texts.DECIDE, "/rules": texts.TRY_RULES, "/health": texts.HEALTH}


@router.get("/decide")
@router.get("/rules")
@router.get("/health")
def choose(request: Request) -> Response:
    """Asks which entity, or leads to the only one."""
    path, entities = request.url.path, list(published_of(request).entities)
    if len(entities) == 1:
        return RedirectResponse(f"{path}/{path_of(entities[0])}", 303)
    return render(request, "entities.html", title=_TITLES[path], path=path, entities=entities)
