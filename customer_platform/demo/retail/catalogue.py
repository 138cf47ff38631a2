"""The products the demo retailer sells, the same in the webshop and in the stores."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from customer_platform.demo.randomness import stream

_MATERIALS = """
    RED BLUE GREEN PINK WHITE VINTAGE WOODEN GLASS CERAMIC KNITTED RETROSPOT PAISLEY
"""
_THINGS = """
    MUG|LUNCH BAG|CAKE TIN|TEA TOWEL|LANTERN|CANDLE HOLDER|PHOTO FRAME|WATER BOTTLE|STORAGE BOX
    |WRAPPING PAPER|BIRD ORNAMENT|DOORMAT|CUSHION COVER|WALL CLOCK|PENCIL CASE|NAPKINS SET OF 20
    |APRON|JAM JAR|PLANT POT|HOT WATER BOTTLE|BUNTING|NOTEBOOK|TOY BLOCKS|KITCHEN SCALE
"""
POSTAGE = "POST"
STORES = (
    "Amsterdam Centrum", "Utrecht", "Rotterdam", "Den Haag", "Eindhoven", "Groningen", "Zwolle",
    "Maastricht", "Gent", "Antwerpen", "Aachen", "Oldenburg",
)  # fmt: skip


@dataclass(frozen=True)
class Catalogue:
    """One entry per product; popularity falls with the position."""

    codes: np.ndarray
    descriptions: np.ndarray
    cents: np.ndarray
    weights: np.ndarray


def make_catalogue(seed: int) -> Catalogue:
    """Draw the codes, prices and popularity of the products."""
    rng = stream(seed, "catalogue")
    things = [thing.strip() for thing in _THINGS.split("|")]
    names = [f"{material} {thing}" for thing, material in product(things, _MATERIALS.split())]
    count = len(names)
    numbers = 20_000 + rng.permutation(60_000)[:count]
    letter = rng.choice(["", "A", "B", "C"], count, p=[0.85, 0.07, 0.05, 0.03])
    codes = [f"{number}{mark}" for number, mark in zip(numbers, letter, strict=True)]
    cents = rng.choice([85, 125, 165, 195, 255, 295, 375, 495, 695, 850, 1_295, 1_995], count)
    weights = 1.0 / (rng.permutation(count) + 5.0) ** 0.7
    return Catalogue(
        codes=np.array([*codes, POSTAGE], dtype=object),
        descriptions=np.array([*names, "POSTAGE"], dtype=object),
        cents=np.append(cents, 1_800).astype(np.int64),
        weights=np.append(weights, weights.mean()),
    )
