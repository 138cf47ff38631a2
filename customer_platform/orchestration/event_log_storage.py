"""Dagster's event log in SQLite, which stores the events of many days at once."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
)
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection


class BatchedSqliteEventLogStorage(SqliteEventLogStorage):
    """Dagster's own event log, in the same files, with one transaction for a batch of events.

    A run of many days has an event for every asset and day. Dagster hands them over together, and
    its storage for SQLite opens, commits and closes two databases for each: a quarter of the time
    that the demo company takes to build.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._held = threading.local()
        super().__init__(base_dir, inst_data)
        # A batch opens two databases inside of each other.
        self._db_lock = threading.RLock()  # type: ignore[assignment]

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Has no settings: the files lie where Dagster's own storage has them."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "BatchedSqliteEventLogStorage":
        """The event log of the instance in DAGSTER_HOME."""
        return cls(str(Path(os.environ["DAGSTER_HOME"]) / "history" / "runs"), inst_data)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Stores all events or none; as with a single one, the run has them before the index."""
        connect = super()._connect
        with ExitStack() as stack:
            # What is opened first is committed last.
            shards = [INDEX_SHARD_NAME, *sorted({event.run_id for event in events})]
            self._held.connections = {
                shard: stack.enter_context(connect(shard)) for shard in shards
            }
            stack.callback(self._held.__dict__.clear)
            super().store_event_batch(events)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        held = getattr(self._held, "connections", {}).get(shard)
        if held is not None:
            yield held
            return
        with super()._connect(shard) as connection:
            yield connection
