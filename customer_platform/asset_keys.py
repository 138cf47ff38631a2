"""Asset keys are the names in the warehouse: schema and table."""

import dagster as dg


def raw_asset_key(source: str, table: str) -> dg.AssetKey:
    """raw/<source>__<table>, which is also schema and table in the warehouse."""
    return dg.AssetKey(["raw", f"{source}__{table}"])


# Whoever has asked to be taken out is no longer there once it is materialised.
ERASURES = dg.AssetKey(["privacy", "erasures"])

# What is proved of those who were erased.
CERTIFICATES = dg.AssetKey(["privacy", "certificates"])
