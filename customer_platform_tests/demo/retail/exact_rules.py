"""The five exact rules of the demo, written a second time in pandas and plain Python.

Nothing of the platform is used here but the demo's own short names, so that a mistake there cannot
hide a mistake in the demo.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from customer_platform.demo.names import NICKNAMES

RULES = (
    ("loyalty_card",),
    ("email",),
    ("phone", "last_name", "first_name"),
    ("last_name", "birth_date", "postcode"),
    ("first_name", "last_name", "postcode", "street"),
)
_TABLES = {
    "crm": ("crm/customers/*.csv", "customer_id"),
    "webshop": ("webshop/customers/*.csv", "customer_id"),
    "newsletter": ("newsletter/subscribers/*.jsonl", "subscriber_id"),
    "support": ("support/contacts/*.csv", "contact_id"),
}
_CALLING_CODES = {"NL": "31", "BE": "32", "DE": "49", "GB": "44"}
KEYS = (
    "loyalty_card",
    "email",
    "phone",
    "first_name",
    "last_name",
    "birth_date",
    "postcode",
    "street",
)


@dataclass(frozen=True)
class Accuracy:
    """Pairs of records that belong to one person, as found and as they are."""

    true_pairs: int
    found_pairs: int
    right_pairs: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are right."""
        return self.right_pairs / self.found_pairs

    @property
    def recall(self) -> float:
        """Share of the true pairs that are found."""
        return self.right_pairs / self.true_pairs


def _read(file: Path) -> pd.DataFrame:
    if file.suffix == ".jsonl":
        lines = file.read_text(encoding="utf-8").splitlines()
        return pd.DataFrame([json.loads(line) for line in lines])
    return pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""])


def _newest_records(landing: Path, source: str) -> pd.DataFrame:
    pattern, key = _TABLES[source]
    frame = pd.concat([_read(file) for file in sorted(landing.glob(pattern))], ignore_index=True)
    frame = frame.drop_duplicates(key, keep="last")
    return frame.assign(source=source, source_record_id=frame[key].astype(str))


def _card_records(landing: Path) -> pd.DataFrame:
    files = sorted(landing.glob("pos/receipt_lines/*.parquet"))
    lines = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    lines = lines[lines["loyalty_card"].notna()]
    newest = lines[lines["email"].notna()].drop_duplicates("loyalty_card", keep="last")
    cards = lines[["loyalty_card"]].drop_duplicates()
    cards = cards.merge(newest[["loyalty_card", "email"]], how="left", on="loyalty_card")
    return cards.assign(source="pos", source_record_id=cards["loyalty_card"])


def _letters(value: str) -> str:
    plain = unicodedata.normalize("NFKD", value.lower())
    return re.sub("[^a-z0-9]", "", plain.replace("ß", "ss"))


def _email(value: str) -> str:
    email = value.strip().lower()
    return "" if email == "test@test.com" or email.startswith("noreply@") else email


def _phone(value: str, country: str) -> str:
    if value in ("0000000000", "0612345678"):
        return ""
    digits = re.sub("[^0-9+]", "", value)
    digits = re.sub("^00", "+", digits)
    return re.sub("^0", "+" + _CALLING_CODES[country], digits)


def read_records(landing: Path) -> pd.DataFrame:
    """Every customer record in its newest version, cleaned; empty text where there is nothing."""
    frames = [_newest_records(landing, source) for source in _TABLES]
    records = pd.concat([*frames, _card_records(landing)], ignore_index=True)
    records = records.reindex(columns=["source", "source_record_id", "country", *KEYS])
    records = records.astype(object).where(records.notna(), "")
    cleaners: dict[str, Callable[[str], str]] = {
        "first_name": _letters,
        "last_name": _letters,
        "street": _letters,
        "postcode": lambda value: value.replace(" ", "").upper(),
        "email": _email,
    }
    for column, cleaner in cleaners.items():
        records[column] = records[column].map(cleaner)
    countries = records["country"].replace("", "NL")
    pairs = zip(records["phone"], countries, strict=True)
    records["phone"] = [_phone(phone, country) for phone, country in pairs]
    return records


def link(records: pd.DataFrame) -> list[int]:
    """The cluster of every record: records that share all keys of a rule belong together.

    Unless their first names begin otherwise and one isn't short for the other.
    """
    parent = list(range(len(records)))
    names: list[set[str]] = [{name} - {""} for name in records["first_name"]]

    def root(record: int) -> int:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for rule in RULES:
        first: dict[tuple[str, ...], int] = {}
        for record, values in enumerate(zip(*(records[key] for key in rule), strict=True)):
            if all(values):
                one, other = root(record), root(first.setdefault(values, record))
                if one != other and _may_be_one(names[one], names[other]):
                    parent[one] = other
                    names[other] |= names[one]
    return [root(record) for record in range(len(records))]


def _may_be_one(names: set[str], others: set[str]) -> bool:
    return all(
        name[0] == other[0]
        or _letters(NICKNAMES.get(name.title(), "")) == other
        or _letters(NICKNAMES.get(other.title(), "")) == name
        for name in names
        for other in others
    )


def _pairs(sizes: Counter) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def measure(records: pd.DataFrame, clusters: list[int], truth: pd.DataFrame) -> Accuracy:
    """Compare clusters with the truth, pair by pair."""
    merged = records[["source", "source_record_id"]].merge(
        truth, how="left", on=["source", "source_record_id"], validate="one_to_one"
    )
    people = list(merged["person_id"])
    return Accuracy(
        true_pairs=_pairs(Counter(people)),
        found_pairs=_pairs(Counter(clusters)),
        right_pairs=_pairs(Counter(zip(people, clusters, strict=True))),
    )
