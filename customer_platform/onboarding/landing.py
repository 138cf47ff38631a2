"""Copies the user's files to where the platform looks for them."""

import filecmp
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from customer_platform.errors import OnboardingError
from customer_platform.onboarding.declaration import landed_as
from customer_platform.onboarding.delivered import Delivery


def plan_landing(delivery: Delivery, path: str, landing: Path) -> dict[Path, Path]:
    """Where each file is to be copied to, those that are there already left out.

    Args:
        delivery: The files.
        path: The path template below the landing zone.
        landing: The landing zone.

    Raises:
        OnboardingError: Another file is there already.
    """
    targets = {file.path: landing / landed_as(file, path) for file in delivery.files}
    for file, target in targets.items():
        if target.exists() and not filecmp.cmp(file, target, shallow=False):
            raise OnboardingError(
                f"{target}: another file is there already; move it away, or put {file} there "
                "yourself"
            )
    return {file: target for file, target in targets.items() if not target.exists()}


def land(copies: Mapping[Path, Path]) -> None:
    """Copy files into the landing zone.

    Args:
        copies: Each file, and where it is copied to.
    """
    for file, target in copies.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        # Under a name that sensors pass over until the file is whole.
        half = target.with_name(f".{target.name}")
        shutil.copyfile(file, half)
        os.replace(half, target)
