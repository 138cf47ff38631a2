"""Reproducible draws, a stream per purpose, exact shares, not coin flips; and the demo's days."""

import zlib
from dataclasses import dataclass
from datetime import date

import numpy as np

DAY = 86_400
EPOCH = date(1970, 1, 1)
OPENING = 7 * 3_600
OPEN_SECONDS = 15 * 3_600
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Window:
    """The days the demo delivers files for, as days since 1970, both inclusive."""

    first: int
    last: int

    @classmethod
    def ending(cls, end: date, days: int) -> "Window":
        """The `days` days up to and including `end`."""
        last = (end - EPOCH).days
        return cls(last - days + 1, last)

    @property
    def days(self) -> int:
        """How many days there are."""
        return self.last - self.first + 1


def stream(seed: int, purpose: str) -> np.random.Generator:
    """A generator that depends on the seed and the purpose alone.

    Separate streams keep one table the same when the drawing of another one changes.
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def some(rng: np.random.Generator, count: int, rate: float) -> np.ndarray:
    """Mark a share `rate` of `count` places, the number of marks rounded and not left to chance.

    Coin flips would let a demo of a thousand people have three times the rate of a rare quirk.
    """
    marks = np.zeros(count, dtype=bool)
    marks[rng.permutation(count)[: round(count * rate)]] = True
    return marks


def pick(rng: np.random.Generator, count: int, shares: tuple[float, ...]) -> np.ndarray:
    """Draw `count` positions in `shares`, each with its share of all."""
    cumulative = np.cumsum(shares) / np.sum(shares)
    at = np.searchsorted(cumulative, rng.random(count), side="right")
    return np.minimum(at, len(shares) - 1).astype(np.int8)


def moments(rng: np.random.Generator, days: np.ndarray) -> np.ndarray:
    """Seconds since 1970 of a random waking moment (07:00 to 22:00) on each day."""
    return days.astype(np.int64) * DAY + OPENING + rng.integers(0, OPEN_SECONDS, len(days))


def weighted(rng: np.random.Generator, weights: np.ndarray, count: int) -> np.ndarray:
    """Draw `count` positions in `weights`, with replacement."""
    cumulative = np.cumsum(weights)
    at = np.searchsorted(cumulative, rng.random(count) * cumulative[-1], side="right")
    return np.minimum(at, len(weights) - 1)


def as_timestamps(seconds: np.ndarray) -> np.ndarray:
    """Seconds since 1970 as numpy timestamps; NEVER becomes not-a-time."""
    stamps = np.where(seconds == NEVER, 0, seconds).astype("datetime64[s]")
    stamps[seconds == NEVER] = np.datetime64("NaT")
    return stamps
