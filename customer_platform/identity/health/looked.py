"""What the checks on a map look at, and the words and bounds that they have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from customer_platform.identity.entities import noun, nouns
from customer_platform.identity.health.bounds import PerCustomer, Share
from customer_platform.identity.health.findings import Figure, Said
from customer_platform.identity.health.measures import Examined
from customer_platform.identity.health.profiles import Profile
from customer_platform.identity.health.runs import Previous

# The figures of a check, and examples of what is beyond its bound.
Found = tuple[list[Figure], list[Said]]


@dataclass(frozen=True)
class Looked:
    """What the checks look at.

    Attributes:
        at: Records and map.
        entity: What is resolved.
        resolved_at: The run that made the map.
        records: Records in the map.
        customers: Customers they are.
        previous: The figures of the run before.
        profiles: What the sources deliver; see `source_profiles`.
    """

    at: Examined
    entity: str
    resolved_at: datetime | None
    records: int
    customers: int
    previous: Previous
    profiles: Sequence[Profile]

    def counted(self, number: int) -> str:
        """`1 customer`, `2,000 customers`."""
        return f"{number:,} {noun(self.entity) if number == 1 else nouns(self.entity)}"


def is_beyond(found: int, of: int, bound: PerCustomer | Share) -> bool:
    """Whether so many are more than are tolerated, and a larger share than is right."""
    return found > bound.tolerated and found > bound.share * of


def share_text(found: float, of: float) -> str:
    """`1.5% of 200`."""
    return f"{found / of if of else 0:.1%} of {of:,}"
