"""Splink's standalone clustering, fed with the links of the same rules.

For exact rules this is the best that Splink offers: no pair is scored, records are numbers, and
each is linked to the first with the same value alone, instead of each to each. All but the map
stays in memory.
"""

import logging
from collections.abc import Mapping

import duckdb
from splink import DuckDBAPI
from splink.clustering import cluster_pairwise_predictions_at_threshold

from customer_platform.identity import ResolutionRules
from customer_platform.warehouse import sql
from identity_engines.command import Task, run
from identity_engines.keys import group_keys, read_keys


def resolve(task: Task) -> Mapping[str, float]:
    """Writes `identity.customer_id_map`: record_id, source, customer_id."""
    # One line per round of its clustering.
    logging.getLogger("splink").setLevel(logging.WARNING)
    with duckdb.connect() as connection:
        read_keys(connection, task.records, task.rules)
        group_keys(connection, task.rules)
        _make_links(connection, task.rules)
        clusters = cluster_pairwise_predictions_at_threshold(
            nodes="nodes",
            edges="links",
            db_api=DuckDBAPI(connection),
            node_id_column_name="record",
        )
        connection.execute(f"attach {sql.literal(str(task.output))} as output")
        connection.execute("create schema output.identity")
        connection.execute(
            f"create table output.identity.customer_id_map as "
            # As long as the customer IDs of the others: what a map is read for.
            f"select keys.record_id, keys.source, "
            f"'c_' || lpad(to_hex(hash(clusters.cluster_id)), 20, '0') as customer_id "
            f"from {clusters.physical_name} as clusters "
            f"join keys on keys.rowid = clusters.record"
        )
        connection.execute("detach output")
    return {}


def _make_links(connection: duckdb.DuckDBPyConnection, rules: ResolutionRules) -> None:
    connection.execute("create table nodes as select cast(rowid as integer) as record from keys")
    stars = " union all ".join(
        f"select shared.first as record_l, cast(keys.rowid as integer) as record_r "
        f"from keys join shared_{number} as shared on shared.value = keys.rule_{number} "
        f"where keys.rowid <> shared.first"
        for number in range(len(rules.match_rules))
    )
    connection.execute(f"create table links as {stars}")


if __name__ == "__main__":
    run(resolve)
