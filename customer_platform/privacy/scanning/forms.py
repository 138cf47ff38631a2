"""The forms in which a value may stand in a file, as bytes to look for.

Upper and lower case of ASCII letters is the search's business. For other letters every mixture of
cases is a form of its own where there are few of them; where there are many, the usual ones are.
"""

import html
import json
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal
from urllib.parse import quote, quote_plus

Form = Literal["plain", "escaped", "UTF-16", "hex", "base64"]
Alike = Literal["any case", "as it is", "utf-16-le", "utf-16-be"]

# Latin text that is not Unicode; the second one has all letters of the first.
_SINGLE_BYTE = ("latin-1", "cp1252")
_MOST_MIXTURES = 64


@dataclass(frozen=True, slots=True)
class Written:
    """A value as bytes.

    Attributes:
        form: The form.
        content: The bytes.
        alike: Which other bytes are the same value: those with ASCII letters of another case; in
            base64, none; in UTF-16, those of the same text, as half of a letter may look like one
            of ASCII.
    """

    form: Form
    content: bytes
    alike: Alike = "any case"


def as_compared(content: bytes, alike: Alike) -> bytes:
    """What two pieces of bytes have in common that are the same value.

    Args:
        content: The bytes.
        alike: Which bytes are.
    """
    if alike == "any case":
        return content.lower()
    if alike == "as it is":
        return content
    text = content.decode(alike, "surrogatepass")
    return text.casefold().encode("utf-8", "surrogatepass")


def forms(value: str) -> Iterator[Written]:
    """All forms of a value, some of them more than once."""
    for text in _spellings(value):
        yield Written("plain", text.encode())
        yield Written("hex", text.encode().hex().encode())
        yield Written("UTF-16", text.encode("utf-16-le"), "utf-16-le")
        yield Written("UTF-16", text.encode("utf-16-be"), "utf-16-be")
        for encoding in _SINGLE_BYTE:
            try:
                yield Written("plain", text.encode(encoding))
                yield Written("hex", text.encode(encoding).hex().encode())
            except UnicodeEncodeError:
                continue
        for escaped in _escaped(text):
            yield Written("escaped", escaped.encode())
    for text in {each for known in _normal(value) for each in _usual_cases(known)}:
        yield from _base64(text.encode())


def forms_in_text(value: str) -> Iterator[Written]:
    """The forms of a value in a column of text: as it is, and as it is within JSON."""
    for text in _spellings(value):
        yield Written("plain", text.encode())
        for escaped in _in_json(text) - {text}:
            yield Written("escaped", escaped.encode())


def _normal(value: str) -> set[str]:
    """A letter with an accent is one character or two."""
    return {value, unicodedata.normalize("NFC", value), unicodedata.normalize("NFD", value)}


def _usual_cases(value: str) -> set[str]:
    return {value, value.lower(), value.upper(), value.title()}


def _spellings(value: str) -> set[str]:
    found: set[str] = set()
    for text in _normal(value):
        found |= _usual_cases(text) | {text.casefold()}
        # Of an ASCII letter one case is enough.
        each = [
            {letter}
            if letter.isascii()
            else {letter, letter.lower(), letter.upper(), letter.casefold()}
            for letter in text
        ]
        mixtures = 1
        for cases in each:
            mixtures *= len(cases)
        if mixtures <= _MOST_MIXTURES:
            found |= {"".join(letters) for letters in product(*each)}
    return found


def _escaped(text: str) -> set[str]:
    """As JSON, Python, URLs, HTML and SQL write characters that mean something there."""
    found = {
        ascii(text)[1:-1],
        quote(text, safe=""),
        quote(text, safe="@:/"),
        quote_plus(text),
        quote_plus(text, safe="@"),
        html.escape(text),
        html.escape(text).replace("&#x27;", "&#39;"),
        text.encode("ascii", "xmlcharrefreplace").decode(),
        text.replace("'", "''"),
        text.replace('"', '""'),
    }
    return (found | _in_json(text)) - {text}


def _in_json(text: str) -> set[str]:
    escaped = json.dumps(text)[1:-1]
    return {
        escaped,
        escaped.replace("/", "\\/"),
        json.dumps(text, ensure_ascii=False)[1:-1],
        # Inside a text of JSON that JSON holds.
        escaped.replace("\\", "\\\\"),
    }


def _base64(content: bytes) -> Iterator[Written]:
    """At each of the three places where it may begin in a longer text, without shared letters."""
    for before, first in enumerate((0, 2, 3)):
        padded = bytes(before) + content
        last = len(padded) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield Written("base64", encode(padded)[first:last], "as it is")
