"""One customer, buyer, account, ...: what is known of it, and why its records are one."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from customer_platform.declarations import Entity
from customer_platform.stewardship.explain.lookup import current_customer
from customer_platform.workbench.access import User, current_user
from customer_platform.workbench.comments import add_comment, read_comments
from customer_platform.workbench.customer import profile
from customer_platform.workbench.history import read_history, records_of
from customer_platform.workbench.links import read_links
from customer_platform.workbench.reading import Published
from customer_platform.workbench.rendering import is_fragment, published_of, render
from customer_platform.workbench.timeline import has_timeline, read_timeline

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class _Asked:
    """What a path names.

    Attributes:
        published: The publication.
        user: Who asks.
        entity: The entity.
        owner: The ID in use that the ID of the path leads to.
    """

    published: Published
    user: User
    entity: Entity
    owner: str


def _asked(request: Request, entities: str, owner: str) -> _Asked:
    published = published_of(request)
    entity = published.entity_of(entities)
    with published.store(entity) as store:
        current, _ = current_customer(store, owner)
    return _Asked(published, current_user(request), entity, current)


@router.get("/{entities}/{owner}")
def customer(request: Request, entities: str, owner: str, former: str = "") -> Response:
    """All of a customer; a retired ID leads to its successor."""
    asked = _asked(request, entities, owner)
    if asked.owner != owner:
        return RedirectResponse(f"/{entities}/{asked.owner}?former={owner}", 302)
    shown = profile(asked.published, asked.user, asked.entity, asked.owner)
    return render(
        request,
        "customer.html",
        shown=shown,
        former=former,
        path=request.url.path,
        has_timeline=has_timeline(asked.published, asked.entity),
    )


@router.get("/{entities}/{owner}/links")
def links(request: Request, entities: str, owner: str) -> Response:
    """Why its records are one."""
    asked = _asked(request, entities, owner)
    found = read_links(asked.published, asked.user, asked.entity, asked.owner)
    return render(request, "parts/links.html", found=found, entity=asked.entity.entity)


@router.get("/{entities}/{owner}/timeline")
def timeline(
    request: Request,
    entities: str,
    owner: str,
    kind: str | None = None,
    page: int = Query(1, ge=1, le=1000),
) -> Response:
    """What it has done."""
    asked = _asked(request, entities, owner)
    found = read_timeline(
        asked.published, asked.user, asked.entity, asked.owner, kind or None, page
    )
    path = request.url.path
    return render(request, "parts/timeline.html", found=found, path=path, kind=kind or "")


@router.get("/{entities}/{owner}/history")
def history(request: Request, entities: str, owner: str) -> Response:
    """What became of it."""
    asked = _asked(request, entities, owner)
    found = read_history(asked.published, asked.user, asked.entity, asked.owner)
    return render(request, "parts/history.html", found=found, entity=asked.entity.entity)


@router.get("/{entities}/{owner}/comments")
def comments(request: Request, entities: str, owner: str) -> Response:
    """What stewards have written about its records."""
    return _comments(request, _asked(request, entities, owner))


@router.post("/{entities}/{owner}/comments")
def comment(
    request: Request,
    entities: str,
    owner: str,
    record: Annotated[str, Form(max_length=500)],
    text: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Keeps a comment on one of its records."""
    asked = _asked(request, entities, owner)
    records = records_of(asked.published, asked.entity, asked.owner)
    add_comment(asked.published, asked.user, asked.entity, records, record, text)
    if not is_fragment(request):
        return RedirectResponse(f"/{entities}/{asked.owner}", 303)
    return _comments(request, asked)


def _comments(request: Request, asked: _Asked) -> Response:
    records = records_of(asked.published, asked.entity, asked.owner)
    return render(
        request,
        "parts/comments.html",
        records=records,
        comments=read_comments(asked.published, asked.user, asked.entity, records),
        path=request.url.path,
    )
