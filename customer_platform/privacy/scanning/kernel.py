"""The compiled loop that finds many patterns in bytes at once (Rabin and Karp's algorithm).

It knows keyed hashes of the patterns and not the patterns. Libraries of Aho-Corasick walk a tree
that outgrows the processor's cache: the 70,000 patterns of 1,000 people took them ten times as
long, and they keep Python's lock meanwhile.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from customer_platform.privacy.scanning.siphash import Bytes, Words, hash_small, hash_word

Numbers = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]

# As long as the shortest pattern may be.
WINDOW = 6
# Cells up to so many bytes are one word.
SHORT = 7

# So many windows are hashed in one go: what is known of them stays in the processor's cache.
_AT_ONCE = 2048
_LENGTH = np.uint64(WINDOW << 56)
_ONE = np.uint64(1)
_THREE = np.uint64(3)
_SEVEN = np.uint64(7)
_32 = np.uint64(32)
_56 = np.uint64(56)


@njit(nogil=True)
def _hash_windows(
    data: Bytes,
    begin: int,
    count: int,
    twos: npt.NDArray[np.uint16],
    fours: npt.NDArray[np.uint32],
    hashes: Words,
    key_0: np.uint64,
    key_1: np.uint64,
) -> None:
    """Hashes the windows that begin at so many places, in loops that become SIMD code."""
    for index in range(count + WINDOW - 1):
        letter = data[begin + index]
        twos[index] = letter | (((letter >= 65) & (letter <= 90)) * 32)
    for index in range(count + WINDOW - 2):
        twos[index] |= twos[index + 1] << 8
    for index in range(count):
        fours[index] = twos[index] | (np.uint32(twos[index + 2]) << np.uint32(16))
    for index in range(count):
        window = np.uint64(fours[index]) | (np.uint64(twos[index + 4]) << _32)
        hashes[index] = hash_word(window | _LENGTH, key_0, key_1)


@njit(nogil=True)
def _filter(hashes: Words, size: int, bits: int, present: Bytes, maybe: Numbers) -> int:
    """Keeps the places of hashes that a pattern may have; without a branch, that would be guessed.

    Returns:
        How many there are.
    """
    shift = np.uint64(64 - bits)
    count = 0
    for index in range(size):
        bit = hashes[index] >> shift
        maybe[count] = index
        count += (present[bit >> _THREE] >> (bit & _SEVEN)) & 1
    return count


@njit(cache=True, nogil=True)
def find_patterns(
    data: Bytes,
    start: int,
    done: Bytes,
    found: Numbers,
    places: Places,
    longest_chain: int,
    filter_bits: int,
    present: Bytes,
    head_bits: int,
    heads: Numbers,
    patterns: npt.NDArray[Any],
    window_key: tuple[np.uint64, np.uint64],
    whole_key: tuple[np.uint64, np.uint64],
) -> tuple[int, int]:
    """Finds patterns in bytes, as if all letters of ASCII in them were small.

    Args:
        data: The bytes.
        start: Where to begin.
        done: Patterns that aren't looked for any longer.
        found: Receives the patterns found; longer than `longest_chain`.
        places: Receives where they begin.
        longest_chain: The largest number of patterns that have one place in `heads`.
        filter_bits: How many bits of a window's hash are a place in `present`.
        present: A bit for each of them: whether a pattern has such a window.
        head_bits: How many bits of a window's hash are a place in `heads`.
        heads: The first pattern of each, the next one of which begins where it ends.
        patterns: The patterns, sorted by `tag`: the hash of a window, which begins at `window`;
            that of another one, which begins at `other_window`; `length`; the hash of `whole`.
        window_key: What windows are hashed with.
        whole_key: What patterns are hashed with.

    Returns:
        How many were found, and where to go on: the length of the data when all is done.
    """
    twos = np.empty(_AT_ONCE + WINDOW, dtype=np.uint16)
    fours = np.empty(_AT_ONCE, dtype=np.uint32)
    hashes = np.empty(_AT_ONCE, dtype=np.uint64)
    maybe = np.empty(_AT_ONCE, dtype=np.int32)
    head_shift = np.uint64(64 - head_bits)
    end = len(data) - WINDOW + 1
    count = 0
    for piece in range(start, end, _AT_ONCE):
        size = min(_AT_ONCE, end - piece)
        _hash_windows(data, piece, size, twos, fours, hashes, window_key[0], window_key[1])
        for index in maybe[: _filter(hashes, size, filter_bits, present, maybe)]:
            if count + longest_chain > len(found):
                return count, piece + index
            tag = hashes[index]
            head = tag >> head_shift
            # Patterns that begin and end alike follow one another, and are hashed once.
            hashed_begin, hashed_length, whole = -1, -1, np.uint64(0)
            for which in range(heads[head], heads[head + _ONE]):
                pattern = patterns[which]
                if pattern.tag != tag or done[which]:
                    continue
                begin = piece + index - pattern.window
                other = begin + pattern.other_window - piece
                if 0 <= other < size and hashes[other] != pattern.other_tag:
                    continue
                length = pattern.length
                if begin < 0 or begin + length > len(data):
                    continue
                if begin != hashed_begin or length != hashed_length:
                    whole = hash_small(data, begin, begin + length, whole_key[0], whole_key[1])
                    hashed_begin, hashed_length = begin, length
                if whole == pattern.whole:
                    found[count] = which
                    places[count] = begin
                    count += 1
    return count, len(data)


@njit(cache=True, nogil=True)
def find_words(
    words: Words, key_0: np.uint64, key_1: np.uint64, shift: np.uint64, present: Bytes
) -> Words:
    """The hashes of those words that may be among the ones looked for.

    Args:
        words: The words.
        key_0: The first half of the key.
        key_1: The second half of the key.
        shift: What makes a hash a place in `present`.
        present: For each of them, whether one that is looked for has such a hash.
    """
    hashes = np.empty(len(words), dtype=np.uint64)
    for index in range(len(words)):
        hashes[index] = hash_word(words[index], key_0, key_1)
    count = 0
    for index in range(len(words)):
        hashed = hashes[index]
        if present[hashed >> shift]:
            hashes[count] = hashed
            count += 1
    return hashes[:count]


@njit(cache=True, nogil=True)
def cell_words(data: Bytes, offsets: Places) -> Words:
    """Cells that lie one behind the other as words, as `hash_word` takes them.

    Args:
        data: Their bytes.
        offsets: Where each begins, and where the last one ends.

    Returns:
        A word for each; 0 for those of more than seven bytes.
    """
    words = np.zeros(len(offsets) - 1, dtype=np.uint64)
    for index in range(len(words)):
        length = offsets[index + 1] - offsets[index]
        if length <= SHORT:
            word = np.uint64(length) << _56
            for place in range(length):
                word |= np.uint64(data[offsets[index] + place]) << np.uint64(8 * place)
            words[index] = word
    return words
