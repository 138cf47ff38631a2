"""Which encoding text files are in, inferred from their bytes and from how well the text is spelt.

Read in a wrong encoding, words hold letters of no language, or signs.
"""

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

from charset_normalizer import from_bytes

from customer_platform.errors import UnreadableFileError
from customer_platform.ingestion.text_files import opened, wide_encoding

# Lines that are looked at closely; of all others it is only checked whether they are UTF-8.
_MOST_KEPT = 2_000
_USUAL = "cp1252"
# Single-byte encodings of Latin text, the likeliest first, and the languages written in each.
_LATIN = {
    _USUAL: "western",
    "cp1250": "central",
    "iso8859_2": "central",
    "cp1254": "turkish",
    "cp1257": "baltic",
    "iso8859_15": "western",
    "cp850": "western",
    "mac_roman": "western",
}
# Encodings that differ in so few letters that they are taken for each other.
_ALIKE = {"cp1253": ["iso8859_7"]}
# The share of words that are of another script alone, from which the text is.
_OF_ANOTHER_SCRIPT = 0.8


def find_encoding(paths: Sequence[Path]) -> str:
    """The encoding of the text files of one table, as Python names it.

    UTF-8 is certain. A single-byte encoding is the usual one of western Europe, unless
    another gives clearly better spelt words, or words of another script.

    Args:
        paths: The files.

    Raises:
        UnreadableFileError: They are no text, or mix encodings.
    """
    wide = {path: _wide(path) for path in paths}
    if len(set(wide.values())) > 1:
        named = ", ".join(f"{path} is {found.upper()}" for path, found in wide.items() if found)
        raise UnreadableFileError(
            f"{named}, and other files of the table are not; have the source deliver one "
            "encoding, best UTF-8"
        )
    if any(wide.values()):
        return wide[paths[0]]
    utf8: str | None = None
    other: str | None = None
    kept: list[bytes] = []
    for path, number, line in _lines_beyond_ascii(paths):
        if _is_utf8(line):
            utf8 = utf8 or _place(path, number, paths)
        else:
            other = other or _place(path, number, paths)
            if len(kept) < _MOST_KEPT:
                kept.append(line)
        if utf8 and other:
            raise UnreadableFileError(
                f"{paths[0]}: mixed encodings: {utf8} is UTF-8, {other} is not. Have the source "
                "deliver one encoding, best UTF-8"
            )
    return single_byte_encoding(kept) if kept else "utf-8"


def known_encoding(name: str, paths: Sequence[Path]) -> str:
    """An encoding that the user has said, as Python names it.

    Raises:
        UnreadableFileError: There is no such encoding, or a file is not in it.
    """
    try:
        encoding = codecs.lookup(name).name
        "".encode(encoding)  # refuses what Python decodes and is no text, such as base64
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise UnreadableFileError(
            f"--encoding {name}: unknown; use a name such as utf-8, cp1252 or iso8859-2"
        ) from error
    for path in paths:
        number = 0
        try:
            for number, line in _numbered_lines(path):  # noqa: B007
                decoder.decode(line)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise UnreadableFileError(
                f"{path}: --encoding {name}: line {number} is not in it ({error.reason}); "
                "leave the option out to have the encoding found"
            ) from error
    return encoding


def single_byte_encoding(lines: Sequence[bytes]) -> str:
    """The most likely encoding of lines that are not UTF-8.

    Args:
        lines: Lines with bytes beyond ASCII.
    """
    data = b"\n".join(lines)
    costs = {
        encoding: misspelt(data.decode(encoding, "replace"), languages)
        for encoding, languages in _LATIN.items()
    }
    best = min(costs, key=lambda encoding: costs[encoding])
    if costs[best]:
        guess = from_bytes(data).best()
        if guess is not None and share_of_other_scripts(str(guess)) >= _OF_ANOTHER_SCRIPT:
            return min(
                [guess.encoding, *_ALIKE.get(guess.encoding, [])],
                key=lambda encoding: misplaced_signs(data.decode(encoding, "replace")),
            )
    # A few words of other languages misspell themselves in any encoding.
    return best if costs[best] * 2 < costs[_USUAL] else _USUAL


def _wide(path: Path) -> str:
    """UTF-16 or UTF-32; nothing where it is neither."""
    with opened(str(path)) as stream:
        head = stream.read(1 << 16)
    encoding = wide_encoding(head)
    if not encoding and b"\x00" in head:
        raise UnreadableFileError(
            f"{path}: holds zero bytes, so it is no text; export it as CSV, JSONL or Parquet"
        )
    return encoding


def _numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with opened(str(path)) as stream:
        yield from enumerate(stream, start=1)


def _lines_beyond_ascii(paths: Iterable[Path]) -> Iterator[tuple[Path, int, bytes]]:
    for path in paths:
        for number, line in _numbered_lines(path):
            if not line.isascii():
                yield path, number, line


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _place(path: Path, number: int, paths: Sequence[Path]) -> str:
    return f"line {number}" if len(paths) == 1 else f"line {number} of {path}"


# Per group of languages their letters beyond ASCII. Western files mix two languages easily.
_LETTERS: dict[str, tuple[str, ...]] = {
    "western": (
        "àâæçéèêëîïôœùûüÿ", "áéíóúüñ", "ãáàâçéêíóôõúü", "àèéìíîòóùú", "äöüß", "éëïöüèáóêç",
        "æøåéüöäóò", "åäöéü", "äöõü", "àçéèíïóòúü",
    ),
    "central": (
        "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž",
    ),
    "turkish": ("çğıöşüâî",),
    "baltic": ("ąčęėįšųūž", "āčēģīķļņšūž"),
}  # fmt: skip
_ICELANDIC = frozenset("áðéíóúýþæö")
# In the files of every neighbour, and the same bytes in most encodings.
_EVERYWHERE = frozenset("äöüßé")


def _sets(languages: str) -> list[frozenset[str]]:
    alone = [frozenset(letters) for letters in _LETTERS[languages]]
    if languages != "western":
        return [each | _EVERYWHERE for each in alone]
    return [_ICELANDIC, *(one | other for one, other in combinations(alone, 2))]


_ALPHABETS = {languages: _sets(languages) for languages in _LETTERS}

# Signs between two letters of a word that belong there: apostrophes, dashes, the Catalan point.
_JOINING = "’‘·–—…\xa0\xad"  # noqa: RUF001
# Signs that never stand at the end, or at the beginning, of a word.
_NOT_BEHIND = re.compile(r"(?<![cdkm]m)(?<!\bm)(?<=[^\W\d_])[¹²³¿¡¾¼½¶¯¥£¢±¦](?![^\W\d_])")
_NOT_BEFORE = re.compile(r"(?<![^\W\d_])[¹²³¾¼½¶¯¥£¢±¦¬©®](?=[^\W\d_])")
_BETWEEN = re.compile(rf"(?<=[^\W\d_])(?:[^\w\x00-\x7f{_JOINING}]|[¹²³¼½¾])(?=[^\W\d_])")
_NOWHERE = re.compile(r"[\x80-\x9f\ufffd¤]")
_CAPITAL_INSIDE = re.compile(r"(?<=[a-z])[^\W\d_a-zA-Z]")
# ASCII, and what Unicode calls letters: ordinals and micro.
_NO_LETTERS = frozenset(map(chr, range(128))) | frozenset("ªºµ")
_WORD = re.compile(r"[^\W\d_]{3,}")


def misspelt(text: str, languages: str) -> int:
    """How many characters can't be right, if the text is of these languages.

    Args:
        text: The text.
        languages: western, central, turkish or baltic.
    """
    letters = Counter(each for each in text.lower() if each.isalpha() and each not in _NO_LETTERS)
    strange = min(
        sum(count for letter, count in letters.items() if letter not in alphabet)
        for alphabet in _ALPHABETS[languages]
    )
    capitals = sum(each.isupper() for each in _CAPITAL_INSIDE.findall(text))
    return strange + capitals + misplaced_signs(text)


def misplaced_signs(text: str) -> int:
    """How many signs stand where words have none, whatever the language."""
    signs = (_NOT_BEHIND, _NOT_BEFORE, _BETWEEN, _NOWHERE)
    return sum(len(sign.findall(text)) for sign in signs)


def share_of_other_scripts(text: str) -> float:
    """Of the words beyond ASCII, the share that has no Latin letter in it."""
    found = [word for word in _WORD.findall(text) if not word.isascii()]
    other = [word for word in found if not any(map(_is_latin, word))]
    return len(other) / len(found) if found else 0.0


def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")
