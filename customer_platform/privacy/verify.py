"""Looks again for somebody who was erased, when nothing has the values any more."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from customer_platform.environment import Environment
from customer_platform.errors import PrivacyError
from customer_platform.not_on_spark import refuse_on_spark
from customer_platform.privacy.requests import read_request, read_requests
from customer_platform.privacy.scan import Scan, Sought, scan
from customer_platform.privacy.secret import read_secret
from customer_platform.privacy.stored_decisions import with_decisions
from customer_platform.privacy.values import sought_path


@dataclass(frozen=True)
class Verified:
    """What was found when somebody was looked for again.

    Attributes:
        scan: What was found.
        values: How many values were looked for.
        together: The requests that were carried out together with it: their people's values are
            among these, and can't be told from those of the person.
    """

    scan: Scan
    values: int
    together: tuple[str, ...]

    def text(self) -> str:
        """What to tell whoever has asked."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        found = self.scan
        yield f"Looked through {found.files:,} files with {found.bytes:,} bytes."
        if self.together:
            yield f"Carried out together with it, and looked for, too: {', '.join(self.together)}."
        if found.too_short:
            yield (
                f"{len(found.too_short):,} of {self.values:,} values are too short to be told from "
                "chance within other text: they were looked for as whole values in columns."
            )
        for place in found.places:
            written = "" if place.form == "unread" else f" ({place.form})"
            yield f"{place.path}: {place.where}{written}"
        if found.found:
            yield f"Something of the person was found, in {len(found.found):,} places."
        if found.unread:
            yield f"{len(found.unread):,} files could not be read: nothing is proved of them."
        if any(place.is_in_use for place in found.unread):
            yield "A run, or another process, holds what is in use: verify again when it is over."
        if not found.places:
            yield "Nothing of the person was found."


def verify(environment: Environment, number: str) -> Verified:
    """Looks again, through every byte of the home, for somebody who was erased.

    Args:
        environment: The deployment.
        number: The request.

    Raises:
        PrivacyError: There is no such request, or it was not carried out; what it looks for is
            missing; the secret is missing or another one.
        NotOnEngineError: The tables are on Spark.
    """
    refuse_on_spark(environment, "requests")
    request = read_request(environment, number)
    if request.kind != "erase":
        raise PrivacyError(f"{number} keeps somebody out and erases nothing: nothing to verify")
    if request.sought is None:
        raise PrivacyError(
            f"{number} is {request.state} and was not carried out: there is nothing to verify"
        )
    secret = read_secret(environment)
    sought = Sought.read(sought_path(environment, request.sought), secret)
    together = [
        each.number
        for each in read_requests(environment).values()
        if each.sought == request.sought and each.number != number
    ]
    found = with_decisions(
        scan(environment.home, sought, not_scanned(environment)), environment, sought
    )
    return Verified(found, len(sought), tuple(together))


def not_scanned(environment: Environment) -> list[Path]:
    """What of a home isn't looked through: it holds the secret, and what was made with it."""
    return [environment.privacy / "sought", environment.privacy / "secret"]
