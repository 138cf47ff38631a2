"""A company to erase people from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from customer_platform.environment import Environment
from customer_platform_tests.support.company import Company, company_in
from customer_platform_tests.support.small_retail import make_warehouse


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty warehouse, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "warehouse.duckdb"
    make_warehouse(path)
    return path


@pytest.fixture
def company(prepared: Environment, empty: Path, tmp_path: Path) -> Iterator[Company]:
    """The company, to which nothing has been delivered."""
    with company_in(tmp_path / "home", prepared, empty) as company:
        yield company
