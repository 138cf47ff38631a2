"""One server of Spark for all tests of a session; without Spark they are skipped, and say why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from customer_platform_tests.support.spark_server import (
    SparkServer,
    spark_server,
    why_there_is_no_spark,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder, which `make test` leaves out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.engines)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkServer]:
    """A server with an empty catalogue."""
    if missing := why_there_is_no_spark():
        pytest.skip(missing)
    with spark_server(tmp_path_factory.mktemp("spark")) as server:
        yield server
