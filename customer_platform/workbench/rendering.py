"""Fills in the templates of pages."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from customer_platform.identity.entities import noun, nouns
from customer_platform.stewardship.explain.wording import counted
from customer_platform.workbench import formats, texts
from customer_platform.workbench.access import current_user
from customer_platform.workbench.reading import Published, Reader, path_of

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals.update(texts=texts, noun=noun, nouns=nouns, path_of=path_of, counted=counted)
_TEMPLATES.filters.update(
    moment=formats.moment, number=formats.number, day=formats.day, value=formats.value
)


def render(
    request: Request, template: str, *, status_code: int = 200, **context: Any
) -> HTMLResponse:
    """A page, or a part of one.

    Args:
        request: What was asked for.
        template: File in `templates`.
        status_code: Status of HTTP.
        context: What the template names. `moment` is the publication that the page is of, by
            default the one in force; None where there is none.
    """
    if "moment" not in context:
        context["moment"] = published_of(request).moment
    text = _TEMPLATES.get_template(template).render(
        request=request,
        user=current_user(request),
        query=context.pop("query", ""),
        here=request.url.path,
        **context,
    )
    return HTMLResponse(text, status_code)


def published_of(request: Request) -> Published:
    """The publication that a request is answered from: one and the same as long as it lasts.

    Raises:
        NotPublishedError: Nothing is published yet.
    """
    found: Published | None = getattr(request.state, "published", None)
    if found is None:
        reader: Reader = request.app.state.reader
        found = request.state.published = reader.current()
    return found


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of the page that is shown already."""
    return request.headers.get("HX-Request") == "true"
