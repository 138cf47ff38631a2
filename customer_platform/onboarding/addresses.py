"""Of the postal addresses that a record may have, the columns of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from customer_platform.onboarding.candidates import Candidate
from customer_platform.onboarding.column_names import COMPANY, ColumnName

PARTS = (
    "street", "street_2", "house_number", "house_number_addition", "postcode", "city", "country",
)  # fmt: skip
# What makes an address whole.
CORE = ("street", "postcode", "city")
# An address that hardly any row has, as few as this share of the fullest, isn't the one.
_RARE = 0.25


@dataclass(frozen=True)
class _Address:
    """The columns of one address, by part."""

    rank: tuple[int, int]
    parts: dict[str, Candidate]

    @property
    def core(self) -> frozenset[str]:
        return frozenset(CORE).intersection(self.parts)

    @property
    def whole(self) -> int:
        return len(self.core)

    @property
    def filled(self) -> int:
        return max(part.filled for part in self.parts.values())


def addresses_of(parts: Sequence[Candidate], *, of_company: bool) -> list[list[Candidate]]:
    """The parts of each address that counts, never of two: of a row the first that is whole.

    The most complete one goes first, among those alike that which is called simply an address, the
    default or primary one, then billing, mailing, home, shipping, work and others. Those behind it
    have all that makes the first one whole. A country that belongs to no address in particular
    goes with each that has none, and so do all such parts with the parts of the only other address
    where no part is there twice.

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
    simple = addresses.get((frozenset(), 1))
    if simple is not None and len(addresses) == 2:
        [one, other] = addresses.values()
        if one.parts.keys().isdisjoint(other.parts):
            # The place stands in the name of one part only: `Billing address`, `City`.
            return [_without_line_of_number(one.parts | other.parts)]
    most = max(address.filled for address in addresses.values())
    first, *others = sorted(
        addresses.values(),
        key=lambda each: (-each.whole, each.filled < most * _RARE, each.rank),
    )
    core = first.core
    chosen = [first, *(each for each in others if core and core <= each.core)]
    country = {"country": simple.parts["country"]} if simple and "country" in simple.parts else {}
    return [_without_line_of_number(country | each.parts) for each in chosen]


def _without_line_of_number(parts: Mapping[str, Candidate]) -> list[Candidate]:
    """Parts without a second line, in which buildings stand, where the house has a number."""
    return [
        part for name, part in parts.items() if name != "street_2" or "house_number" not in parts
    ]
