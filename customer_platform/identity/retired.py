"""The customer IDs that a map in a file no longer has, in a file beside it."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from customer_platform.identity.naming.previous import PREVIOUS_IDS
from customer_platform.identity.resolve import Resolution
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


def retired_path(output: Path) -> Path:
    """Where the retired IDs of a map are remembered."""
    return output.with_name(output.stem + ".retired.parquet")


def retired_ids(
    connection: "DuckDBPyConnection", resolution: Resolution, issued: str | None, moment: datetime
) -> "pa.Table":
    """The IDs that no record has any longer.

    Args:
        connection: The connection of the resolution, while it is at hand.
        resolution: The resolution.
        issued: What was remembered before: a query; None: nothing.
        moment: The time of the run, UTC.

    Returns:
        One row per ID: customer_id, issued_at, retired_at, successor (null when none of its
        records was left).
    """
    import pyarrow as pa

    customers = resolution.customers
    kept = np.zeros(resolution.previous.count, dtype=np.bool_)
    kept[customers.kept[customers.kept >= 0]] = True
    gone = np.flatnonzero(~kept).astype(np.int32)
    now_gone = pa.table(
        {
            "code": pa.array(gone),
            "successor": customers.successors(gone),
        }
    )
    earlier = issued or "(select null as customer_id, null as retired_at, null as successor)"
    connection.register("resolution_retired", now_gone)
    try:
        return connection.sql(
            f"select ids.customer_id, ids.issued_at, "
            f"coalesce(earlier.retired_at, timestamp '{moment}') as retired_at, "
            f"coalesce(retired.successor, earlier.successor) as successor "
            f"from resolution_retired as retired join {PREVIOUS_IDS} as ids "
            f"on ids.rowid = retired.code left join {earlier} as earlier using (customer_id) "
            f"order by ids.customer_id"
        ).to_arrow_table()
    finally:
        connection.unregister("resolution_retired")


def write_retired(connection: "DuckDBPyConnection", retired: "pa.Table", path: Path) -> None:
    """Writes retired IDs as Parquet; without any there is no file."""
    if not retired.num_rows:
        path.unlink(missing_ok=True)
        return
    connection.register("resolution_retired", retired)
    connection.execute(
        f"copy (from resolution_retired) to {sql.literal(str(path))} (format parquet)"
    )
