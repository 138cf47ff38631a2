"""Of several postal addresses of a record, the columns of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from customer_platform.onboarding.candidates import Candidate
from customer_platform.onboarding.column_names import COMPANY, ColumnName

PARTS = (
    "street", "street_2", "house_number", "house_number_addition", "postcode", "city", "country",
)  # fmt: skip
# What makes an address whole.
_CORE = ("street", "postcode", "city")
# An address that hardly any row has, as few as this share of the fullest, isn't the one.
_RARE = 0.25


@dataclass(frozen=True)
class _Address:
    """The columns of one address, by part."""

    rank: tuple[int, int]
    parts: dict[str, Candidate]

    @property
    def whole(self) -> int:
        return sum(part in self.parts for part in _CORE)

    @property
    def filled(self) -> int:
        return max(part.filled for part in self.parts.values())


def one_address(parts: Sequence[Candidate], *, of_company: bool) -> list[Candidate]:
    """The parts of the address that counts, never of two.

    The most complete one counts, among those alike that which is called simply an address, the
    default or primary one, then billing, mailing, home, shipping, work and others. A country that
    belongs to no address in particular goes with one that has none, and so do all such parts with
    the parts of the only other address where no part is there twice.

    Args:
        parts: The columns, of each part and address the likeliest first.
        of_company: Whether the record is a company's, so that its words say nothing.
    """
    addresses: dict[tuple[frozenset[str], int], _Address] = {}
    for part in parts:
        called = part.called or ColumnName(part.attribute, False)
        places = called.places - {COMPANY} if of_company else called.places
        rank = called.rank(of_company=of_company)
        address = addresses.setdefault((places, called.number), _Address(rank, {}))
        address.parts.setdefault(part.attribute, part)
    if not addresses:
        return []
    most = max(address.filled for address in addresses.values())
    best = min(
        addresses.values(),
        key=lambda each: (-each.whole, each.filled < most * _RARE, each.rank),
    )
    chosen = dict(best.parts)
    simple = addresses.get((frozenset(), 1))
    if simple is not None and "country" in simple.parts:
        chosen.setdefault("country", simple.parts["country"])
    if simple is not None and len(addresses) == 2:
        [one, other] = addresses.values()
        if one.parts.keys().isdisjoint(other.parts):
            # The place stands in the name of one part only: `Billing address`, `City`.
            chosen = one.parts | other.parts
    if "house_number" in chosen:
        # Between the street and a second line, in which buildings and places stand, is its number.
        chosen.pop("street_2", None)
    return list(chosen.values())
