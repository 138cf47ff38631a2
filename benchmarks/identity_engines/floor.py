"""The floor: reads, normalises, hashes and groups the keys, and writes a map. Nothing else.

The map has the columns, types and lengths of a finished one, but its values are whatever costs
least: no record is clustered or looked up. Any engine on DuckDB that does these things at all
takes at least as long.
"""

from collections.abc import Mapping

import duckdb

from customer_platform.identity import ResolutionRules
from customer_platform.warehouse import sql
from identity_engines.command import Task, run
from identity_engines.keys import group_keys, read_keys


def resolve(task: Task) -> Mapping[str, float]:
    """Writes `identity.customer_id_map`, whose customer IDs are hashes of keys."""
    with duckdb.connect(str(task.output)) as connection:
        read_keys(connection, task.records, task.rules)
        group_keys(connection, task.rules)
        connection.execute("create schema identity")
        connection.execute(f"create table identity.customer_id_map as {_map_query(task.rules)}")
    return {}


def _map_query(rules: ResolutionRules) -> str:
    positions = range(len(rules.match_rules))
    hashes = ", ".join(f"rule_{number}" for number in positions)
    by_rule = " ".join(
        f"when rule_{number} is not null then {sql.literal(rules.match_rules[number].name)}"
        for number in positions
    )
    return (
        # As long as customer IDs, and of the same digits.
        f"select record_id, source, "
        f"'c_' || lpad(to_hex(coalesce({hashes}, hash(record_id))), 20, '0') as customer_id, "
        f"case {by_rule} end as linked_by_rule, "
        f"case when coalesce({hashes}) is not null then source end as linked_to_source, "
        f"case when coalesce({hashes}) is not null then record_id end as linked_to_record "
        f"from keys"
    )


if __name__ == "__main__":
    run(resolve)
