"""A warehouse with small masters, written by hand."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    pass
from customer_platform_tests.support.small_masters import SmallMasters


@pytest.fixture
def masters(tmp_path: Path) -> SmallMasters:
    """Masters that were never published."""
    return SmallMasters(tmp_path)
