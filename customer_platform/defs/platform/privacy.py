"""What people have asked for, carried out and proved in every run."""

import dagster as dg

from customer_platform.asset_keys import raw_asset_key
from customer_platform.components.privacy import build_certificates, build_erasures
from customer_platform.declarations import declarations_of
from customer_platform.environment import load_environment


@dg.definitions
def privacy() -> dg.Definitions:
    """The assets of the group `privacy`."""
    sources = declarations_of(load_environment()).sources.values()
    raw = [raw_asset_key(each.source, table.name) for each in sources for table in each.tables]
    return dg.Definitions(assets=[build_erasures(raw), build_certificates()])
