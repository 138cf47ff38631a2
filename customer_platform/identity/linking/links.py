"""The links that a match rule asks for."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity import sql
from customer_platform.identity.numbers import numbers_as_table
from customer_platform.identity.rules import MatchRule, ResolutionRules
from customer_platform.identity.staging import RECORDS, StagedRecords

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class OverSharedValue:
    """A value that links nobody because too many records share it.

    Attributes:
        rule: Name of the rule.
        value: The value as text, several keys joined by ' + '; None when no record at hand has it.
        value_hash: Its hash.
        records: Records that share it.
    """

    rule: str
    value: str | None
    value_hash: int
    records: int


@dataclass(frozen=True)
class RuleMatches:
    """What the records that one rule compares have in common.

    Attributes:
        firsts: Per record number, the first record with the same value, `NO_RECORD` for none.
        values: Values that link records.
        pairs: Pairs of records with an equal value, over those values.
        matched_records: Records with such a value.
        over_shared: Per over-shared value its hash, the first row with it, and its records.
    """

    firsts: npt.NDArray[np.int32]
    values: int
    pairs: int
    matched_records: int
    over_shared: list[tuple[int, int, int]]


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
    from customer_platform.identity.linking import sorting

    def matches(number: int) -> RuleMatches:
        hashes = staged.hashes(f"rule_{number}")
        if len(excluded.get(number, ())):
            hashes = np.where(np.isin(hashes, excluded[number]), np.uint64(0), hashes)
        firsts, values, pairs, matched, over_hashes, over_rows, over_counts = (
            sorting.first_records_of_values(
                hashes, staged.order.numbers, rules.match_rules[number].max_records_per_value or 0
            )
        )
        over_shared = zip(
            over_hashes.tolist(), over_rows.tolist(), over_counts.tolist(), strict=True
        )
        return RuleMatches(firsts, values, pairs, matched, list(over_shared))

    exact = [number for number, rule in enumerate(rules.match_rules) if not rule.similar]
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        yield pool.map(matches, exact)


def value_texts(
    connection: "DuckDBPyConnection",
    records: str,
    rules: ResolutionRules,
    over_shared: Sequence[list[tuple[int, int, int]]],
) -> list[OverSharedValue]:
    """The over-shared values of all rules with their text, most shared first within a rule.

    Args:
        connection: A connection in which the records are staged.
        records: The relation they were staged from.
        rules: The rules.
        over_shared: Per rule position what `find_matches` found.
    """
    found = []
    for rule, values in zip(rules.match_rules, over_shared, strict=True):
        if not values:
            continue
        texts = _texts(connection, records, rules, rule, [row for _, row, _ in values])
        found += sorted(
            (
                OverSharedValue(rule.name, texts.get(row), value, records_with_it)
                for value, row, records_with_it in values
            ),
            key=lambda entry: (-entry.records, entry.value or ""),
        )
    return found


def _texts(
    connection: "DuckDBPyConnection",
    records: str,
    rules: ResolutionRules,
    rule: MatchRule,
    rows: Sequence[int],
) -> dict[int, str]:
    """By row, the value of a rule as text."""
    columns = ", ".join(f"keyed.{sql.key_column(key)}" for key in rule.match)
    with numbers_as_table(
        connection, "resolution_shared_rows", record_row=np.array(rows, dtype=np.int32)
    ):
        firsts = (
            f"select source, record_id, record_row from {RECORDS} "
            f"semi join resolution_shared_rows using (record_row)"
        )
        # Only these records are normalised, not all of them once more.
        few = (
            f"select * from {sql.relation(records)} where cast({sql.identifier(rules.record_id)} "
            f"as varchar) in (select record_id from ({firsts}))"
        )
        return dict(
            connection.execute(
                f"with keyed as ({sql.keyed_records(few, rules)}), firsts as ({firsts}) "
                f"select firsts.record_row, concat_ws(' + ', {columns}) "
                f"from firsts join keyed using (source, record_id)"
            ).fetchall()
        )
