"""The plugin of dbt-duckdb, named in profiles.yml, that creates the SQL functions."""

from typing import TYPE_CHECKING

from dbt.adapters.duckdb.plugins import BasePlugin

from customer_platform.warehouse.functions import create_functions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Plugin(BasePlugin):
    """Creates the functions in the warehouse, where every later reader of a view finds them."""

    def configure_connection(self, conn: "DuckDBPyConnection") -> None:
        """Creates them before the first statement of a dbt process."""
        create_functions(conn)
