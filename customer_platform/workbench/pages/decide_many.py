"""Decides about many records at once: splits a customer, or takes all pairs that a filter finds."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from customer_platform.errors import OverrideRefusedError, StateError
from customer_platform.identity.overrides import DIFFERENT, SAME
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.decide import nearby_changes, parse_record
from customer_platform.stewardship.decisions_store import NewDecision
from customer_platform.stewardship.explain.lookup import current_customer
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.stewardship.review import QueuedPair, read_queue
from customer_platform.workbench import texts
from customer_platform.workbench.deciding import Desk, split_decisions
from customer_platform.workbench.history import records_of
from customer_platform.workbench.pages.decide import desk_of
from customer_platform.workbench.rendering import render

router = APIRouter(include_in_schema=False, prefix="/decide")

# As many as somebody can answer for, and a preview of which takes seconds.
MOST = 500
_SHOWN = 20

_Share = Annotated[float, Query(ge=0, le=1)]
_FormShare = Annotated[float, Form(ge=0, le=1)]


@dataclass(frozen=True)
class Outlook:
    """What the next run will do with decisions, or why they can't be made.

    Attributes:
        merges: Customers that come out of merges.
        splits: Customers that split.
        moved: Records that get another customer.
        examples: Some of it in words: records, now, then.
        refused: What refuses links all the same.
        fault: Why the decisions can't be made; None where they can.
    """

    merges: int = 0
    splits: int = 0
    moved: int = 0
    examples: tuple[tuple[str, str, int], ...] = ()
    refused: tuple[str, ...] = ()
    fault: str | None = None


@router.get("/{entities}/split/{owner}")
def split(
    request: Request,
    entities: str,
    owner: str,
    marked: Annotated[list[str] | None, Query(max_length=MOST)] = None,
) -> Response:
    """The records of a customer, of which some can be marked as someone else's."""
    desk = desk_of(request, entities)
    with desk.published.store(desk.entity) as store:
        names = _records(desk, store, owner)
        chosen = _marked(desk, marked or [])
        outlook = _outlook(desk, store, names, chosen) if chosen else None
        values = desk.values(store, names)
        shown = [(name, values.get(name, {}), name in chosen) for name in names]
    return render(
        request,
        "split.html",
        entity=desk.entity.entity,
        path=f"/decide/{entities}/split/{owner}",
        owner=owner,
        columns=list(dict.fromkeys(column for _, values, _ in shown for column in values)),
        records=shown,
        outlook=outlook,
    )


@router.post("/{entities}/split/{owner}")
def save_split(
    request: Request,
    entities: str,
    owner: str,
    marked: Annotated[list[str], Form(max_length=MOST)],
    reason: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Keeps the decisions that split a customer."""
    desk = desk_of(request, entities)
    with desk.published.store(desk.entity) as store:
        names = _records(desk, store, owner)
    said = " ".join(reason.split()) or texts.SPLIT_REASON
    decisions = split_decisions(names, _marked(desk, marked), said)
    desk.decide(desk.missing(decisions))
    return RedirectResponse(f"/decide/{entities}/decisions", 303)


@router.get("/{entities}/bulk")
def bulk(
    request: Request,
    entities: str,
    rule: str = "",
    kind: Annotated[str, Query(pattern=f"^({SAME}|{DIFFERENT})$")] = SAME,
    least: _Share = 0.0,
    most: _Share = 1.0,
) -> Response:
    """The pairs of the queue that a filter finds, and what deciding about all of them does."""
    desk = desk_of(request, entities)
    with desk.published.store(desk.entity) as store:
        rules = [each.name for each in desk.entity.rules.match_rules if each.similar]
        found = _filtered(desk, store, rule, least, most) if rule else []
        decisions = [NewDecision(kind, *each.pair, "") for each in found]
        outlook = _told(desk, store, decisions) if found else None
    return render(
        request,
        "bulk.html",
        entity=desk.entity.entity,
        path=f"/decide/{entities}",
        rules=rules,
        rule=rule,
        kind=kind,
        least=least,
        most=most,
        found=found,
        seen=_digest(found),
        shown=found[:_SHOWN],
        outlook=outlook,
        limit=MOST,
    )


@router.post("/{entities}/bulk")
def save_bulk(
    request: Request,
    entities: str,
    rule: Annotated[str, Form()],
    kind: Annotated[str, Form(pattern=f"^({SAME}|{DIFFERENT})$")],
    least: _FormShare,
    most: _FormShare,
    seen: Annotated[str, Form(max_length=100)],
    reason: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Keeps a decision about each pair that the filter finds.

    Raises:
        OverrideRefusedError: The filter finds other pairs than were shown.
    """
    desk = desk_of(request, entities)
    with desk.published.store(desk.entity) as store:
        found = _filtered(desk, store, rule, least, most)
    if _digest(found) != seen:
        raise OverrideRefusedError(texts.BULK_CHANGED)
    said = " ".join(reason.split()) or texts.BULK_REASON.format(rule=rule, least=least, most=most)
    desk.decide([NewDecision(kind, *each.pair, said) for each in found])
    return RedirectResponse(f"/decide/{entities}/decisions", 303)


def _digest(found: list[QueuedPair]) -> str:
    """What tells these pairs from any others: those that were looked at are those that are kept."""
    return sha256(repr([each.pair for each in found]).encode()).hexdigest()


def _records(desk: Desk, store: IdentityStore, owner: str) -> list[RecordName]:
    """The records of a customer that can be split.

    Raises:
        ExplainError: The ID was never issued, or none of its records is left.
        OverrideRefusedError: There are more records than somebody can answer for.
    """
    current, _ = current_customer(store, owner)
    names = records_of(desk.published, desk.entity, current)
    if len(names) > MOST:
        raise OverrideRefusedError(texts.TOO_MANY_TO_SPLIT.format(records=len(names), most=MOST))
    return names


def _marked(desk: Desk, marked: list[str]) -> list[RecordName]:
    return [parse_record(text, desk.entity.rules) for text in marked]


def _filtered(
    desk: Desk, store: IdentityStore, rule: str, least: float, most: float
) -> list[QueuedPair]:
    over = {each.decision.pair for each in desk.decisions.decisions()}
    over |= {decision.pair for _, decision in desk.seeded}
    return [
        each
        for each in read_queue(store, rule)
        if least <= each.probability <= most and frozenset(each.pair) not in over
    ][:MOST]


def _outlook(
    desk: Desk, store: IdentityStore, names: list[RecordName], chosen: list[RecordName]
) -> Outlook:
    try:
        return _told(desk, store, split_decisions(names, chosen, ""))
    except OverrideRefusedError as error:
        return Outlook(fault=str(error))


def _told(desk: Desk, store: IdentityStore, decisions: list[NewDecision]) -> Outlook:
    records = [name for each in decisions for name in (each.record, each.other)]
    try:
        desk.check(desk.missing(decisions))
        flows, refused = nearby_changes(store, desk.overrides(decisions), records)
    except (OverrideRefusedError, StateError) as error:
        return Outlook(fault=str(error))
    now = [flow[0] for flow in flows]
    later = [flow[1] for flow in flows]
    return Outlook(
        merges=len({each for each in later if later.count(each) > 1}),
        splits=len({each for each in now if now.count(each) > 1}),
        moved=sum(records for before, after, records in flows if before != after),
        examples=tuple(flow for flow in flows if flow[0] != flow[1])[:_SHOWN],
        refused=refused,
    )
