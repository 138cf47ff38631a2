"""The links that a match rule asks for."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.matching.records import StagedRecords
from customer_platform.identity.rules import MatchRule, ResolutionRules

if TYPE_CHECKING:
    import pyarrow as pa


Hashes = npt.NDArray[np.uint64]
# The hash of a value, the first row with it, its records and their different names.
OverShared = tuple[int, int, int, int | None]


@dataclass(frozen=True)
class OverSharedValue:
    """A value that links nobody because too many records or people share it.

    Attributes:
        rule: Name of the rule.
        value: The value as text, several keys joined by ' + '; None when no record at hand has it.
        value_hash: Its hash.
        records: Records that share it.
        people: Different names that these records have, as they are spelt: first names or last
            names, whichever are more; None where no key names a person.
    """

    rule: str
    value: str | None
    value_hash: int
    records: int
    people: int | None = None


@dataclass(frozen=True)
class RuleMatches:
    """What the records that one rule compares have in common.

    Attributes:
        firsts: Per record number, the first record with the same value, `NO_RECORD` for none.
        values: Values that link records.
        pairs: Pairs of records with an equal value, over those values.
        matched_records: Records with such a value.
        over_shared: Per over-shared value its hash, the first row with it, its records, and the
            different names that these have; None where no key names a person.
    """

    firsts: npt.NDArray[np.int32]
    values: int
    pairs: int
    matched_records: int
    over_shared: list[OverShared]


@contextmanager
def finding_matches(
    rules: ResolutionRules,
    staged: StagedRecords,
    excluded: Mapping[int, Hashes],
    threads: int,
) -> Iterator[Iterator[RuleMatches]]:
    """Finds who is linked by each exact rule, in their order.

    Args:
        rules: The rules.
        staged: The records.
        excluded: Per rule position, values that link nobody whatever the records say.
        threads: How many rules are looked at side by side.
    """
    from customer_platform.identity.matching import sorting

    spellings, names = staged.people

    def matches(number: int) -> RuleMatches:
        hashes = staged.hashes(f"rule_{number}")
        if len(excluded.get(number, ())):
            hashes = np.where(np.isin(hashes, excluded[number]), np.uint64(0), hashes)
        firsts, values, pairs, matched, over_hashes, over_rows, over_counts = (
            sorting.first_records_of_values(
                hashes,
                staged.order.numbers,
                rules.match_rules[number].max_records_per_value or 0,
                rules.match_rules[number].max_people_per_value or 0,
                spellings,
                names,
            )
        )
        over_shared = zip(
            over_hashes.tolist(),
            over_rows.tolist(),
            over_counts.tolist(),
            names_per_value(over_hashes, hashes, names),
            strict=True,
        )
        return RuleMatches(firsts, values, pairs, matched, list(over_shared))

    exact = [number for number, rule in enumerate(rules.match_rules) if not rule.similar]
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        yield pool.map(matches, exact)


@dataclass(frozen=True)
class SharedByPeople:
    """Who shares some values; one entry per value in every array.

    Attributes:
        values: Their hashes, in order.
        people: Different names, as they are spelt, of the records with it.
        too_many: Whether more people share it than may.
    """

    values: Hashes
    people: npt.NDArray[np.int64]
    too_many: npt.NDArray[np.bool_]


def count_people(values: Hashes, columns: Sequence["pa.Array"], most: int | None) -> SharedByPeople:
    """Counts the people that share each of some values.

    Args:
        values: Per record, the hash of its value.
        columns: Columns of the records' names.
        most: How many people may share a value; None for any number.
    """
    from customer_platform.identity.matching.sorting import share_people
    from customer_platform.identity.matching.spellings import read_spellings

    spellings, names = read_spellings(columns)
    order = np.argsort(values, kind="stable").astype(np.int32)
    distinct, starts = np.unique(values[order], return_index=True)
    too_many = [
        most is not None and share_people(spellings, names, rows, most)
        for rows in (np.split(order, starts[1:]) if len(order) else [])
    ]
    return SharedByPeople(
        distinct,
        np.array(names_per_value(distinct, values, names), dtype=np.int64),
        np.array(too_many, dtype=np.bool_),
    )


def names_per_value(
    values: Hashes, hashes: Hashes, names: npt.NDArray[np.int32]
) -> list[int] | list[None]:
    """Per value, the different names of the records with it: of the name that has most."""
    if not len(names):
        return [None] * len(values)
    most = np.zeros(len(values), dtype=np.int64)
    rows = np.flatnonzero(np.isin(hashes, values)) if len(values) else np.empty(0, dtype=np.int64)
    positions = np.searchsorted(values, hashes[rows])
    for name in names:
        spelt = name[rows] >= 0
        distinct = np.unique(np.stack([positions[spelt], name[rows][spelt]]), axis=1)
        most = np.maximum(most, np.bincount(distinct[0], minlength=len(values)))
    return most.tolist()


def over_shared_values(
    rules: ResolutionRules,
    over_shared: Sequence[list[OverShared]],
    value_texts: Callable[[MatchRule, Sequence[int]], Mapping[int, str]],
) -> list[OverSharedValue]:
    """The over-shared values of all rules with their text, most shared first within a rule.

    Args:
        rules: The rules.
        over_shared: Per rule position what was found.
        value_texts: Gives by row the values of a rule as text.
    """
    found = []
    for rule, values in zip(rules.match_rules, over_shared, strict=True):
        if not values:
            continue
        texts = value_texts(rule, [row for _, row, *_ in values])
        found += sorted(
            (
                OverSharedValue(rule.name, texts.get(row), value, records_with_it, people)
                for value, row, records_with_it, people in values
            ),
            key=lambda entry: (-entry.records, entry.value or ""),
        )
    return found


@dataclass(frozen=True)
class ProposedValue:
    """A value that too many people share, and that may be nobody's own.

    Attributes:
        match_key: The key that it is a value of.
        value: The value as it is compared. It is personal data.
        records: Records that share it.
        people: Different names that these have: first names or last names, whichever are more.
    """

    match_key: str
    value: str
    records: int
    people: int

    @property
    def reason(self) -> str:
        """The evidence."""
        return f"{self.records:,} records of {self.people:,} different names share it"

    @property
    def line(self) -> str:
        """The line to add under `ignored_values` of the rules."""
        return f"{self.match_key}: [{json.dumps(self.value, ensure_ascii=False)}]  # {self.reason}"


def proposed_ignored_values(
    over_shared: Iterable[OverSharedValue], rules: ResolutionRules
) -> list[ProposedValue]:
    """Over-shared values that are better ignored: those of many people, by a rule of one key.

    What only many records share isn't proposed: it may be a customer's who comes often. Nor are
    values of a rule of several keys, of which each may be somebody's own.

    Args:
        over_shared: What links nobody.
        rules: The rules.

    Returns:
        The values, those of most people first.
    """
    by_name = {rule.name: rule for rule in rules.match_rules}
    found = {
        (rule.match[0], value.value): ProposedValue(
            rule.match[0], value.value, value.records, value.people or 0
        )
        for value in over_shared
        for rule in (by_name[value.rule],)
        # An asterisk would stand for any characters.
        if value.value is not None and "*" not in value.value and len(rule.match) == 1
        if rule.max_people_per_value and (value.people or 0) > rule.max_people_per_value
    }
    return sorted(
        found.values(), key=lambda each: (-each.people, -each.records, each.match_key, each.value)
    )
