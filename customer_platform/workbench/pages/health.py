"""How healthy identities are, without knowing the truth; values that should link no one."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from customer_platform.errors import HealthError
from customer_platform.stewardship.health.findings import HealthReport, say
from customer_platform.stewardship.health.ignoring import add_ignored_value
from customer_platform.stewardship.health.measures import SharedValue
from customer_platform.workbench import texts
from customer_platform.workbench.access import current_user, mask_for
from customer_platform.workbench.health import read_figures
from customer_platform.workbench.kept import PerPublication
from customer_platform.workbench.rendering import published_of, render

router = APIRouter(include_in_schema=False, prefix="/health")


@router.get("/{entities}")
def health(request: Request, entities: str, ignored: str = "") -> Response:
    """The figures of the last runs; the checks follow."""
    published = published_of(request)
    entity = published.entity_of(entities)
    return render(
        request,
        "health.html",
        entity=entity.entity,
        path=f"/health/{entities}",
        figures=read_figures(published, entity),
        ignored=ignored,
    )


@router.get("/{entities}/checks")
def checks(request: Request, entities: str) -> Response:
    """What the checks find."""
    published = published_of(request)
    entity = published.entity_of(entities)
    report, proposed = _reports(request).of(published, entity)
    mask = mask_for(current_user(request), lambda: published.record_mask(entity))
    keys = entity.rules.match_keys
    return render(
        request,
        "parts/checks.html",
        path=f"/health/{entities}",
        report=report,
        examples={
            check.name: [say(example, mask) for example in check.examples]
            for check in report.checks
        },
        proposed=[(each, mask(keys[each.match_key].column, each.value)) for each in proposed],
    )


@router.post("/{entities}/ignore")
def ignore(
    request: Request,
    entities: str,
    key: Annotated[str, Form(max_length=200)],
    value: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Writes a proposed value to the ignored ones.

    Raises:
        HealthError: It isn't among those that are proposed, or is ignored already.
        ReleasedProjectError: A released version is in force.
    """
    published = published_of(request)
    entity = published.entity_of(entities)
    _, proposed = _reports(request).of(published, entity)
    found = next((each for each in proposed if (each.match_key, each.value) == (key, value)), None)
    if found is None:
        raise HealthError(texts.NOT_PROPOSED)
    reason = texts.IGNORED_BECAUSE.format(people=found.people, user=current_user(request).name)
    add_ignored_value(published.environment, key, value, reason)
    return RedirectResponse(f"/health/{entities}?ignored=true", 303)


def _reports(request: Request) -> PerPublication[tuple[HealthReport, list[SharedValue]]]:
    reports: PerPublication[tuple[HealthReport, list[SharedValue]]] = request.app.state.reports
    return reports
