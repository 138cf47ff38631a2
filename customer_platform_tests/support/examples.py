"""How many examples a property is tried on: a few in `make test`, many in `make test-all`."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

# `make test-all` tries them again, on so many times as many examples.
TIMES = int(os.environ.get("CUSTOMER_PLATFORM_TEST_EXAMPLES", "1"))


def examples(few: int) -> Callable[[Any], Any]:
    """Marks a property whose examples take long.

    Args:
        few: How many are enough for every change.
    """

    def marked(test: Any) -> Any:
        return pytest.mark.examples(settings(max_examples=few * TIMES)(test))

    return marked
