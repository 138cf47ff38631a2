"""Leads readers to the version in force, where they looked before a home had versions."""

import shutil
from pathlib import Path

from customer_platform.environment import CURRENT, VERSIONS, version_in_force
from customer_platform.whole_files import replace_folder, replace_link

_READ = ("published", "published_masked")
_WAREHOUSE = "warehouse.duckdb"


def is_settled(home: Path) -> bool:
    """Whether there is nothing to `settle`."""
    return version_in_force(home) is None or not (
        (home / _WAREHOUSE).exists()
        or any(_outgrown(home, name).is_dir() for name in _READ)
        or not all((home / name).is_symlink() for name in _READ)
    )


def settle(home: Path) -> None:
    """Leads readers to the version in force, and removes what the home had before.

    Call it `alone`; whoever is killed while the first version is made leaves the rest to it.
    """
    if version_in_force(home) is None:
        return
    (home / _WAREHOUSE).unlink(missing_ok=True)
    for name in _READ:
        link, outgrown = home / name, _outgrown(home, name)
        target = f"{VERSIONS}/{CURRENT}/{name}"
        if link.is_dir() and not link.is_symlink():
            replace_folder(link, target, outgrown)
        elif not link.is_symlink():
            replace_link(link, target)
        if outgrown.is_dir():
            shutil.rmtree(outgrown)


def _outgrown(home: Path, name: str) -> Path:
    return home / f".{name}.outgrown"
