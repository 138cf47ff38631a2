"""Writes the links that a constraint refused."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.linking.clustering import LinkedRecords
from customer_platform.identity.output import ResolvedMap
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.staging import RECORDS
from customer_platform.warehouse import sql

# What refuses a link that would join what has little in common.
COHESION = "cohesion"

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


def insert_refused(
    connection: "DuckDBPyConnection",
    target: str,
    resolved: ResolvedMap,
    linked: LinkedRecords,
    rules: ResolutionRules,
) -> None:
    """Adds refused links to a table with the columns of `refused_links`.

    Args:
        connection: A connection with the records staged.
        target: The table.
        resolved: The map of the records.
        linked: Their links, the refused ones included.
        rules: The rules.
    """
    import pyarrow as pa

    refused = linked.refused
    if not len(refused):
        return
    rows = resolved.order.rows
    reasons = [f"limit {key}" for key in rules.limits]
    reasons += [f"max_records_per_source {source}" for source in rules.max_records_per_source]
    reasons += ["override different"] * len(linked.differences)
    reasons += [COHESION]
    rules_list = ", ".join(sql.literal(name) for name in resolved.link_names)
    reasons_list = ", ".join(sql.literal(reason) for reason in reasons)
    customers = resolved.customers

    def ids(records: npt.NDArray[np.int32]) -> "pa.Array":
        return customers.ids.take(pa.array(customers.positions[linked.clusters[records]]))

    source = "{0}.source" if rules.source else "cast(null as varchar)"
    side = "case when {0}.source = '' then '' else {0}.source || ':' end || {0}.record_id"
    found = pa.table(
        {
            "position": pa.array(np.arange(len(refused), dtype=np.int32)),
            "rule": pa.array(refused.rules),
            "reason": pa.array(refused.reasons),
            "record_row": pa.array(rows[refused.records]),
            "other_row": pa.array(rows[refused.others]),
            "side_row": pa.array(rows[refused.sides]),
            "other_side_row": pa.array(rows[refused.other_sides]),
            "customer_id": ids(refused.records),
            "other_customer_id": ids(refused.others),
        }
    )
    connection.register("resolution_refused", found)
    try:
        connection.execute(
            f"insert into {target} select [{rules_list}][refused.rule + 1], "
            f"{source.format('record')}, record.record_id, refused.customer_id, "
            f"{source.format('other')}, other.record_id, refused.other_customer_id, "
            f"[{reasons_list}][refused.reason + 1], {side.format('side')}, "
            f"{side.format('other_side')} from resolution_refused as refused "
            f"join {RECORDS} as record on record.record_row = refused.record_row "
            f"join {RECORDS} as other on other.record_row = refused.other_row "
            f"join {RECORDS} as side on side.record_row = refused.side_row "
            f"join {RECORDS} as other_side on other_side.record_row = refused.other_side_row "
            f"order by refused.position"
        )
    finally:
        connection.unregister("resolution_refused")
