"""What the words of a column's name say of consent to be emailed."""

from collections.abc import Sequence
from dataclasses import dataclass

from customer_platform.onboarding.vocabulary import CONSENT

# What is said of consent, and what may stand next to it.
_CONSENT_WORDS = frozenset[str]().union(
    *(words for says, words in CONSENT.items() if says != "affirmed")
)
_STATED = frozenset[str]().union(*(CONSENT[says] for says in ("agreed", "refused", "ended")))
_ONE_OF_CONSENT = CONSENT["refused"] | CONSENT["ended"] | CONSENT["clear"]


@dataclass(frozen=True)
class ConsentName:
    """What a name says of consent.

    Attributes:
        attribute: `email_consent`, or `email_opt_out`, which says the opposite.
        may_end_more: Of a refusal: whether something else than email may be meant.
    """

    attribute: str
    may_end_more: bool = False


def unless_denied(parts: Sequence[str]) -> str | None:
    """`No marketing emails` says the opposite; what `Newsletter no` says isn't known.

    Args:
        parts: The words of a name that has consent in it.
    """
    denied = not CONSENT["negated"].isdisjoint(parts)
    if not denied or not CONSENT["affirmed"].isdisjoint(parts):
        return "email_consent"
    return "email_opt_out" if parts[0] in CONSENT["negated"] else None


def says_of_consent(parts: Sequence[str]) -> ConsentName | None:
    """What words say of consent to be emailed, None where they say nothing, or it isn't clear what.

    Args:
        parts: The words of a column's name.
    """
    said = _joined(_without_answers([word for part in parts for word in _of_consent(part)]))
    if not all(word in _CONSENT_WORDS or word.isdigit() for word in said):
        return None
    agreed = CONSENT["agreed"].intersection(said)
    refused = CONSENT["refused"].intersection(said)
    ended = CONSENT["ended"].intersection(said)
    of_email = bool(CONSENT["of_email"].intersection(said))
    is_clear = of_email or bool(CONSENT["clear"] & agreed)
    denied = _is_denied(said)
    if denied and (refused or ended or said[-1] in CONSENT["negated"]):
        # `Not unsubscribed`, and a no at the end, may mean either.
        return None
    if denied or refused or ended or ("out" in said and agreed):
        return ConsentName("email_opt_out", not (refused or is_clear))
    return ConsentName("email_consent") if agreed and is_clear else None


def _of_consent(word: str) -> list[str]:
    """`newsletterabmeldung` is two words; one that is known, or isn't made of such, stays one."""
    if word in _CONSENT_WORDS:
        return [word]
    for cut in range(3, len(word) - 2):
        if word[:cut] in CONSENT["of_email"] and word[cut:] in _STATED:
            return [word[:cut], word[cut:]]
    return [word]


def _without_answers(said: Sequence[str]) -> list[str]:
    """Words without the answers that a column may give, as in `Accepts marketing (yes/no)`."""
    yes, no = CONSENT["affirmed"], CONSENT["negated"] | {"n"}
    for position in range(len(said) - 1):
        one, other = said[position : position + 2]
        if (one in yes and other in no) or (one in no and other in yes):
            return [*said[:position], *said[position + 2 :]]
    return list(said)


def _is_denied(said: Sequence[str]) -> bool:
    """Whether a negation stands before what somebody agrees to or is to be done."""
    stands = [position for position, word in enumerate(said) if word in CONSENT["negated"]]
    if not stands or said[stands[0] :][:2] == ["no", "of"]:
        return False
    done = CONSENT["acts"] | CONSENT["of_email"] | _STATED
    return said[-1] in CONSENT["negated"] or not done.isdisjoint(said[stands[0] + 1 :])


def _joined(parts: Sequence[str]) -> list[str]:
    """Words that together are one of consent: `opt out`, `do not email`."""
    said, position = [], 0
    while position < len(parts):
        for length in (5, 4, 3, 2, 1):
            word = "".join(parts[position : position + length])
            if length == 1 or word in _ONE_OF_CONSENT:
                said.append(word)
                position += length
                break
    return said
