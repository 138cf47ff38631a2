"""The compiled loop that finds many patterns in bytes at once (Rabin and Karp's algorithm).

Libraries of Aho-Corasick walk a tree that outgrows the processor's cache: the 80,000 patterns of
1,000 people took them ten times as long, and they keep Python's lock meanwhile.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int32]

# As long as the shortest pattern may be.
WINDOW = 6

_MASK = np.uint64((1 << (8 * WINDOW)) - 1)
# Knuth's multiplicative hash: 2^64 divided by the golden ratio.
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_EIGHT = np.uint64(8)
_THREE = np.uint64(3)
_SEVEN = np.uint64(7)
_ONE = np.uint64(1)


def window_hash(window: int, bits: int) -> int:
    """So many bits of the hash of a window, whose bytes are one number."""
    return ((window * int(_FACTOR)) & 0xFFFFFFFFFFFFFFFF) >> (64 - bits)


@njit(cache=True, nogil=True)
def find_patterns(
    data: Bytes,
    start: int,
    done: Bytes,
    found: Numbers,
    places: npt.NDArray[np.int64],
    longest_chain: int,
    filter_bits: int,
    present: Bytes,
    head_bits: int,
    heads: Numbers,
    following: Numbers,
    keys: npt.NDArray[np.uint64],
    windows: Numbers,
    bounds: Numbers,
    patterns: Bytes,
) -> tuple[int, int]:
    """Finds patterns in bytes, as if all letters of ASCII in them were small.

    Args:
        data: The bytes.
        start: Where to begin.
        done: Patterns that aren't looked for any longer.
        found: Receives the patterns found; longer than `longest_chain`.
        places: Receives where they begin.
        longest_chain: The largest number of patterns that follow one another.
        filter_bits: How many bits of a window's hash are a place in `present`.
        present: A bit for each of them: whether a pattern has such a window.
        head_bits: How many bits of a window's hash are a place in `heads`.
        heads: The first pattern of each; -1 for none.
        following: The next pattern of each pattern; -1 for none.
        keys: The window of each pattern.
        windows: Where in each pattern its window begins.
        bounds: Where in `patterns` each pattern begins, and where the last one ends.
        patterns: All patterns, in small letters.

    Returns:
        How many were found, and where to go on: the length of the data when all is done.
    """
    count = 0
    window = np.uint64(0)
    first = max(start - WINDOW + 1, 0)
    for index in range(first, len(data)):
        letter = data[index]
        if 65 <= letter <= 90:
            letter |= 32
        window = ((window << _EIGHT) | np.uint64(letter)) & _MASK
        if index < start or index < WINDOW - 1:
            continue
        product = window * _FACTOR
        place = product >> np.uint64(64 - filter_bits)
        if (np.uint64(present[place >> _THREE]) >> (place & _SEVEN)) & _ONE == 0:
            continue
        if count + longest_chain > len(found):
            return count, index
        pattern = heads[product >> np.uint64(64 - head_bits)]
        while pattern >= 0:
            if keys[pattern] == window and not done[pattern]:
                begin = index - WINDOW + 1 - windows[pattern]
                length = bounds[pattern + 1] - bounds[pattern]
                if begin >= 0 and begin + length <= len(data):
                    same = True
                    for offset in range(length):
                        other = data[begin + offset]
                        if 65 <= other <= 90:
                            other |= 32
                        if other != patterns[bounds[pattern] + offset]:
                            same = False
                            break
                    if same:
                        found[count] = pattern
                        places[count] = begin
                        count += 1
            pattern = following[pattern]
    return count, len(data)
