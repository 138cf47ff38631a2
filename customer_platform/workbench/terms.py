"""What the search looks for in the index: terms, beginnings of terms, and words spelt like them."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from customer_platform.warehouse.functions.countries import calling_code
from customer_platform.warehouse.sql import literal, statement

# From how many letters on a text is taken for a beginning.
_SHORTEST_BEGINNING = 2

# As Unicode names their letters. Longer than both names of a person are words seldom.
_WITHOUT_BLANKS = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}
_LONGEST_NAME = 8

# After all that begins with a text.
BEYOND = chr(0x10FFFF)

EXACT, BEGINS, ALIKE = "exact", "begins", "alike"


@dataclass(frozen=True)
class Terms:
    """Terms to look for, for one word of the search; each with what it is worth, up to 1.

    Attributes:
        exact: Values as they are.
        beginnings: Beginnings of words of names.
        of_values: Beginnings of other values.
        alike: Words of names that are spelt like it, with how much they are alike.
    """

    exact: Sequence[str] = ()
    beginnings: Sequence[str] = ()
    of_values: Sequence[str] = ()
    alike: Mapping[str, float] = field(default_factory=dict)


def of_whole(whole: Sequence[str], text: str, country: str) -> list[Terms]:
    """All that was typed as one value, or as the beginning of one.

    Several names are the beginning of no value; they may be a number of a source.

    Args:
        whole: It as each kind of value would be in the index.
        text: It as it was typed.
        country: The country of phone numbers that name none.
    """
    if " " in text and not any(each.isdigit() or each == "@" for each in text):
        return [Terms(exact=whole[:1])]
    begun = [each for each in [*whole, *_begun_phone(text, country)] if len(each) > 2]
    return [Terms(exact=whole, of_values=begun)]


def _begun_phone(text: str, country: str) -> list[str]:
    """The beginning of a number as it is kept: 06 12 of the Netherlands is +3161 2."""
    digits = "".join(filter(str.isdigit, text))
    if len(digits) < 4 or any(each.isalpha() for each in text) or text.startswith("+"):
        return []
    return [f"+{calling_code(country)}{digits[1:]}"] if digits.startswith("0") else []


def of_word(word: str) -> Terms:
    """A word of a name, or the beginning of one; or a value."""
    begins = [word] if len(word) >= _SHORTEST_BEGINNING else []
    return Terms(exact=[word], beginnings=begins)


def written_together(word: str) -> list[tuple[str, str]]:
    """The two names that a word may be where names are written without a blank, as in 李小龍."""
    scripts = {unicodedata.name(letter, "").split(" ")[0].split("-")[0] for letter in word}
    if not scripts <= _WITHOUT_BLANKS or len(word) > _LONGEST_NAME:
        return []
    return [(word[:cut], word[cut:]) for cut in range(1, len(word))]


def selects(each: Terms, position: int, only: str | None, values: dict[str, Any]) -> Iterator[str]:
    """Queries of whoever has one of the terms; see `workbench/terms`.

    Args:
        each: The terms.
        position: Which word of the search they are for.
        only: The only entity that is looked for; None for all.
        values: What is bound; what these look for is added.
    """

    def bound(value: str) -> str:
        name = f"value_{len(values)}"
        values[name] = value
        return f"${name}"

    def select(how: str, worth: str, condition: str) -> str:
        return statement(
            "workbench/terms",
            place=str(position),
            kind_of_match=how,
            worth=worth,
            condition=condition if only is None else f"{condition} and entity = {literal(only)}",
        )

    def from_there(term: str, worth: float, further: str) -> str:
        """Whoever has it as it is, or something that begins so: one passage for both."""
        this = bound(term)
        return select(
            f"case when term = {this} then {literal(EXACT)} else {literal(BEGINS)} end",
            f"case when term = {this} then 1.0 else {worth} end",
            f"term >= {this} and term < {bound(term + BEYOND)} and ({further} or term = {this})",
        )

    # A condition each: of several values, DuckDB reads all that lie between them.
    begun = {*each.beginnings, *each.of_values}
    for term in dict.fromkeys(each.exact):
        if term not in begun:
            yield select(literal(EXACT), "1.0", f"term = {bound(term)}")
    for term in each.beginnings:
        yield from_there(term, 0.9, "is_word")
    for term in each.of_values:
        yield from_there(term, 0.85, "not is_word")
    for term, similarity in each.alike.items():
        condition = f"term = {bound(term)} and is_word"
        yield select(literal(ALIKE), f"{0.8 * similarity:.4f}", condition)
