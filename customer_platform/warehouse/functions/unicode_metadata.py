"""Writes what DuckDB knows of letters, so that other engines take the same for the same.

Engines follow different versions of Unicode. Spark's regular expressions follow that of its Java,
so classes are written out as the ranges that DuckDB has, and so are case, accents and composition.

Run by `make generate`: `python -m customer_platform.warehouse.functions.unicode_metadata`.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import duckdb

FILE = Path(__file__).with_name("unicode.json")
CLASSES = (
    *("L", "M", "N", "Ll", "Z", "Cc", "Cf"),
    *("Latin", "Greek", "Cyrillic", "Hebrew", "Arabic", "Common", "Inherited"),
)
_HANGUL = range(0xAC00, 0xD7A4)


def unicode_tables() -> Mapping[str, object]:
    """Tables of DuckDB's letters.

    Returns:
        `classes`: name of a class -> its code points, as text in a class of a regular expression.
        `lower`, `upper`, `plain`: two texts, letters and what they become; those of `plain` that
        the second has no letter for are removed.
        `uncomposed`: ranges of the characters that a text may have which is not composed.
        `ordered`: those of the marks that have an order among each other.
        `decomposed`, `order`, `composed`: pairs of a letter and its canonical decomposition, of a
        mark and its combining class, and of two letters and what they are as one.
    """
    connection = duckdb.connect()
    connection.execute(
        f"create table letters as select i as code, chr(i::int) as letter "
        f"from range(1, {sys.maxunicode + 1}) as t(i) where i not between 55296 and 57343"
    )
    matches = ", ".join(rf"regexp_matches(letter, '\p{{{name}}}')" for name in CLASSES)
    rows = connection.execute(
        "select code, lower(letter), upper(letter), strip_accents(letter), nfc_normalize(letter), "
        f"{matches} from letters order by code"
    ).fetchall()
    pairs = list(_pairs())
    marks = {chr(code) for code, *_ in rows if unicodedata.combining(chr(code))}
    changed = {chr(code) for code, _, _, _, composed, *_ in rows if composed != chr(code)}
    seconds = {pair[1] for pair, _ in pairs}
    jamo = {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    return {
        "classes": {
            name: _ranges(code for code, *all_ in rows if all_[4 + at])
            for at, name in enumerate(CLASSES)
        },
        "lower": _mapping((chr(code), lower) for code, lower, *_ in rows),
        "upper": _mapping((chr(code), upper) for code, _, upper, *_ in rows),
        "plain": _mapping((chr(code), plain) for code, _, _, plain, *_ in rows),
        "uncomposed": _ranges(map(ord, marks | changed | seconds | jamo)),
        "ordered": _ranges(map(ord, marks)),
        "decomposed": [
            (chr(code), unicodedata.normalize("NFD", chr(code)))
            for code, *_ in rows
            if code not in _HANGUL and unicodedata.normalize("NFD", chr(code)) != chr(code)
        ],
        "order": [(mark, str(unicodedata.combining(mark))) for mark in sorted(marks)],
        "composed": pairs,
    }


def _pairs() -> Iterator[tuple[str, str]]:
    """Two characters and the one that they are composed to, but for Korean syllables."""
    for code in range(sys.maxunicode + 1):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            pair = "".join(chr(int(part, 16)) for part in parts)
            if unicodedata.normalize("NFC", pair) == chr(code):
                yield pair, chr(code)


def _mapping(changes: Iterable[tuple[str, str]]) -> tuple[str, str]:
    changed = [(letter, other) for letter, other in changes if letter != other]
    if any(len(other) > 1 for _, other in changed):
        raise ValueError("a letter of DuckDB becomes several ones")
    changed.sort(key=lambda each: (not each[1], ord(each[0])))
    return "".join(letter for letter, _ in changed), "".join(other for _, other in changed)


def _ranges(codes: Iterable[int]) -> str:
    ranges: list[list[int]] = []
    for code in sorted(codes):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(
        rf"\x{{{first:X}}}" if first == last else rf"\x{{{first:X}}}-\x{{{last:X}}}"
        for first, last in ranges
    )


def main() -> None:
    """Writes the tables."""
    FILE.write_text(json.dumps(unicode_tables()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
