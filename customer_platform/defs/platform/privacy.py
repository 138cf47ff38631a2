"""What people have asked for, carried out and proved in every run."""

import dagster as dg

from customer_platform.asset_keys import raw_asset_key
from customer_platform.components.privacy import build_certificates, build_erasures
from customer_platform.declarations import declarations_of
from customer_platform.environment import load_environment

_NOBODY_ELSE = "team:customer-data"


@dg.definitions
def privacy() -> dg.Definitions:
    """The assets of the group `privacy`."""
    declared = declarations_of(load_environment())
    sources = declared.sources.values()
    raw = [raw_asset_key(each.source, table.name) for each in sources for table in each.tables]
    # Who answers for who is who, answers for who is nobody any more.
    owner = next((each.owner for each in declared.entities.values()), _NOBODY_ELSE)
    return dg.Definitions(assets=[build_erasures(raw, owner), build_certificates(owner)])
