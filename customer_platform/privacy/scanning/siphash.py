"""SipHash-1-3, a keyed hash that is fast enough to be made of the bytes at every place of a file.

Who doesn't have the key learns nothing of the bytes from it (Aumasson and Bernstein, "SipHash: a
fast short-input PRF"; Rust and Python use it for their dictionaries). A mixing function with a
key, such as that of splitmix64, can be undone: the six bytes that it was made of could be read.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

KEY_BYTES = 16

# The ASCII letters "somepseudorandomlygeneratedbytes", which SipHash begins with.
_START_0 = np.uint64(0x736F6D6570736575)
_START_1 = np.uint64(0x646F72616E646F6D)
_START_2 = np.uint64(0x6C7967656E657261)
_START_3 = np.uint64(0x7465646279746573)
_END = np.uint64(0xFF)
_8 = np.uint64(8)
_56 = np.uint64(56)


def words_of(key: bytes) -> tuple[np.uint64, np.uint64]:
    """A key of 16 bytes, as the functions here take it."""
    first, second = np.frombuffer(key, dtype="<u8")
    return np.uint64(first), np.uint64(second)


@njit(inline="always")
def _rotated(word: np.uint64, bits: int) -> np.uint64:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


@njit(inline="always")
def _mixed(
    v0: np.uint64, v1: np.uint64, v2: np.uint64, v3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """One round."""
    v0 += v1
    v2 += v3
    v1 = _rotated(v1, 13) ^ v0
    v3 = _rotated(v3, 16) ^ v2
    v0 = _rotated(v0, 32)
    v2 += v1
    v0 += v3
    v1 = _rotated(v1, 17) ^ v2
    v3 = _rotated(v3, 21) ^ v0
    v2 = _rotated(v2, 32)
    return v0, v1, v2, v3


@njit(inline="always")
def hash_word(word: np.uint64, key_0: np.uint64, key_1: np.uint64) -> np.uint64:
    """The hash of at most seven bytes.

    Args:
        word: The bytes, the first one lowest, and how many there are in the highest eight bits.
        key_0: The first half of the key.
        key_1: The second half of the key.
    """
    v0, v1, v2, v3 = key_0 ^ _START_0, key_1 ^ _START_1, key_0 ^ _START_2, key_1 ^ _START_3
    v3 ^= word
    v0, v1, v2, v3 = _mixed(v0, v1, v2, v3)
    v0 ^= word
    v2 ^= _END
    v0, v1, v2, v3 = _mixed(v0, v1, v2, v3)
    v0, v1, v2, v3 = _mixed(v0, v1, v2, v3)
    v0, v1, v2, v3 = _mixed(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@njit(nogil=True)
def hash_small(data: Bytes, start: int, end: int, key_0: np.uint64, key_1: np.uint64) -> np.uint64:
    """The hash of bytes, as if all letters of ASCII in them were small.

    Args:
        data: The bytes, with others around them.
        start: Where they begin.
        end: Where they end.
        key_0: The first half of the key.
        key_1: The second half of the key.
    """
    v0, v1, v2, v3 = key_0 ^ _START_0, key_1 ^ _START_1, key_0 ^ _START_2, key_1 ^ _START_3
    word = np.uint64(0)
    shift = np.uint64(0)
    for index in range(start, end):
        letter = data[index]
        if 65 <= letter <= 90:
            letter |= 32
        word |= np.uint64(letter) << shift
        shift += _8
        if shift == 64:
            v3 ^= word
            v0, v1, v2, v3 = _mixed(v0, v1, v2, v3)
            v0 ^= word
            word = np.uint64(0)
            shift = np.uint64(0)
    word |= np.uint64(end - start) << _56
    v3 ^= word
    v0, v1, v2, v3 = _mixed(v0, v1, v2, v3)
    v0 ^= word
    v2 ^= _END
    v0, v1, v2, v3 = _mixed(v0, v1, v2, v3)
    v0, v1, v2, v3 = _mixed(v0, v1, v2, v3)
    v0, v1, v2, v3 = _mixed(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@njit(cache=True, nogil=True)
def hash_pieces(
    data: Bytes, bounds: npt.NDArray[np.int64], key_0: np.uint64, key_1: np.uint64
) -> Words:
    """The hashes of bytes that lie one behind the other, each as of `hash_small`."""
    hashes = np.empty(len(bounds) - 1, dtype=np.uint64)
    for index in range(len(hashes)):
        hashes[index] = hash_small(data, bounds[index], bounds[index + 1], key_0, key_1)
    return hashes


@njit(cache=True, nogil=True)
def hash_words(words: Words, key_0: np.uint64, key_1: np.uint64) -> Words:
    """The hashes of many words, each as of `hash_word`."""
    hashes = np.empty(len(words), dtype=np.uint64)
    for index in range(len(words)):
        hashes[index] = hash_word(words[index], key_0, key_1)
    return hashes
