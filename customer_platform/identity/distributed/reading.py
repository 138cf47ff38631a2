"""Reads what a distributed resolution is given."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_platform.identity.distributed.cluster import kept
from customer_platform.identity.distributed.model import Given
from customer_platform.identity.distributed.previous import (
    staged_issued,
    staged_previous,
    staged_registry,
    staged_state,
)
from customer_platform.identity.distributed.staging import staged, with_values
from customer_platform.identity.staging import refuse_missing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Read:
    """What was given, as staged.

    Attributes:
        records: See `staged`.
        count: How many there are.
        previous: See `staged_previous` and `staged_state`; None where records had nothing.
        issued: See `staged_issued` and `staged_registry`.
        skipped: Rows that are no records.
    """

    records: "DataFrame"
    count: int
    previous: "DataFrame | None"
    issued: "DataFrame | None"
    skipped: int


def read_all(given: Given) -> Read:
    """Stages the records, and what they had.

    Raises:
        RulesError: The records lack a column that the rules use.
        RecordsError: A record has no id or no source, or a column has a type that isn't read.
        PreviousMapError: The previous map lacks a column.
    """
    records, count, unnamed = _staged(given, given.records)
    skipped = 0
    if any(unnamed) and given.skips_empty:
        before = count
        records, count, unnamed = _staged(given, with_values(given.records))
        skipped = before - count
    refuse_missing(given.rules, *unnamed)
    previous = issued = None
    if given.kept is not None and given.kept.state is not None:
        previous = kept(staged_state(given.kept.state))
        if given.kept.registry is not None:
            issued = kept(staged_registry(given.kept.registry))
    elif given.previous is not None:
        previous = kept(staged_previous(given.previous))
        # Without a map, what was issued is of no concern, as in one process.
        issued = kept(staged_issued(given.issued)) if given.issued is not None else None
    return Read(records, count, previous, issued, skipped)


def _staged(given: Given, rows: "DataFrame") -> tuple["DataFrame", int, tuple[int, int]]:
    """Records as staged, how many there are, and how many have no id and no source."""
    records = kept(
        staged(
            rows,
            given.rules,
            with_first_id=given.entity if given.has_previous else None,
            with_record_hash=given.kept is not None,
        )
    )
    [(count, ids, sources)] = records.selectExpr(
        "count(*)", "count(record_id)", "count(source)"
    ).collect()
    return records, count, (count - ids, count - sources)
