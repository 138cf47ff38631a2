"""customer_platform.identity with a map that is kept: its state, and what later runs add to it."""

from collections.abc import Mapping
from datetime import UTC, datetime

import duckdb

from customer_platform.identity import Delta, OutputTables, update_map
from customer_platform.identity.overrides import read_overrides_file
from identity_engines.command import Task, run


def resolve(task: Task) -> Mapping[str, float]:
    """Writes the map in the schema `identity`; from nothing, or on top of what is there.

    Returns:
        How many records were resolved.
    """
    with duckdb.connect(str(task.output)) as connection:
        summary = update_map(
            connection,
            Delta(task.records)
            if task.complete or not task.new
            else Delta(task.new_records, is_complete=False),
            task.rules,
            OutputTables("identity"),
            datetime.now(UTC),
            overrides=read_overrides_file(connection, task.overrides) if task.overrides else (),
        )
    return {"records_resolved": summary.touched_records}


if __name__ == "__main__":
    run(resolve)
