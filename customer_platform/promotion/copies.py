"""Copies what is published: the files by hard links."""

import os
import shutil
from pathlib import Path

from customer_platform.publishing.catalogue import EVIDENCE, FILE_NAME, relocate


def copy_published(source: Path, target: Path) -> None:
    """Copies what is published: the catalogue, and the files by hard links.

    Args:
        source: The folder of what is published; there need be none.
        target: The copy.
    """
    if not source.is_dir():
        return
    for folder, _, names in os.walk(source):
        made = target / Path(folder).relative_to(source)
        made.mkdir(parents=True, exist_ok=True)
        for name in names:
            if name == FILE_NAME:
                shutil.copyfile(Path(folder, name), made / name)
            elif name.endswith(".parquet") or name.startswith(f"{EVIDENCE}-"):
                os.link(Path(folder, name), made / name)
    relocate(source, target)
