"""Productions that a change goes to."""

import shutil
from pathlib import Path

import pytest

from customer_platform.publishing.catalogue import relocate
from customer_platform_tests.support.demos import BuiltDemo
from customer_platform_tests.support.street import Street


@pytest.fixture
def street(retail: BuiltDemo, tmp_path: Path) -> Street:
    """A production that is a copy of the demo, without versions."""
    return copied_street(retail, tmp_path)


@pytest.fixture(scope="module")
def shared_street(retail: BuiltDemo, tmp_path_factory: pytest.TempPathFactory) -> Street:
    """The same, for all tests of a file."""
    return copied_street(retail, tmp_path_factory.mktemp("street"))


def copied_street(retail: BuiltDemo, parent: Path) -> Street:
    """A production that is a copy of the demo. Folders may be called anything."""
    folder = parent / "Größe l'été"
    home = folder / "production"
    shutil.copytree(retail.home, home, symlinks=True)
    for edition in ("published", "published_masked"):
        relocate(retail.home / edition, home / edition)
    return Street(folder, home)
