"""FileSource and DatabaseSource: a source that delivers files or tables, declared in YAML."""

from typing import Annotated, Any

import dagster as dg

from customer_platform.components.declared import declared
from customer_platform.components.raw_asset import build_raw_asset, database_of, files_of
from customer_platform.components.raw_checks import build_newest_record_checks
from customer_platform.components.scaffolding import DatabaseSourceScaffolder, FileSourceScaffolder
from customer_platform.environment import load_environment
from customer_platform.ingestion import SourceSpec, TableSpec
from customer_platform.ingestion.database import DatabaseSourceSpec, DatabaseTableSpec
from customer_platform.orchestration.landing_sensor import build_landing_sensor


@dg.scaffold_with(FileSourceScaffolder)
class FileSource(SourceSpec, dg.Component, dg.Resolvable):
    """A source that delivers CSV, JSONL or Parquet files into the landing zone.

    Every table becomes an asset `raw/<source>__<table>` with daily partitions, a check on its
    reject rate, a check on undeclared columns, and a check on its newest record. One sensor per
    source lands new, changed and late files.
    """

    tables: Annotated[Any, declared(list[TableSpec])]

    @classmethod
    def get_spec(cls) -> dg.ComponentTypeSpec:
        """How the component is listed and documented in the Dagster UI and by `dg`."""
        return dg.ComponentTypeSpec(
            description="A source that delivers files into the landing zone.",
            tags=["ingestion", "source"],
            owners=["team:customer-data"],
        )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The assets, checks and sensor of the source."""
        return dg.Definitions(
            assets=[
                build_raw_asset(
                    self.source, self.owner, self.description, table, files_of(self.source, table)
                )
                for table in self.tables
            ],
            asset_checks=build_newest_record_checks(self.source, self.tables),
            # Where another environment is read, what lands there isn't here yet.
            sensors=(
                [] if load_environment().reads else [build_landing_sensor(self.source, self.tables)]
            ),
        )


@dg.scaffold_with(DatabaseSourceScaffolder)
class DatabaseSource(DatabaseSourceSpec, dg.Component, dg.Resolvable):
    """A source that is read out of a PostgreSQL, MySQL, MariaDB or SQLite database.

    Every table becomes an asset `raw/<source>__<table>` with daily partitions, a check on its
    reject rate, and a check on its newest record. The daily schedule lands yesterday's partition.
    """

    tables: Annotated[Any, declared(list[DatabaseTableSpec])]

    @classmethod
    def get_spec(cls) -> dg.ComponentTypeSpec:
        """How the component is listed and documented in the Dagster UI and by `dg`."""
        return dg.ComponentTypeSpec(
            description="A source that is read out of a database.",
            tags=["ingestion", "source"],
            owners=["team:customer-data"],
        )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The assets and checks of the source."""
        return dg.Definitions(
            assets=[
                build_raw_asset(
                    self.source,
                    self.owner,
                    self.description,
                    table,
                    database_of(self.source, self.connection, table),
                )
                for table in self.tables
            ],
            asset_checks=build_newest_record_checks(self.source, self.tables),
        )
