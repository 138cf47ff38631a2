"""Decides about pairs: same, different or skip, one after the other."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from customer_platform.errors import DecisionsError
from customer_platform.identity.overrides import DIFFERENT, SAME
from customer_platform.stewardship.decide import parse_record
from customer_platform.stewardship.decisions_store import NewDecision, lease_pair, skip_pair
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.stewardship.explain.reading import ordered
from customer_platform.stewardship.sampling import Candidate, measure_precision
from customer_platform.workbench import texts
from customer_platform.workbench.access import current_user
from customer_platform.workbench.deciding import Desk, LastActions
from customer_platform.workbench.kept import PerPublication
from customer_platform.workbench.reading import path_of
from customer_platform.workbench.rendering import published_of, render

router = APIRouter(include_in_schema=False, prefix="/decide")

_Text = Annotated[str, Form(max_length=2000)]


def desk_of(request: Request, entities: str) -> Desk:
    """The desk of whoever asks, for the entity that a path names.

    Raises:
        EntityError: There is no such entity.
    """
    published = published_of(request)
    return Desk.of(published, published.entity_of(entities), current_user(request))


def last_actions(request: Request) -> LastActions:
    """What sessions have done last."""
    actions: LastActions = request.app.state.last_actions
    return actions


@router.get("/{entities}")
def queue(request: Request, entities: str, blind: bool = False) -> Response:
    """The next pair of the queue, which nobody else gets meanwhile."""
    desk = desk_of(request, entities)
    found = _candidates(request).of(desk.published, desk.entity)
    known = {each.pair: each for each in reversed(found)}
    seeded = {decision.pair for _, decision in desk.seeded}
    waiting = [each.pair for each in found if frozenset(each.pair) not in seeded]
    pair = lease_pair(desk.decisions, waiting, _holder(request, desk), desk.user.name)
    if pair is None:
        return _page(request, desk, None, blind=blind)
    return _page(request, desk, known[pair], blind=blind)


@router.get("/{entities}/pair")
def chosen(request: Request, entities: str, one: str, other: str) -> Response:
    """A pair of one's own choice."""
    desk = desk_of(request, entities)
    rules = desk.entity.rules
    pair = ordered(parse_record(one, rules), parse_record(other, rules))
    return _page(request, desk, Candidate(pair, "", ""), blind=False)


@router.get("/{entities}/effect")
def effect(
    request: Request, entities: str, one: Annotated[list[str], Query(min_length=4, max_length=4)]
) -> Response:
    """What the next run will do, by what is decided."""
    desk = desk_of(request, entities)
    pair = RecordName(one[0], one[1]), RecordName(one[2], one[3])
    with desk.published.store(desk.entity) as store:
        effects = desk.effects(store, pair)
    return render(request, "parts/effects.html", effects=effects)


@router.post("/{entities}")
def decide(
    request: Request,
    entities: str,
    kind: Annotated[str, Form(pattern=f"^({SAME}|{DIFFERENT}|skip)$")],
    source: _Text,
    record_id: _Text,
    other_source: _Text,
    other_record_id: _Text,
    reason: _Text = "",
    blind: Annotated[bool, Form()] = False,
) -> Response:
    """Keeps what a steward says of a pair, and goes on with the next."""
    desk = desk_of(request, entities)
    pair = ordered(RecordName(source, record_id), RecordName(other_source, other_record_id))
    with desk.published.store(desk.entity) as store:
        sides = desk.sides(store, pair)
    # What the pair is a sample of is looked up, and not taken from whoever sends the form.
    found = _candidates(request).of(desk.published, desk.entity)
    drawn = next((each for each in found if each.pair == pair), None)
    request.state.looked_at = [side.customer_id for side in sides]
    number = None
    if kind == "skip":
        skip_pair(desk.decisions, pair, desk.user.name)
    else:
        said = " ".join(reason.split()) or texts.REVIEWED
        new = NewDecision(
            kind, *pair, said, drawn.sample if drawn else None, drawn.rule if drawn else None
        )
        [number] = desk.decide([new])
    last_actions(request).note(request.state.session.key, desk.entity.entity, number, pair)
    return _back(entities, blind=blind)


@router.post("/{entities}/undo")
def undo(request: Request, entities: str, blind: Annotated[bool, Form()] = False) -> Response:
    """Takes back what this session has done last."""
    desk = desk_of(request, entities)
    done = last_actions(request).take(request.state.session.key, desk.entity.entity)
    if done is None:
        raise DecisionsError(texts.NOTHING_TO_UNDO)
    number, pair = done
    if number is None:
        skip_pair(desk.decisions, pair, desk.user.name, take_back=True)
    else:
        desk.decisions.withdraw(number, desk.user.name, texts.UNDONE)
    # To be asked about it again, before the pair that came after it.
    lease_pair(desk.decisions, [pair], _holder(request, desk), desk.user.name)
    return _back(entities, blind=blind)


@router.get("/{entities}/decisions")
def decisions(request: Request, entities: str, withdrawn: bool = False) -> Response:
    """What was decided, and what it says of the rules."""
    desk = desk_of(request, entities)
    found = desk.decisions.decisions(withdrawn=True)
    rules = [rule.name for rule in desk.entity.rules.match_rules]
    return render(
        request,
        "decisions.html",
        desk=desk,
        path=f"/decide/{entities}",
        decisions=[each for each in reversed(found) if withdrawn or each.withdrawn is None],
        withdrawn=withdrawn,
        measured=measure_precision(rules, (each for each in found if each.withdrawn is None)),
    )


@router.post("/{entities}/withdraw")
def withdraw(
    request: Request, entities: str, number: Annotated[int, Form()], reason: _Text
) -> Response:
    """Withdraws a decision."""
    desk = desk_of(request, entities)
    desk.decisions.withdraw(number, desk.user.name, " ".join(reason.split()) or texts.UNDONE)
    return RedirectResponse(f"/decide/{entities}/decisions", 303)


def _candidates(request: Request) -> PerPublication[list[Candidate]]:
    candidates: PerPublication[list[Candidate]] = request.app.state.candidates
    return candidates


def _holder(request: Request, desk: Desk) -> str:
    """Who holds a pair: a steward may have several browsers open."""
    return f"{request.state.session.key} {desk.user.name}"


def _back(entities: str, *, blind: bool) -> Response:
    return RedirectResponse(f"/decide/{entities}{'?blind=true' if blind else ''}", 303)


def _page(request: Request, desk: Desk, shown: Candidate | None, *, blind: bool) -> Response:
    entities = path_of(desk.entity.entity)
    common: dict[str, Any] = {
        "entity": desk.entity.entity,
        "path": f"/decide/{entities}",
        "blind": blind,
        "can_undo": last_actions(request).has(request.state.session.key, desk.entity.entity),
    }
    if shown is None:
        return render(request, "decide.html", shown=None, **common)
    with desk.published.store(desk.entity) as store:
        sides = desk.sides(store, shown.pair)
        rows = desk.rows(store, shown.pair)
    request.state.looked_at = [side.customer_id for side in sides]
    return render(
        request, "decide.html", shown=shown, sides=sides, rows=rows, owners=entities, **common
    )
