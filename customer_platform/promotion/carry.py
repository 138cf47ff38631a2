"""What a version gets from the one in force: days that have landed there, and decisions."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb

from customer_platform.environment import Environment
from customer_platform.errors import RefusedVersionError
from customer_platform.promotion.raw import copy_raw
from customer_platform.promotion.released import (
    carry_decisions,
    read_decisions,
    remember_decisions,
)
from customer_platform.versions import Version, Versions
from customer_platform.whole_files import write_whole

# In a version's folder: days that have come along and aren't built yet, by raw table.
_TO_BUILD = "to_build"


def carry(target: Environment, versions: Versions, version: Version) -> dict[str, set[str]]:
    """Brings a version what the one in force has got since they parted.

    Call it while there is `no_run`.

    Args:
        target: The deployment.
        versions: Its versions.
        version: Another one than that in force.

    Returns:
        By raw table, the days that have come along and aren't built yet, ISO: also those that
        came with whoever was killed before it was put in force.

    Raises:
        RefusedVersionError: Somebody was erased since; the version is removed.
    """
    place = versions.place(version.number)
    current = versions.read(versions.current or 0)
    left = [each.at for each in versions.journal() if each.before == version.number]
    parted = left[-1] if left else version.created_at
    if versions.erased_at > parted:
        versions.remove([version.number])
        raise RefusedVersionError(
            f"somebody was erased since version {version.number} was built, and it would bring "
            "them back: apply the plan again"
        )
    since = datetime.fromisoformat(parted)
    with duckdb.connect(str(place / "warehouse.duckdb")) as connection:
        copy_raw(
            connection,
            versions.place(current.number) / "warehouse.duckdb",
            since,
            partial(_note, place),
        )
    now = read_decisions(target)
    # First: whoever is killed leaves them in a version that isn't in force, and what stewards take
    # back meanwhile has to go there, too.
    remember_decisions(target.place, now)
    carry_decisions(place / "project", current.decisions, target.place, now)
    return days_to_build(place)


def _note(place: Path, table: str, days: set[str]) -> None:
    """Writes down days that a version has to build, before they are in its raw tables."""
    known = days_to_build(place)
    noted = {**known, table: known.get(table, set()) | days}
    stated = {name: sorted(each) for name, each in noted.items()}
    write_whole(place / _TO_BUILD, json.dumps(stated))


def days_to_build(place: Path) -> dict[str, set[str]]:
    """By raw table, the days that have come along and aren't built yet, ISO.

    Args:
        place: The folder of the version.
    """
    path = place / _TO_BUILD
    stated: Mapping[str, list[str]] = json.loads(path.read_text()) if path.exists() else {}
    return {table: {*days} for table, days in stated.items()}


def days_are_built(place: Path) -> None:
    """Says that they are."""
    (place / _TO_BUILD).unlink()
