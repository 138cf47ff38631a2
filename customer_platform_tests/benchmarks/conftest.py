"""The benchmarks are scripts: what they share is importable from their own folder."""

import sys
from pathlib import Path

import pytest

from customer_platform.project import REPOSITORY

BENCHMARKS = str(REPOSITORY / "benchmarks")
if BENCHMARKS not in sys.path:
    # Before the test modules are imported, which need it at once.
    sys.path.append(BENCHMARKS)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that all tests share, so that records are made once."""
    return tmp_path_factory.mktemp("cache")
