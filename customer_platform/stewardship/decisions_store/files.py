"""Decisions as a CSV file with the columns of the seed: out of a store, and into it."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from customer_platform.errors import OverrideRefusedError
from customer_platform.identity.overrides import KINDS
from customer_platform.stewardship.decide.decisions import Decision
from customer_platform.stewardship.decide.overrides_file import HEADER, fields_of, read_lines
from customer_platform.stewardship.decisions_store.store import DecisionStore, StoredDecision


def export_decisions(store: DecisionStore, file: TextIO) -> int:
    """Writes the decisions in force, the oldest first.

    Args:
        store: The decisions.
        file: Opened for writing with `newline=""`.

    Returns:
        How many there are.
    """
    decisions = store.decisions()
    writer = csv.DictWriter(file, HEADER, lineterminator="\n")
    writer.writeheader()
    for each in decisions:
        moment = each.decided_at.replace(microsecond=0, tzinfo=UTC).isoformat()
        writer.writerow({**fields_of(each.decision), "date": moment})
    return len(decisions)


def import_decisions(
    store: DecisionStore, path: Path, seeded: Sequence[tuple[str, Decision]] = ()
) -> tuple[list[StoredDecision], int]:
    """Keeps the decisions of a CSV file with their authors, times and reasons: all, or none.

    Args:
        store: Where they are kept.
        path: The file.
        seeded: The decisions that hold besides, each with its place.

    Returns:
        Those that are new, and how many the file holds.

    Raises:
        OverrideRefusedError: The file can't be read, a line isn't right, or a decision contradicts
            others; names file and line.
        DecisionsError: The store can't be written to.
    """
    if not path.is_file():
        raise OverrideRefusedError(f"there is no file {path}")
    lines = read_lines(path)
    brought = [(each.decision, _moment(path, each.first, each.decision)) for each in lines]
    return store.bring(brought, seeded), len(lines)


def _moment(path: Path, line: int, decision: Decision) -> datetime:
    if decision.kind not in KINDS:
        raise OverrideRefusedError(
            f"{path}:{line}: the kind {decision.kind!r} is unknown; write {' or '.join(KINDS)}"
        )
    if not all((decision.record.record_id, decision.other.record_id, decision.author)):
        raise OverrideRefusedError(f"{path}:{line}: name both records and the author")
    try:
        moment = datetime.fromisoformat(decision.date)
    except ValueError as error:
        raise OverrideRefusedError(
            f"{path}:{line}: {decision.date!r} is no date; write it as 2026-01-31"
        ) from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
