"""Made customer records with a truth, of many kinds, so that nothing is tuned to one.

A `Regime` is one kind of data: which attributes, how many errors, duplicates and households, how
much is missing, how large customers are. `grid` has the kinds that accuracy_grid.py measures.

Names follow a Zipf law: the commonest last name has about 1 % of the people. A city has postcodes,
a postcode one street with some eighty homes. Some people share a home with one to three others,
mostly the last name (85 %), sometimes phone (30 %) or email (10 %): different customers all the
same. The first record of a person is right. Errors of the others are typing errors (three in four)
or another value: an initial, day and month swapped, a new email or phone, a move, a new last name.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt
import pyarrow as pa

# How each attribute is normalised, and so compared.
NORMALISERS = {
    **dict.fromkeys(("first", "last", "name", "city"), "name"),
    **dict.fromkeys(("byear", "bmonth", "bday"), "exact"),
    **{each: each for each in ("postcode", "street", "email", "phone")},
    "dob": "date",
}

# From few to many, with and without a date of birth.
ATTRIBUTES = (
    "name,dob",
    "first,last,dob",
    "first,last,postcode",
    "first,last,dob,postcode",
    "first,last,street,postcode",
    "first,last,dob,postcode,email",
    "first,last,byear,bmonth,bday",
    "first,last,dob,postcode,email,phone",
    "first,last,dob,postcode,street,email,phone",
    "first,last,dob,postcode,street,city,email,phone",
)
_PARTS = ("byear", "bmonth", "bday")
_PLACE = ("postcode", "street", "city")

Values = dict[str, str]
Law = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Regime:
    """One kind of data.

    Attributes:
        attributes: The attributes, with commas between.
        size: Records.
        errors: Errors of a duplicate in the mean.
        error_law: `poisson`, which leaves exact copies, or `fixed`: always that many, as in data
            from which exact copies were removed.
        duplicated: Share of the records that are of a person with several.
        most_records: Records of such a person: 2, or any number from 2 to this.
        households: Share of the people who live with others.
        missing: Share of the values that are missing; last names never are.
        seed: Of all that is random.
    """

    attributes: str = "first,last,dob,postcode,email"
    size: int = 10_000
    errors: float = 1.0
    error_law: str = "poisson"
    duplicated: float = 0.3
    most_records: int = 2
    households: float = 0.0
    missing: float = 0.0
    seed: int = 1

    @property
    def columns(self) -> list[str]:
        """The attributes as a list."""
        return self.attributes.split(",")

    @property
    def normalisers(self) -> dict[str, str]:
        """Per attribute its normaliser."""
        return {column: NORMALISERS[column] for column in self.columns}

    @property
    def label(self) -> str:
        """What it has other than the default."""
        usual = asdict(Regime())
        said = (f"{key}={value}" for key, value in asdict(self).items() if value != usual[key])
        return " ".join(said) or "the default"


# By axis of the grid its values.
_AXES: dict[str, tuple[object, ...]] = {
    "attributes": ATTRIBUTES,
    "errors": (0.5, 1.0, 2.0),
    "error_law": ("poisson", "fixed"),
    "duplicated": (0.05, 0.3, 0.7),
    "most_records": (2, 5),
    "households": (0.0, 0.2),
    "missing": (0.0, 0.3),
}
_SIZES = (2_000, 10_000)
_LARGE = 50_000


def grid(sampled: int = 60, seed: int = 7) -> list[Regime]:
    """The default, every variation of it in one axis, and so many of all combinations."""
    sizes = {**_AXES, "size": (*_SIZES, _LARGE)}
    varied = [_varied(Regime(), {axis: each}) for axis in sizes for each in sizes[axis]]
    every = [
        _varied(Regime(size=size), dict(zip(_AXES, values, strict=True)))
        for size in _SIZES
        for values in product(*_AXES.values())
    ]
    chosen = np.random.default_rng(seed).choice(len(every), size=sampled, replace=False)
    return list(dict.fromkeys([Regime(), *varied, *(every[each] for each in sorted(chosen))]))


def _varied(regime: Regime, values: dict[str, object]) -> Regime:
    return replace(regime, **values)  # type: ignore[arg-type]


def records(regime: Regime) -> pa.Table:
    """The records: record_id, truth, and a column of text per attribute, null where missing."""
    rng = np.random.default_rng(regime.seed)
    rows = list(_rows(regime, rng))
    rows = [rows[each] for each in rng.permutation(len(rows))]
    columns = {
        column: pa.array([values[column] for _, values in rows], pa.string())
        for column in regime.columns
    }
    ids = [f"r{number}" for number in range(len(rows))]
    return pa.table({"record_id": ids, "truth": [truth for truth, _ in rows], **columns})


def _rows(regime: Regime, rng: np.random.Generator) -> Iterator[tuple[int, dict[str, str | None]]]:
    people = _People(regime, rng)
    errors = _Errors(people, regime.columns, rng)
    mean = (2 + regime.most_records) / 2
    # Of people, fewer have several records than of records.
    several = regime.duplicated / mean / (regime.duplicated / mean + 1 - regime.duplicated)
    made = truth = 0
    while made < regime.size:
        person = people.next()
        # Drawn whether or not it counts, as more than two records are.
        copies = 2 if regime.most_records == 2 else int(rng.integers(2, regime.most_records + 1))
        copies = copies if rng.random() < several else 1
        for number in range(copies):
            values = dict(person)
            if number:
                errors.make(values, _how_many(regime, rng))
            yield truth, _shown(values, regime, rng)
        made += copies
        truth += 1


def _how_many(regime: Regime, rng: np.random.Generator) -> int:
    if regime.error_law == "poisson":
        return int(rng.poisson(regime.errors))
    whole = int(regime.errors)
    return whole + int(rng.random() < regime.errors - whole)


def _shown(values: Values, regime: Regime, rng: np.random.Generator) -> dict[str, str | None]:
    """A record's values, as the attributes have them, less what is missing."""
    parts = values["dob"].split("-")
    whole = {
        "name": f"{values['first']} {values['last']}",
        **dict(zip(_PARTS, parts if len(parts) == 3 else ("", "", ""), strict=True)),
        **values,
    }
    return {
        column: None
        if column not in ("last", "name") and rng.random() < regime.missing
        else whole[column] or None
        for column in regime.columns
    }


_SYLLABLES = [
    start + end
    for start in "bdfghjklmnprstvwz"
    for end in ("a", "e", "i", "o", "u", "ar", "en", "el")
]
_DOMAINS = ["gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "ziggo.nl", "kpn.nl"]
_STREETS = ["straat", "laan", "weg", "plein", "kade", "hof"]
_LETTERS = list("ABCDEFGHJKLMNPRSTVWXZ")


def _words(count: int, least: int, most: int, rng: np.random.Generator) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choice(_SYLLABLES, int(rng.integers(least, most + 1))))] = None
    return list(found)


def _zipf(count: int, shift: int) -> Law:
    weights = 1 / (np.arange(count) + shift)
    return np.asarray(np.cumsum(weights / weights.sum()), dtype=np.float64)


class _People:
    """Makes people, home by home."""

    def __init__(self, regime: Regime, rng: np.random.Generator) -> None:
        self._rng, self._households = rng, regime.households
        # The same names and cities whatever the seed.
        words = np.random.default_rng(99)
        self._firsts = _words(600, 2, 3, words)
        self._lasts = _words(max(3_000, regime.size // 5), 2, 4, words)
        self._first_law, self._last_law = _zipf(len(self._firsts), 8), _zipf(len(self._lasts), 10)
        cities, city_law = _words(60, 2, 4, words), _zipf(60, 3)
        # About eight people have one postcode.
        homes = np.searchsorted(city_law, rng.random(max(300, regime.size // 8)))
        self._places = [self._place(int(city), cities) for city in homes]
        self._waiting: list[Values] = []

    def _place(self, city: int, cities: list[str]) -> tuple[str, str, str]:
        rng = self._rng
        area = 1000 + 130 * city + int(rng.integers(0, 120))
        postcode = f"{area}{''.join(rng.choice(_LETTERS, 2))}"
        street = str(rng.choice(self._lasts)) + str(rng.choice(_STREETS))
        return postcode, street, cities[city]

    def next(self) -> Values:
        """A person; those of one home come one after another."""
        if self._waiting:
            return self._waiting.pop()
        person = self._person(self.home())
        # A home of n takes n people of the share.
        if self._rng.random() < self._households / 2.5:
            self._waiting = [self._relative(person) for _ in range(int(self._rng.integers(1, 4)))]
        return person

    def home(self) -> Values:
        """Postcode, street with number, and city."""
        postcode, street, city = self._places[int(self._rng.integers(len(self._places)))]
        street = f"{street} {int(self._rng.integers(1, 80))}"
        return dict(zip(_PLACE, (postcode, street, city), strict=True))

    def first(self) -> str:
        return self._firsts[int(np.searchsorted(self._first_law, self._rng.random()))]

    def last(self) -> str:
        return self._lasts[int(np.searchsorted(self._last_law, self._rng.random()))]

    def phone(self) -> str:
        return "06" + "".join(str(each) for each in self._rng.integers(0, 10, 8))

    def email(self, first: str, last: str) -> str:
        """An address, mostly made of the name."""
        rng = self._rng
        domain = _DOMAINS[int(rng.integers(len(_DOMAINS)))]
        kind = rng.random()
        if kind < 0.4:
            user = f"{first}.{last}"
        elif kind < 0.6:
            user = f"{first[0]}{last}"
        elif kind < 0.85:
            user = f"{first}{int(rng.integers(1, 99))}"
        else:
            user = str(rng.choice(self._lasts)) + str(int(rng.integers(1, 999)))
        return f"{user}@{domain}"

    def _person(self, home: Values) -> Values:
        first, last = self.first(), self.last()
        born = str(np.datetime64("1930-01-01") + int(self._rng.integers(0, 27_700)))
        email = self.email(first, last)
        return {
            **{"first": first, "last": last, "dob": born, "email": email},
            **{"phone": self.phone(), **home},
        }

    def _relative(self, person: Values) -> Values:
        other = self._person({key: person[key] for key in _PLACE})
        if self._rng.random() < 0.85:
            other["last"] = person["last"]
            other["email"] = self.email(other["first"], other["last"])
        for key, share in (("phone", 0.3), ("email", 0.1)):
            if self._rng.random() < share:
                other[key] = person[key]
        return other


class _Errors:
    """Makes errors in attributes chosen at random."""

    def __init__(self, people: _People, columns: list[str], rng: np.random.Generator) -> None:
        self._people, self._columns, self._rng = people, columns, rng

    def make(self, values: Values, count: int) -> None:
        """Makes so many errors; parts of a date are attributes of their own."""
        for _ in range(count):
            column = str(self._rng.choice(self._columns))
            if column == "name":
                column = str(self._rng.choice(["first", "last"]))
            if column in _PARTS:
                lowest, highest = {"byear": (1930, 2006), "bmonth": (1, 13), "bday": (1, 29)}[
                    column
                ]
                values[column] = f"{int(self._rng.integers(lowest, highest)):02}"
            elif self._rng.random() < 0.75:
                values[column] = self._mistyped(values[column])
            else:
                self._change(values, column)

    def _mistyped(self, text: str) -> str:
        """The text with a character replaced, missing, added, or two swapped."""
        rng = self._rng
        if len(text) < 2:
            return text
        at, kind = int(rng.integers(0, len(text))), int(rng.integers(0, 4))
        digit = text[at].isdigit()
        other = str(rng.choice(list("0123456789" if digit else "abcdefghijklmnoprstuvwz")))
        # Numbers keep their length.
        if kind == 0 or (digit and kind < 3):
            return text[:at] + other + text[at + 1 :]
        if kind == 1:
            return text[:at] + text[at + 1 :]
        if kind == 2:
            return text[:at] + other + text[at:]
        at = min(at, len(text) - 2)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]

    def _change(self, values: Values, column: str) -> None:
        people, first = self._people, values["first"]
        if column == "first":
            kind = self._rng.random()
            short = first[0] if kind < 0.4 else first[:3]
            values["first"] = short if kind < 0.8 else people.first()
        elif column == "last":
            values["last"] = people.last()
        elif column == "dob":
            self._change_date(values)
        elif column in _PLACE:
            values.update(people.home())
        elif column == "email":
            values["email"] = people.email(first or "x", values["last"] or "x")
        else:
            values["phone"] = people.phone()

    def _change_date(self, values: Values) -> None:
        parts = values["dob"].split("-")
        if len(parts) == 3:
            year, month, day = parts
            swap = self._rng.random() < 0.5 and len(day) == 2 and day <= "12"
            values["dob"] = f"{year}-{day}-{month}" if swap else f"{year}-01-01"
