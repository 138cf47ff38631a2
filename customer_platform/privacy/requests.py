"""What people have asked for: an append-only file of requests and of what came of them.

It holds keyed hashes in place of personal data. It survives the warehouse: who was erased stays
out of one that is built anew.
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from customer_platform.environment import Environment
from customer_platform.errors import PrivacyError
from customer_platform.json_lines import add_lines, read_lines
from customer_platform.not_on_spark import refuse_on_spark

Kind = Literal["erase", "suppress"]
State = Literal["recorded", "erased", "certified", "withdrawn"]

# Which of several hashes of a person: of a record, of the values of match keys, of a visitor.
Digests = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Request:
    """A request and what came of it.

    Attributes:
        number: Its number, as `erase-20260305-4f1c9a`.
        kind: `erase`, which keeps out, too; or `suppress`, which only keeps out.
        at: When it was recorded, UTC.
        reason: Why.
        requested_by: Who asked for it.
        digests: Keyed hashes by what they are of.
        ids: By entity, the IDs that the person had.
        hold_until: Day until which it waits, included; None where it doesn't.
        hold_reason: Why it waits.
        state: How far it is.
        kept_out: Records that were delivered since, and taken out.
        rows: Table -> how many rows were deleted or emptied.
        files: Landed file -> how many rows of it were deleted or emptied.
        together: How many requests were carried out at once; rows and files are those of all.
        kept_files: Landed files that hold rows of the person still, and why.
        sought: Under which name keyed hashes of the values are kept, which are looked for.
    """

    number: str
    kind: Kind
    at: datetime
    reason: str
    requested_by: str
    digests: Digests
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hold_until: date | None = None
    hold_reason: str | None = None
    state: State = "recorded"
    kept_out: int = 0
    rows: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    together: int = 1
    kept_files: tuple[str, ...] = ()
    sought: str | None = None

    def is_held(self, today: date) -> bool:
        """Whether a legal hold makes it wait."""
        return self.hold_until is not None and today <= self.hold_until

    def keeps_out(self, today: date) -> bool:
        """Whether deliveries of the person are kept out."""
        if self.state == "withdrawn":
            return False
        return self.kind == "suppress" or not self.is_held(today)


def read_requests(environment: Environment) -> dict[str, Request]:
    """All requests, by number in the order in which they came.

    Raises:
        PrivacyError: A line of the file can't be read; names it.
    """
    path = _path(environment)
    found: dict[str, Request] = {}
    for number, line in enumerate(read_lines(path), 1):
        try:
            event = json.loads(line)
            _apply(found, event)
        except (ValueError, KeyError, TypeError) as error:
            raise PrivacyError(
                f"{path}:{number}: this line can't be read ({error}). The file is only ever added "
                "to; put back the last good copy"
            ) from error
    return found


def read_request(environment: Environment, number: str) -> Request:
    """One request.

    Raises:
        PrivacyError: There is no request of that number; names those there are.
    """
    requests = read_requests(environment)
    if number not in requests:
        known = f"; there are {', '.join(list(requests)[-5:])}" if requests else ": there are none"
        raise PrivacyError(f"there is no request {number!r}{known}")
    return requests[number]


def record_request(environment: Environment, request: Request) -> Request:
    """Writes down a request.

    Returns:
        The request with its number.

    Raises:
        NotOnEngineError: The tables are on Spark.
    """
    refuse_on_spark(environment, "requests")
    # To the microsecond, as the moments of loads are: what was there before stays.
    now = datetime.now(UTC).replace(tzinfo=None)
    kept = replace(request, at=now, number=f"{request.kind}-{now:%Y%m%d}-{secrets.token_hex(3)}")
    add_event(
        environment,
        kept.number,
        "recorded",
        at=now.isoformat(),
        kind=kept.kind,
        reason=kept.reason,
        requested_by=kept.requested_by,
        digests={name: sorted(each) for name, each in kept.digests.items()},
        ids={name: sorted(each) for name, each in kept.ids.items()},
        hold_until=kept.hold_until.isoformat() if kept.hold_until else None,
        hold_reason=kept.hold_reason,
    )
    return kept


def add_event(environment: Environment, number: str, event: str, **details: Any) -> None:
    """Adds to the file what has happened with a request.

    Raises:
        PrivacyError: The environment reads another one, whose requests it follows.
    """
    if environment.reads is not None:
        raise PrivacyError(
            f"{environment.name} reads the raw tables of {environment.reads}: make and carry out "
            "requests there, and the next run here follows them"
        )
    path = _path(environment)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    add_lines(path, [{"request": number, "event": event, "at": now.isoformat(), **details}])


def digests_of(requests: Iterable[Request]) -> dict[str, dict[str, str]]:
    """By what they are of, the hashes of requests, with the number of the first that has each."""
    found: dict[str, dict[str, str]] = {}
    for request in requests:
        for name, digests in request.digests.items():
            of_kind = found.setdefault(name, {})
            for digest in digests:
                of_kind.setdefault(digest, request.number)
    return found


def _path(environment: Environment) -> Path:
    return environment.privacy / "requests.jsonl"


def _apply(found: dict[str, Request], event: Mapping[str, Any]) -> None:
    number = event["request"]
    if event["event"] == "recorded":
        until = event.get("hold_until")
        found[number] = Request(
            number=number,
            kind=event["kind"],
            at=datetime.fromisoformat(event["at"]),
            reason=event["reason"],
            requested_by=event["requested_by"],
            digests={name: tuple(each) for name, each in event["digests"].items()},
            ids={name: tuple(each) for name, each in event["ids"].items()},
            hold_until=date.fromisoformat(until) if until else None,
            hold_reason=event.get("hold_reason"),
        )
    elif event["event"] == "kept_out":
        kept = found[number]
        found[number] = replace(kept, kept_out=kept.kept_out + event["rows"])
    elif event["event"] in ("found", "erased", "certified", "withdrawn"):
        kept = found[number]
        more = {
            name: tuple(dict.fromkeys((*kept.digests.get(name, ()), *each)))
            for name, each in event.get("digests", {}).items()
        }
        rows = event.get("rows", kept.rows)
        state = kept.state if event["event"] == "found" else event["event"]
        if event.get("again"):
            # What is found later has to be proved, too.
            state = "erased"
            rows = {name: kept.rows.get(name, 0) + rows.get(name, 0) for name in kept.rows | rows}
        found[number] = replace(
            kept,
            state=state,
            digests={**kept.digests, **more},
            rows=rows,
            files=event.get("files", kept.files),
            together=event.get("together", kept.together),
            kept_files=tuple(event.get("kept_files", kept.kept_files)),
            sought=event.get("sought", kept.sought),
        )
    else:
        raise ValueError(f"unknown event {event['event']!r}")
