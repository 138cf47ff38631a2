"""Who may read what a deployment writes: by default its owner alone."""

import os
import re
import stat
from pathlib import Path

from customer_platform.errors import EnvironmentVariableError, OpenHomeError

VARIABLE = "CUSTOMER_PLATFORM_UMASK"

_OWNER_ALONE = "077"
_UMASK = re.compile(r"0?0[0-7]{2}")


def read_umask(stated: str | None) -> int:
    """The permissions that new files and folders of a home don't get.

    Args:
        stated: What the environment variable says, octal; nothing stands for the owner alone.

    Raises:
        EnvironmentVariableError: It is no umask, or takes something from the owner.
    """
    text = stated or _OWNER_ALONE
    if not _UMASK.fullmatch(text):
        raise EnvironmentVariableError(
            f"{VARIABLE}={text!r}: write three octal digits, the first of them 0, such as 077 for "
            "the owner alone, or 027 where a group may read"
        )
    return int(text, 8)


def close_folder(folder: Path, umask: int) -> None:
    """Makes a folder, or takes from it the permissions that it isn't to have.

    Args:
        folder: The folder; what is in it can't be reached by who may not enter it.
        umask: The permissions.

    Raises:
        OpenHomeError: The folder is somebody else's, and open.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not mode & umask:
        return
    try:
        os.chmod(folder, mode & ~umask)
    except PermissionError as error:
        raise OpenHomeError(
            f"{folder} may be entered by others than its owner (mode {mode:03o}), who alone can "
            f"change that: `chmod {mode & ~umask:03o} {folder}`, or set {VARIABLE}"
        ) from error
