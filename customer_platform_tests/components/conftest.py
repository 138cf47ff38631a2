"""A small shop whose tables are landed, and customer records to resolve."""

from collections.abc import Iterator

import dagster as dg
import pytest

from customer_platform.environment import Environment
from customer_platform_tests.support.components import Shop


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def shop(deployment: Environment, instance: dg.DagsterInstance) -> Shop:
    return Shop(deployment, instance)
