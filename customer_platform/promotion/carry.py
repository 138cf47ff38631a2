"""What a version gets from the one in force: days that have landed there, and decisions."""

from datetime import datetime
from functools import partial

import duckdb

from customer_platform.environment import Environment
from customer_platform.errors import RefusedVersionError
from customer_platform.promotion.days import Days, days_to_build, note_days
from customer_platform.promotion.landing import find_landing
from customer_platform.promotion.raw import copy_raw
from customer_platform.promotion.released import (
    carry_decisions,
    read_decisions,
    remember_decisions,
)
from customer_platform.versions import Version, Versions


def carry(
    target: Environment, versions: Versions, version: Version, landed: str | None = None
) -> Days:
    """Brings a version what the one in force has got since they parted.

    Call it while there is `no_run`.

    Args:
        target: The deployment.
        versions: Its versions.
        version: Another one than that in force.
        landed: Until when it has landed itself what it declares otherwise, UTC, ISO; None for when
            they parted.

    Returns:
        The days that have come along and aren't built yet: also those that came with whoever was
        killed before it was put in force.

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
    in_force = versions.place(current.number)
    landing = find_landing(in_force, place, target.business_model)
    with duckdb.connect(str(place / "warehouse.duckdb")) as connection:
        copy_raw(
            connection,
            in_force / "warehouse.duckdb",
            landing,
            datetime.fromisoformat(parted),
            datetime.fromisoformat(landed or parted),
            partial(note_days, place),
        )
    if landing.alone and (come := days_to_build(place).all):
        # The version in force doesn't land them, so nothing tells which of their days are new.
        note_days(place, Days(to_land={table: {*come} for table in landing.alone}))
    now = read_decisions(target)
    # First: whoever is killed leaves them in a version that isn't in force, and what stewards take
    # back meanwhile has to go there, too.
    remember_decisions(target.place, now)
    carry_decisions(place / "project", current.decisions, target.place, now)
    return days_to_build(place)
