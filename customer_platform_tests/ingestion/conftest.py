"""A landing zone, a warehouse, and short ways to fill and read them."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from customer_platform_tests.support.ingestion import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    landing = tmp_path / "landing"
    landing.mkdir()
    connection = duckdb.connect(str(tmp_path / "warehouse.duckdb"), config={"threads": 2})
    yield Shop(landing, connection)
    connection.close()
