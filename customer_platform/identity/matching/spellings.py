"""Names of people as they are spelt: which may be the same name, and how many people they are.

A name is written in full, as an initial, in a short form (`short_names.txt` has those that the
letters don't say) and with typing errors. Such spellings are alike, and count as one person. Names
of other scripts than Latin, Greek and Cyrillic are alike only when they are equal: where a sign is
a syllable or a vowel, one other sign is another name.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

if TYPE_CHECKING:
    import pyarrow as pa


Ids = npt.NDArray[np.int32]

# A name's further letters don't count.
LETTERS = 24
# So many spellings are compared with each other; of more those with the smallest hashes.
MOST_SPELLINGS = 63
NO_NAME = -1

# The first code point behind Latin, Greek and Cyrillic.
_OTHER_SCRIPTS = 0x0530
_A, _E, _I, _O, _U, _Y, _S = (ord(letter) for letter in "aeiouys")


class Spellings(NamedTuple):
    """Distinct spellings of names, by their id.

    Attributes:
        letters: Per spelling its first letters as code points, and 0 behind the last.
        lengths: Per spelling its letters.
        hashes: Per spelling a hash of its letters, by which spellings are ordered.
        full_names: Per spelling the lines of `short_names.txt` that have it, `NO_NAME` behind them.
    """

    letters: npt.NDArray[np.uint32]
    lengths: npt.NDArray[np.int32]
    hashes: npt.NDArray[np.uint64]
    full_names: npt.NDArray[np.int32]


def no_spellings() -> Spellings:
    """Where no rule asks who a record is."""
    return Spellings(
        np.empty((0, LETTERS), dtype=np.uint32),
        np.empty(0, dtype=np.int32),
        np.empty(0, dtype=np.uint64),
        np.empty((0, 1), dtype=np.int32),
    )


def read_spellings(columns: Sequence["pa.Array"]) -> tuple[Spellings, Ids]:
    """The spellings in columns of names, and the id of each; ids are those of all columns.

    Case, blanks and punctuation don't count.

    Args:
        columns: Text columns of equal length; null for no name.

    Returns:
        The spellings, and per column and row the id, `NO_NAME` where there is none.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    together = pa.chunked_array([column.cast(pa.large_string()) for column in columns])
    encoded = together.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    ids = encoded.indices.fill_null(NO_NAME).to_numpy(zero_copy_only=False).astype(np.int32)
    plain = pc.replace_substring_regex(
        pc.utf8_lower(encoded.dictionary), r"[\pP\pZ\pS\pC]+", ""
    ).dictionary_encode()
    # Two spellings may be one without their punctuation, and one may be nothing at all.
    names = np.array([*plain.dictionary.to_pylist(), ""], dtype=f"<U{LETTERS}")
    letters = names.view(np.uint32).reshape(len(names), LETTERS)
    lengths = np.count_nonzero(letters, axis=1).astype(np.int32)
    same = plain.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    same = np.append(np.where(lengths[same] > 0, same, NO_NAME), NO_NAME).astype(np.int32)
    spellings = Spellings(letters, lengths, _hashes(letters), _full_names(names))
    return spellings, same[ids].reshape(len(columns), -1)


def _full_names(names: npt.NDArray[np.str_]) -> npt.NDArray[np.int32]:
    lines = _lines_of_names()
    most = max(len(numbers) for numbers in lines.values())
    found = np.full((len(names), most), NO_NAME, dtype=np.int32)
    for spelling in np.flatnonzero(np.isin(names, list(lines))):
        numbers = lines[str(names[spelling])]
        found[spelling, : len(numbers)] = numbers
    return found


@cache
def _lines_of_names() -> dict[str, list[int]]:
    """Per name, full or short, the lines of `short_names.txt` that have it."""
    lines: dict[str, list[int]] = {}
    text = Path(__file__).with_name("short_names.txt").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines()):
        for name in line.partition("#")[0].replace(":", " ").split():
            lines.setdefault(name, []).append(number)
    return lines


@njit(cache=True)
def _hashes(letters: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """FNV-1a of the letters, mixed: the same on every machine, and not in the alphabet's order."""
    hashes = np.empty(len(letters), dtype=np.uint64)
    for name in range(len(letters)):
        value = np.uint64(14695981039346656037)
        for letter in letters[name]:
            value = (value ^ np.uint64(letter)) * np.uint64(1099511628211)
        hashes[name] = (value ^ (value >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15)
    return hashes


@njit(cache=True, nogil=True)
def _is_vowel(letter: np.uint32) -> bool:
    return letter in (_A, _E, _I, _O, _U, _Y)


@njit(cache=True, nogil=True)
def _is_within(short: npt.NDArray[np.uint32], size: int, name: npt.NDArray[np.uint32]) -> bool:
    """Whether a name has the first letters of another in their order; doubled ones count once."""
    at = 0
    for position in range(size):
        if position and short[position] == short[position - 1]:
            continue
        while at < LETTERS and name[at] != 0 and name[at] != short[position]:
            at += 1
        if at == LETTERS or name[at] == 0:
            return False
        at += 1
    return True


@njit(cache=True, nogil=True)
def _is_part(
    short: npt.NDArray[np.uint32], size: int, name: npt.NDArray[np.uint32], length: int
) -> bool:
    """Whether a name has another in one piece behind its first letter."""
    for start in range(1, length - size + 1):
        at = 0
        while at < size and short[at] == name[start + at]:
            at += 1
        if at == size:
            return True
    return False


@njit(cache=True, nogil=True)
def _typing_errors(
    one: npt.NDArray[np.uint32], size: int, other: npt.NDArray[np.uint32], length: int
) -> int:
    """Letters missing, added, replaced, or swapped with their neighbour (Damerau, 1964)."""
    distance = np.empty((LETTERS + 1, LETTERS + 1), dtype=np.int32)
    for i in range(size + 1):
        distance[i, 0] = i
    for j in range(length + 1):
        distance[0, j] = j
    for i in range(1, size + 1):
        for j in range(1, length + 1):
            replaced = 0 if one[i - 1] == other[j - 1] else 1
            best = min(
                distance[i - 1, j] + 1, distance[i, j - 1] + 1, distance[i - 1, j - 1] + replaced
            )
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                best = min(best, distance[i - 2, j - 2] + 1)
            distance[i, j] = best
    return int(distance[size, length])


@njit(cache=True, nogil=True)
def are_alike(s: Spellings, one: int, other: int) -> bool:
    """Whether two spellings may be the same name.

    Alike are J., Jan and Johan; Jansen and Jnasen; Sam and Samuel; Thijs and Matthijs; Bob and
    Robert. Not alike are the forms for a man and a woman, which differ in their ending: Jan and
    Jana, Mario and Maria.
    """
    if one == other:
        return True
    if s.lengths[one] > s.lengths[other]:
        one, other = other, one
    short, name = s.letters[one], s.letters[other]
    size, length = s.lengths[one], s.lengths[other]
    for position in range(length):
        if name[position] >= _OTHER_SCRIPTS or short[position] >= _OTHER_SCRIPTS:
            return False
    for mine in s.full_names[one]:
        for theirs in s.full_names[other]:
            if mine != NO_NAME and mine == theirs:
                return True
    if short[0] != name[0]:
        return size >= 4 and _is_part(short, size, name, length)
    if size == 1:
        return True
    same = 0
    while same < size and short[same] == name[same]:
        same += 1
    last = name[length - 1]
    if same == size:
        # Paul and Paula, Emil and Emilia, Daniel and Danielle, Andrea and Andreas are two; Josh and
        # Joshua are one.
        if length - size == 1 and (last == _S or last == short[size - 1]):
            return bool(last == short[size - 1])
        if length - size > 2 or size == 2 or last not in (_A, _E):
            return True
        return length - size == 2 and name[size] != _I and _is_vowel(name[size])
    ends_otherwise = last != short[size - 1] and (_is_vowel(last) or _is_vowel(short[size - 1]))
    stem = size
    if size >= 4 and (short[size - 1] == _I or short[size - 1] == _Y):
        stem = size - 1
    elif size >= 5 and short[size - 1] == _E and short[size - 2] == _I:
        stem = size - 2
    is_short_form = size < length and (stem > 2 or not _is_vowel(short[1]))
    is_of_woman = last == _A and short[size - 1] != _A and stem == size
    if is_short_form and not is_of_woman and _is_within(short, stem, name):
        return True
    if length < 4 or ends_otherwise:
        return False
    return _typing_errors(short, size, name, length) <= (2 if length >= 8 else 1)


@njit(cache=True, nogil=True)
def with_spelling(s: Spellings, found: Ids, count: int, spelling: int) -> int:
    """Adds a spelling to the first `count` found, in the order of their hashes.

    Args:
        s: The spellings.
        found: Ids, with room for `MOST_SPELLINGS`; changed.
        count: How many there are.
        spelling: The id to add; nothing changes when it is there, or is `NO_NAME`.

    Returns:
        How many there are then.
    """
    if spelling == NO_NAME:
        return count
    place = count
    while place > 0 and s.hashes[found[place - 1]] > s.hashes[spelling]:
        place -= 1
    before = place - 1
    while before >= 0 and s.hashes[found[before]] == s.hashes[spelling]:
        if found[before] == spelling:
            return count
        before -= 1
    if place == MOST_SPELLINGS:
        return count
    end = min(count, MOST_SPELLINGS - 1)
    for at in range(end, place, -1):
        found[at] = found[at - 1]
    found[place] = spelling
    return end + 1


@njit(cache=True, nogil=True)
def are_more_people(s: Spellings, found: Ids, count: int, most: int) -> bool:
    """Whether spellings are the names of more than so many people.

    They are when more than `most` of them are unlike each other: J. may be Jan or Jos, but then
    Jan and Jos are two.

    Args:
        s: The spellings.
        found: Distinct ids.
        count: How many of them count.
        most: The most people.
    """
    if count <= most:
        return False
    alike = np.zeros(MOST_SPELLINGS, dtype=np.uint64)
    for one in range(count):
        for other in range(one):
            if are_alike(s, found[one], found[other]):
                alike[one] |= np.uint64(1) << np.uint64(other)
                alike[other] |= np.uint64(1) << np.uint64(one)
    return _has_unlike(alike, (np.uint64(1) << np.uint64(count)) - np.uint64(1), most + 1)


@njit(cache=True, nogil=True)
def _has_unlike(alike: npt.NDArray[np.uint64], among: np.uint64, wanted: int) -> bool:
    """Whether so many of some spellings are unlike each other.

    A spelling whose alike ones are all alike too may always be taken; where there is none, the
    branches with and without one are tried (independent set, by simplicial vertices).
    """
    one_bit = np.uint64(1)
    # What is left to try: the spellings, and how many of them are still wanted.
    rests = np.empty(MOST_SPELLINGS + 1, dtype=np.uint64)
    wants = np.empty(MOST_SPELLINGS + 1, dtype=np.int64)
    rests[0], wants[0] = among, wanted
    waiting = 1
    while waiting:
        waiting -= 1
        rest, want = rests[waiting], wants[waiting]
        while want > 0 and _bits(rest) >= want:
            fewest, chosen, is_simple = MOST_SPELLINGS + 1, 0, False
            for name in range(MOST_SPELLINGS):
                if not (rest >> np.uint64(name)) & one_bit:
                    continue
                near = alike[name] & rest
                count = _bits(near)
                if count < fewest:
                    fewest, chosen = count, name
                if _are_all_alike(alike, near):
                    chosen, is_simple = name, True
                    break
            taken = one_bit << np.uint64(chosen)
            if not is_simple:
                rests[waiting], wants[waiting] = rest & ~taken, want
                waiting += 1
            rest &= ~(taken | alike[chosen])
            want -= 1
        if want <= 0:
            return True
    return False


@njit(cache=True, nogil=True)
def _are_all_alike(alike: npt.NDArray[np.uint64], names: np.uint64) -> bool:
    for name in range(MOST_SPELLINGS):
        bit = np.uint64(1) << np.uint64(name)
        if names & bit and (names & ~bit) & ~alike[name]:
            return False
    return True


@njit(cache=True, nogil=True)
def _bits(value: np.uint64) -> int:
    count = 0
    while value:
        value &= value - np.uint64(1)
        count += 1
    return count
