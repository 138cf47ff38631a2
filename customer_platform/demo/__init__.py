"""Synthetic companies to try the platform on, and the truth to measure it by."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from customer_platform.demo.writing import DemoSummary
from customer_platform.errors import DemoError

__all__ = ["DemoSummary", "generator"]


def generator(business_model: str) -> Callable[..., DemoSummary]:
    """The function `generate` of the demo company of a business model.

    Args:
        business_model: Its name.

    Raises:
        DemoError: There is no demo of it.
    """
    module = f"{__name__}.{business_model}"
    if find_spec(module) is None:
        raise DemoError(
            f"There is no demo of the business model {business_model}: "
            f"customer_platform/demo/{business_model}/ would hold it."
        )
    generate: Callable[..., DemoSummary] = import_module(module).generate
    return generate
