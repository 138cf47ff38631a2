"""Which partitions changed in the landing zone since the last look. Pure: no file is touched."""

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from customer_platform.ingestion.landing import LandedFile

_NANOSECONDS = 1_000_000_000

# table -> partition -> 8 hex digits
Fingerprints = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Changes:
    """What differs between a cursor and the files that are there now.

    Attributes:
        changed: Table -> partitions that are new, changed or deleted.
        deleted: Table -> those of them whose files are all gone.
        unsettled: Table -> partitions with a file so young that it may still be written; they are
            not in `changed` and are compared again next time.
        next_cursor: Cursor for the next look, once `changed` is taken care of.
    """

    changed: dict[str, set[str]] = field(default_factory=dict)
    deleted: dict[str, set[str]] = field(default_factory=dict)
    unsettled: dict[str, set[str]] = field(default_factory=dict)
    next_cursor: str = ""


def detect_changes(
    cursor: str | None,
    files_by_table: Mapping[str, Sequence[LandedFile]],
    now_ns: int,
    settle_seconds: float,
) -> Changes:
    """Compare the landed files with a cursor.

    Args:
        cursor: `next_cursor` of the last look; empty or unreadable: everything is new.
        files_by_table: All files of every table that is watched.
        now_ns: The time now, nanoseconds since the epoch.
        settle_seconds: How long a file must have been left alone before it counts as complete.
    """
    known = decode_cursor(cursor)
    changes = Changes()
    following: Fingerprints = {}
    for table, files in files_by_table.items():
        before = known.get(table, {})
        by_partition = _by_partition(files)
        after = fingerprints(files)
        # A file dated in the future beyond the settling time says nothing about when it was
        # written; waiting for its date would hold it back for ever.
        unsettled = {
            partition
            for partition, group in by_partition.items()
            if before.get(partition) != after[partition]
            and any(abs(now_ns - file.mtime_ns) < settle_seconds * _NANOSECONDS for file in group)
        }
        deleted = before.keys() - after.keys()
        changed = {
            partition
            for partition, fingerprint in after.items()
            if before.get(partition) != fingerprint and partition not in unsettled
        }
        for partition in unsettled:
            del after[partition]
            if partition in before:
                after[partition] = before[partition]
        following[table] = after
        for target, partitions in (
            (changes.changed, changed | deleted),
            (changes.deleted, set(deleted)),
            (changes.unsettled, unsettled),
        ):
            if partitions:
                target[table] = partitions
    return Changes(changes.changed, changes.deleted, changes.unsettled, encode_cursor(following))


def fingerprints(files: Iterable[LandedFile]) -> dict[str, str]:
    """Partition -> what its files are: names, sizes and times of their last change."""
    return {day: _fingerprint(group) for day, group in _by_partition(files).items()}


def partition_ranges(
    changed: Iterable[str], present: Iterable[str], bridge_absent: bool
) -> list[tuple[str, str]]:
    """Group days into contiguous ranges (first, last), for one run per range.

    Args:
        changed: Days to cover.
        present: Days that have a file.
        bridge_absent: Whether a range may run on over days without any file. Days with an
            unchanged file always end a range: there is no reason to load them again.
    """
    wanted = sorted(set(changed))
    blocked = set(present) - set(wanted)
    ranges: list[tuple[str, str]] = []
    for day in wanted:
        if ranges and _may_continue(ranges[-1][1], day, blocked, bridge_absent):
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return ranges


def encode_cursor(fingerprints: Fingerprints) -> str:
    """Pack fingerprints into text: some 9 bytes a partition."""
    text = json.dumps(fingerprints, separators=(",", ":"), sort_keys=True)
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def decode_cursor(cursor: str | None) -> Fingerprints:
    """Unpack a cursor; one that is empty or of another origin knows nothing."""
    if not cursor:
        return {}
    try:
        decoded = json.loads(zlib.decompress(base64.b64decode(cursor, validate=True)))
    except (binascii.Error, zlib.error, ValueError):
        return {}
    if not isinstance(decoded, dict) or not all(isinstance(v, dict) for v in decoded.values()):
        return {}
    return decoded


def _by_partition(files: Iterable[LandedFile]) -> dict[str, list[LandedFile]]:
    groups: dict[str, list[LandedFile]] = {}
    for file in files:
        groups.setdefault(file.partition, []).append(file)
    return groups


def _fingerprint(files: Iterable[LandedFile]) -> str:
    parts = sorted((file.relative, file.size, file.mtime_ns) for file in files)
    return f"{zlib.crc32(repr(parts).encode(errors='surrogateescape')):08x}"


def _may_continue(last: str, day: str, blocked: set[str], bridge_absent: bool) -> bool:
    current, end = date.fromisoformat(last) + timedelta(days=1), date.fromisoformat(day)
    if current < end and not bridge_absent:
        return False
    while current < end:
        if current.isoformat() in blocked:
            return False
        current += timedelta(days=1)
    return True
