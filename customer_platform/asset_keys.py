"""Asset keys are the names in the warehouse: schema and table."""

import dagster as dg


def raw_asset_key(source: str, table: str) -> dg.AssetKey:
    """raw/<source>__<table>, which is also schema and table in the warehouse."""
    return dg.AssetKey(["raw", f"{source}__{table}"])
