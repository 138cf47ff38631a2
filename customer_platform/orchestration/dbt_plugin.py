"""A plugin of dbt-duckdb: keeps values of rows out of what dbt says and logs of a failure.

dbt repeats DuckDB's message (`Could not convert string 'anna@example.com' to DATE`) on the
terminal, in `dbt.log`, in `run_results.json` and, through Dagster, in the event log. It is named in
`profiles.yml`, so that it also holds for a dbt that is started by hand.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.duckdb.plugins import BasePlugin

from customer_platform.database_errors import unquoted

_dbts_handler = DuckDBConnectionManager.exception_handler


@contextmanager
def _handler(
    self: DuckDBConnectionManager, sql: str, connection_name: str = "master"
) -> Iterator[Any]:
    """dbt-duckdb's own handler, which gets to see errors without values."""
    with _dbts_handler(self, sql, connection_name):
        try:
            yield
        except duckdb.Error as error:
            raise unquoted(error) from None


class Plugin(BasePlugin):
    """Is made once, when dbt opens the warehouse."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Puts the handler in place of dbt-duckdb's, which has no hook for it."""
        DuckDBConnectionManager.exception_handler = _handler  # type: ignore[method-assign]
