"""A copy of the demo of retail, which the tests of the whole graph change further and further."""

from collections.abc import Iterator

import pytest

from customer_platform.environment import Environment
from customer_platform_tests.support.demos import BuiltDemo, DemoCopy, copied_demo


@pytest.fixture(scope="module")
def copy(
    retail: BuiltDemo, prepared: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DemoCopy]:
    """The copy; this process is pointed at it."""
    with copied_demo(retail, tmp_path_factory.mktemp("copy"), prepared) as copy:
        yield copy
