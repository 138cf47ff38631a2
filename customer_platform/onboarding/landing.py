"""Copies the user's files to where the platform looks for them."""

import filecmp
import os
import shutil
from pathlib import Path

from customer_platform.ingestion.spec import PARTITION
from customer_platform.onboarding.delivered import Delivery
from customer_platform.onboarding.errors import OnboardingError


def land(delivery: Delivery, path: str, landing: Path) -> list[Path]:
    """Copy files into the landing zone, each under its day.

    Args:
        delivery: The files.
        path: The path template below the landing zone.
        landing: The landing zone.

    Returns:
        The files that were not there before.

    Raises:
        OnboardingError: Another file is there already; nothing is copied then.
    """
    targets = {file.path: landing / path.replace(PARTITION, file.day) for file in delivery.files}
    for file, target in targets.items():
        if target.exists() and not filecmp.cmp(file, target, shallow=False):
            raise OnboardingError(
                f"{target}: another file is there already; move it away, or put {file} there "
                "yourself"
            )
    copied = []
    for file, target in targets.items():
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        # Under a name that sensors pass over until the file is whole.
        half = target.with_name(f".{target.name}")
        shutil.copyfile(file, half)
        os.replace(half, target)
        copied.append(target)
    return copied
