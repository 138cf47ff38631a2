"""How well text is spelt: read in a wrong encoding, words hold letters of no language, or signs."""

import re
import unicodedata
from collections import Counter
from itertools import combinations

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
