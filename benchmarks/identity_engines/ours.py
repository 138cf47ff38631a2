"""customer_platform.identity in one go: the map, and nothing for a later run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from customer_platform.identity.overrides import read_overrides_file
from customer_platform.identity.resolve import resolving
from identity_engines.command import Task, run

if TYPE_CHECKING:
    from customer_platform.identity.resolve import Resolution

MAP = "identity.customer_id_map"


def resolve(task: Task) -> Mapping[str, float]:
    """Writes `identity.customer_id_map` from nothing.

    Returns:
        How many links were refused, and the share of customers that they concern.
    """
    with duckdb.connect(str(task.output)) as connection:
        overrides = read_overrides_file(connection, task.overrides) if task.overrides else ()
        connection.execute("create schema if not exists identity")
        with resolving(
            connection,
            task.records,
            task.rules,
            overrides=overrides,
        ) as resolution:
            connection.register("resolved", resolution.map.reader())
            connection.execute(f"create or replace table {MAP} as select * from resolved")
            return _refusals(resolution)


def _refusals(resolution: "Resolution") -> dict[str, float]:
    refused, clusters = resolution.linked.refused, resolution.linked.clusters
    concerned = np.unique(clusters[np.concatenate([refused.records, refused.others])])
    return {
        "refused_links": len(refused),
        "share_of_customers_concerned": len(concerned) / max(1, resolution.customer_count),
    }


if __name__ == "__main__":
    run(resolve)
