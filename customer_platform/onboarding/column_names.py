"""What a column is called after: the words of its name say which attribute, which of several."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from customer_platform.onboarding.consent_names import says_of_consent, unless_denied
from customer_platform.onboarding.vocabulary import (
    ABBREVIATIONS,
    ATTRIBUTES,
    BEHIND,
    COMPANYS,
    COMPOUNDS,
    CONNECTORS,
    DELETED,
    MOBILES,
    NOT_ATTRIBUTES,
    OTHERS,
    OWNERS,
    PLACES,
    words,
)

_NAMES = {
    name: attribute
    for known in (ATTRIBUTES, NOT_ATTRIBUTES)
    for attribute, names in known.items()
    for name in names
}
_PLACE_OF = {word: place for place, names in PLACES.items() for word in names}
_NEUTRAL = OWNERS | COMPANYS | BEHIND | CONNECTORS | frozenset(_PLACE_OF)
_RANKS = {
    place: rank
    for rank, place in enumerate(("preferred", *[p for p in PLACES if p != "preferred"]))
}
# Of a company, as far as the record is a person's: behind every address of the person's own.
COMPANY = "company"
_LONGEST_SPAN = 6


@dataclass(frozen=True)
class ColumnName:
    """What a column is called after.

    Attributes:
        attribute: The attribute, or what else it is; see words.yaml.
        is_exact: Whether the name says that and nothing more.
        places: Which address, phone or email it is: `billing`, `home`; empty for that which is
            simply called so.
        number: The number that distinguishes it from others of its kind; 1 where there is none.
        is_mobile: Whether it is the number of a phone that somebody carries.
        may_end_more: Of a refusal: whether something else than email may be meant, as with
            `Cancelled` and `Do not contact`, so that a no is no agreement to email.
    """

    attribute: str
    is_exact: bool
    places: frozenset[str] = frozenset()
    number: int = 1
    is_mobile: bool = False
    may_end_more: bool = False

    def rank(self, *, of_company: bool = False) -> tuple[int, int]:
        """Less is to be preferred: by place, then by number.

        Args:
            of_company: Whether the record is a company's.
        """
        ranks = [_RANKS[place] for place in self.places if place != COMPANY]
        if COMPANY in self.places and not of_company:
            ranks.append(_RANKS["work"])
        return max(ranks, default=0), self.number


@cache
def column_name(name: str) -> ColumnName | None:
    """What a column is called after, None where its words say no attribute.

    All words count: one that neither belongs to the attribute nor says whose, where or which of
    several it is makes the column another one: `Email` and `Billing Email 2` are email addresses,
    `Email Bounces` is none.

    Args:
        name: Name of the column.
    """
    whole = "".join(words(name))
    parts = tokens(name)
    if whole in _NAMES:
        return ColumnName(_NAMES[whole], True, is_mobile=not MOBILES.isdisjoint([whole, *parts]))
    candidates = list(_by_span(parts))
    if candidates:
        found = min(candidates, key=lambda each: each[0])[1]
        if found.attribute != "email_consent":
            return found
        said = unless_denied(parts)
        if said == "email_consent":
            return found
        return ColumnName(said, False) if said else None
    of_consent = says_of_consent(parts)
    if _says_deleted(parts) and (of_consent is None or of_consent.may_end_more):
        return ColumnName("deleted", False)
    if of_consent is None:
        return None
    return ColumnName(of_consent.attribute, False, may_end_more=of_consent.may_end_more)


def attribute_by_name(name: str) -> tuple[str, bool] | None:
    """The attribute that a column is called after.

    Args:
        name: Name of the column.

    Returns:
        The attribute, and whether the name is exactly one of it; None when it is called otherwise.
    """
    found = column_name(name)
    return (found.attribute, found.is_exact) if found and found.attribute in ATTRIBUTES else None


def is_of_another(name: str) -> bool:
    """Whether a column is of somebody else: of an owner, an assistant, an emergency contact."""
    return not OTHERS.isdisjoint(tokens(name))


def tokens(name: str) -> list[str]:
    """The words of a column's name, digits and words that are made of several taken apart."""
    found = []
    for word in words(name):
        for part in re.findall(r"[0-9]+|[a-z]+(?:[0-9]+(?=[a-z]))*", word):
            found += _split(ABBREVIATIONS.get(part, part))
    return found


def _split(word: str) -> list[str]:
    """`mailingstreet` and `rechnungsort` are two words; what is known as one stays one."""
    if word in _NAMES or word in _NEUTRAL or word in OTHERS:
        return [word]
    for cut in range(len(word) - 3, 2, -1):
        before, behind = word[:-cut], word[-cut:]
        if behind in COMPOUNDS and before in OWNERS | COMPANYS | frozenset(_PLACE_OF):
            return [before, behind]
    return [word]


def _by_span(parts: Sequence[str]) -> Iterator[tuple[tuple[bool, int, int], ColumnName]]:
    """The attributes that words next to each other say; of the least first, the likeliest.

    A word that also says whose or which it is counts less than others, and of two such the last:
    a company's address is an address, an address' company a company.
    """
    for length in range(min(_LONGEST_SPAN, len(parts)), 0, -1):
        for start in range(len(parts) - length + 1):
            span = parts[start : start + length]
            attribute = _NAMES.get("".join(span)) or _without_connectors(span)
            others = [*parts[:start], *parts[start + length :]]
            if attribute and all(_changes_nothing(word, attribute) for word in others):
                is_weak = all(word in _NEUTRAL or word.isdigit() for word in span)
                yield (is_weak, -length, -start), _named(attribute, parts, others)


def _without_connectors(span: Sequence[str]) -> str | None:
    """`Date d'inscription` as date and inscription."""
    kept = [word for word in span if word not in CONNECTORS]
    inside = span[0] in kept and span[-1] in kept and len(kept) < len(span)
    return _NAMES.get("".join(kept)) if inside else None


def _named(attribute: str, parts: Sequence[str], others: Sequence[str]) -> ColumnName:
    places = {_PLACE_OF[word] for word in others if word in _PLACE_OF}
    if not COMPANYS.isdisjoint(others):
        places.add(COMPANY)
    numbers = [int(word) for word in others if word.isdigit() and len(word) < 3]
    is_mobile = not MOBILES.isdisjoint([*parts, "".join(parts)])
    return ColumnName(attribute, False, frozenset(places), (numbers or [1])[-1] or 1, is_mobile)


def _changes_nothing(word: str, attribute: str) -> bool:
    return word in _NEUTRAL or word.isdigit() or _NAMES.get(word) == attribute


def _says_deleted(parts: Sequence[str]) -> bool:
    known = DELETED["says"] | DELETED["with"]
    return not DELETED["says"].isdisjoint(parts) and known.issuperset(parts)
