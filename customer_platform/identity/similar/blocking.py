"""Which records are compared at all: those that are equal in one of a few lists of values.

Comparing all with all is out of the question for more than some thousand records. A *blocking
rule* is a list of parts of attributes; records that are equal in all of them are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from customer_platform.identity.similar.comparisons import Attribute, area
from customer_platform.identity.similar_rule import PARTS, key_and_part
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# SQL of the parts of a value (`{0}`) that `PARTS` names.
_PART_SQL = {
    "1": "left({0}, 1)",
    "3": "left({0}, 3)",
    "year": "left({0}, 4)",
    "day": "right({0}, 5)",
    "area": area("{0}"),
    "user": "split_part({0}, '@', 1)",
    "end": "right({0}, 7)",
}

# The parts by which values of a kind are blocked beside the value as a whole.
_PARTS_OF_KINDS = {
    "name": ("3", "1"),
    "street": ("3",),
    "text": ("3",),
    "date": ("year", "day"),
    "postcode": ("area",),
    "email": ("user",),
    "phone": ("end",),
}

# So many pairs are compared in about ten seconds. Of few records no more than this per record is
# of use; of very many, this is what duplicates and their neighbours need at least.
_PAIRS = 3_000_000
_FEW_PAIRS = 400_000
_MOST_PAIRS_PER_RECORD = 100
_FEWEST_PAIRS_PER_RECORD = 3
# One rule may not use up what others need.
_SHARE_OF_ONE_RULE = 0.25
_MOST_RULES = 20


@dataclass(frozen=True, order=True)
class Part:
    """A part of an attribute's value, or all of it.

    Attributes:
        column: The attribute's column.
        name: Name of the part; empty for all of the value.
    """

    column: str
    name: str = ""

    def of(self, table: str) -> str:
        """SQL of the part of the value in a row of the table."""
        value = f"{table}.{identifier(self.column)}" if table else identifier(self.column)
        return _PART_SQL[self.name].format(value) if self.name else value


BlockingRule = tuple[Part, ...]


def as_sql(rule: BlockingRule) -> str:
    """The rule as Splink takes it."""
    return " and ".join(f"{part.of('l')} = {part.of('r')}" for part in rule)


def stated_rules(
    blocking: Sequence[Sequence[str]], attributes: Sequence[Attribute]
) -> list[BlockingRule]:
    """The blocking rules that the YAML states."""
    columns = {attribute.key: attribute.column for attribute in attributes}
    return [
        tuple(
            Part(columns[key], part)
            for key, part in (key_and_part(entry, columns) for entry in entries)
        )
        for entries in blocking
    ]


def chosen_rules(
    connection: "DuckDBPyConnection",
    table: str,
    attributes: Sequence[Attribute],
    records: int,
    sampled: int,
) -> list[BlockingRule]:
    """Chooses blocking rules by how many pairs each would compare.

    A rule that asks for less finds more, so single values come first, then lists of two and of
    three, the most selective of each first, as long as they compare few enough pairs in all and
    no chosen rule compares the same pairs anyway.

    Args:
        connection: A connection.
        table: A sample of the records, with the attributes' columns.
        attributes: What is compared.
        records: How many records there are.
        sampled: How many of them the sample has.
    """
    most = max(
        _FEW_PAIRS,
        min(_MOST_PAIRS_PER_RECORD * records, max(_PAIRS, _FEWEST_PAIRS_PER_RECORD * records)),
    )
    scale = (records / max(sampled, 1)) ** 2
    chosen: dict[BlockingRule, float] = {}
    for length in (1, 2, 3):
        counted = sorted(
            (pairs_on(connection, table, rule) * scale, rule)
            for rule in _candidates(attributes, length)
            if not any(_includes(other, rule) for other in chosen)
        )
        for pairs, rule in counted:
            others = {each: n for each, n in chosen.items() if not _includes(rule, each)}
            too_many = sum(others.values()) + pairs > most or pairs > most * _SHARE_OF_ONE_RULE
            if too_many or len(others) == _MOST_RULES:
                break
            chosen = {**others, rule: pairs}
    return list(chosen)


def _includes(rule: BlockingRule, other: BlockingRule) -> bool:
    """Whether a rule compares all pairs that the other compares."""
    return set(rule) <= _implied(other)


def _implied(rule: BlockingRule) -> set[Part]:
    """The parts that are equal where those of the rule are."""
    found = set(rule)
    for part in rule:
        if not part.name:
            found |= {Part(part.column, name) for name in PARTS}
        elif part.name == "3":
            found.add(Part(part.column, "1"))
    return found


def _candidates(attributes: Sequence[Attribute], length: int) -> list[BlockingRule]:
    # A category is shared by so many that it serves only where there is nothing else.
    telling = [each for each in attributes if each.kind != "category"] or attributes
    parts = [
        [Part(each.column)]
        + [Part(each.column, name) for name in _PARTS_OF_KINDS.get(each.kind, ())]
        for each in telling
    ]
    found: list[BlockingRule] = []
    for group in combinations(parts, length):
        rules: list[BlockingRule] = [()]
        for options in group:
            rules = [(*rule, part) for rule in rules for part in options]
        found += rules
    # Three whole values are hardly ever all equal where two of them aren't enough.
    if length == 3:
        found = [rule for rule in found if all(part.name for part in rule)]
    return found


def pairs_on(connection: "DuckDBPyConnection", table: str, rule: BlockingRule) -> int:
    """How many pairs of a table's records a rule compares."""
    values = ", ".join(part.of("") for part in rule)
    return int(
        connection.execute(
            f"select coalesce(sum(n * (n - 1) // 2), 0) from (select count(*) as n from {table} "
            f"where {_is_complete(rule)} group by {values})"
        ).fetchall()[0][0]
    )


def candidates(rules: Sequence[BlockingRule], records: str, new: str, unique_id: str) -> str:
    """The query of the records that share what a rule blocks by with a new one, without these.

    Args:
        rules: The blocking rules.
        records: Table of all records.
        new: Table of the new ones.
        unique_id: The column that tells records apart.
    """
    # One pass over all records for all rules: joining them rule by rule takes three times as long.
    # Hashes that happen to be equal add a candidate, which is then compared like any other.
    shared = " or ".join(
        f"{_hash(rule)} in (select {_hash(rule)} from {new} where {_is_complete(rule)})"
        for rule in rules
    )
    return (
        f"select * from {records} where ({shared}) "
        f"and {unique_id} not in (select {unique_id} from {new})"
    )


def _hash(rule: BlockingRule) -> str:
    return f"hash({', '.join(part.of('') for part in rule)})"


def _is_complete(rule: BlockingRule) -> str:
    return " and ".join(f"{identifier(part.column)} is not null" for part in rule)
