"""The published layer."""

import dagster as dg

from customer_platform.components.publication import build_published_masters


@dg.definitions
def published() -> dg.Definitions:
    """What analysts read."""
    return dg.Definitions(assets=[build_published_masters(owner="team:customer-data")])
