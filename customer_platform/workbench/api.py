"""The API: what the pages show, as JSON, for other systems."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from customer_platform.errors import EntityError
from customer_platform.stewardship.explain.lookup import current_customer
from customer_platform.workbench import found, texts
from customer_platform.workbench.access import current_user
from customer_platform.workbench.customer import profile
from customer_platform.workbench.matching import Matched, match
from customer_platform.workbench.reading import Published
from customer_platform.workbench.rendering import published_of, render
from customer_platform.workbench.search import LONGEST

router = APIRouter(prefix="/api", tags=["identities"])


class FoundOne(BaseModel):
    """Somebody who was found."""

    model_config = ConfigDict(from_attributes=True)

    entity: str
    id: str
    name: str
    summary: list[str] = Field(description="What tells them apart from others of the name.")
    records: int = Field(description="How many records they have.")
    reasons: list[str] = Field(description="Why they were found.")


class Found(BaseModel):
    """Who was found, the best match first."""

    published_at: str = Field(description="Time of the publication, UTC.")
    results: list[FoundOne]


class OtherValue(BaseModel):
    """A value of a record that isn't the golden record's."""

    value: Any
    sources: list[str]


class GoldenValue(BaseModel):
    """An attribute of the golden record."""

    value: Any
    source: str | None = Field(description="The source that it is from.")
    survivorship: str = Field(description="How it was chosen.")
    others: list[OtherValue] = Field(description="The values that lost.")


class Customer(BaseModel):
    """All that is known of a customer, buyer, account, ..."""

    published_at: str = Field(description="Time of the publication, UTC.")
    entity: str
    id: str
    name: str
    attributes: dict[str, GoldenValue]
    figures: dict[str, Any] = Field(description="What the masters know besides.")
    records: list[dict[str, Any]] = Field(description="Its records.")


class Record(BaseModel):
    """A record that is to be matched."""

    record: dict[str, str | None] = Field(
        description="By attribute, its value as text; and its `source`, where a match key is a "
        "number of one source.",
        examples=[{"email": "ann@example.com", "last_name": "Jansen"}],
    )


class Reason(BaseModel):
    """A rule that links the record to somebody."""

    model_config = ConfigDict(from_attributes=True)

    rule: str
    id: str
    records: int = Field(description="How many of their records have the values.")
    values: dict[str, str]


class RefusedLink(BaseModel):
    """A link that a rule asks for, and that isn't made."""

    model_config = ConfigDict(from_attributes=True)

    rule: str
    id: str | None
    because: str


class Match(BaseModel):
    """To whom a record would belong."""

    model_config = ConfigDict(from_attributes=True)

    published_at: str = Field(description="Time of the publication, UTC.")
    entity: str
    id: str | None = Field(description="None where it would be somebody new.")
    merges: list[str] = Field(description="Others who would become one with them.")
    reasons: list[Reason]
    refused: list[RefusedLink]
    keys: dict[str, str | None] = Field(description="The record's match keys.")
    not_compared: list[str] = Field(
        description="Similar rules, which may link the record when a run resolves it."
    )


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """The description of the API, to read and to try."""
    return render(request, "api.html", moment=None)


@router.post("/match")
def match_record(request: Request, asked: Annotated[Record, Body()]) -> Match:
    """To whom a record would belong; of a business model that resolves one entity."""
    published = published_of(request)
    if len(published.entities) != 1:
        raise EntityError(
            "this business model resolves several entities: post to "
            + ", ".join(f"/api/{each}/match" for each in published.paths)
        )
    [path] = published.paths
    return match_record_of(request, path, asked)


@router.post("/{entities}/match")
def match_record_of(request: Request, entities: str, asked: Annotated[Record, Body()]) -> Match:
    """To whom a record of an entity would belong, such as `/api/buyers/match`."""
    published = published_of(request)
    matched = match(published, published.entity_of(entities), asked.record)
    request.state.looked_at = [each for each in (matched.id, *matched.merges) if each]
    return Match(published_at=_moment(published), **_fields(matched))


@router.get("/{entities}")
def find(
    request: Request,
    entities: str,
    q: Annotated[str, Query(max_length=LONGEST, description=texts.SEARCH_HINT)],
) -> Found:
    """Who is found, such as `/api/customers?q=jansen`."""
    published = published_of(request)
    entity = published.entity_of(entities)
    results = found.results(published, current_user(request), q, entity.entity)
    request.state.looked_at = [each.id for each in results]
    return Found(
        published_at=_moment(published),
        results=[FoundOne.model_validate(each) for each in results],
    )


@router.get("/{entities}/{owner}", response_model=Customer)
def customer(request: Request, entities: str, owner: str) -> Any:
    """All of a customer; a retired ID leads to its successor (307)."""
    published = published_of(request)
    entity = published.entity_of(entities)
    with published.store(entity) as store:
        current, _ = current_customer(store, owner)
    if current != owner:
        return RedirectResponse(f"/api/{entities}/{current}", 307)
    shown = profile(published, current_user(request), entity, owner)
    return Customer(
        published_at=_moment(published),
        entity=entity.entity,
        id=shown.id,
        name=shown.name,
        attributes={
            each.name: GoldenValue(
                value=each.value,
                source=each.source,
                survivorship=each.survivorship,
                others=[
                    OtherValue(value=lost.value, sources=list(lost.sources)) for lost in each.lost
                ],
            )
            for each in shown.attributes
        },
        figures=dict(shown.figures),
        records=[dict(each) for each in shown.records],
    )


def _fields(matched: Matched) -> dict[str, Any]:
    return {
        **vars(matched),
        "reasons": [Reason.model_validate(each) for each in matched.reasons],
        "refused": [RefusedLink.model_validate(each) for each in matched.refused],
    }


def _moment(published: Published) -> str:
    return f"{published.published_at.isoformat()}Z"
