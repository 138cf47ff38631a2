"""The first run of a similar rule."""

from dataclasses import dataclass
from datetime import UTC, datetime

from customer_platform.identity.similar import SimilarityModel
from customer_platform_tests.identity.similar.people import (
    Person,
)

TRAINED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class FirstRun:
    """People, the model trained on them, and the pairs of that run by the records' ids."""

    people: list[Person]
    model: SimilarityModel
    pairs: dict[frozenset[str], float]
