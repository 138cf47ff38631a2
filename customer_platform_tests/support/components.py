"""A small shop whose tables are landed, and what a run of components told."""

from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from customer_platform.components.raw_asset import build_raw_asset, files_of, raw_asset_key
from customer_platform.components.raw_checks import build_newest_record_check
from customer_platform.environment import Environment
from customer_platform.ingestion import TableSpec
from customer_platform.partitions import range_tags
from customer_platform.warehouse import Warehouse
from customer_platform_tests.support.homes import rows

HEADER = "order_id,email,ordered_at"


def orders(**changes: Any) -> TableSpec:
    """The table of the shop, with other settings where a test needs them."""
    return TableSpec.model_validate(
        {
            "name": "orders",
            "description": "Orders of the day.",
            "path": "shop/orders_{partition}.csv",
            "format": "csv",
            "load_mode": "append",
            "primary_key": ["order_id"],
            "partition_column": "ordered_at",
            "late_after_hours": 36,
            "max_reject_rate": 0.5,
            "columns": {
                "order_id": {"type": "bigint", "description": "Number of the order."},
                "email": {"type": "varchar", "personal": "email"},
                "ordered_at": "timestamp",
            },
            **changes,
        }
    )


@dataclass
class Shop:
    """Lands files of one table and materialises its asset on an empty warehouse."""

    environment: Environment
    instance: dg.DagsterInstance
    table: TableSpec = field(default_factory=orders)

    key = raw_asset_key("shop", "orders")

    def deliver(self, day: str, *lines: str, header: str = HEADER) -> None:
        """Writes the file of a day."""
        path = self.environment.landing / "shop" / f"orders_{day}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join([header, *lines]) + "\n")

    def materialise(self, first: str, last: str | None = None) -> dg.ExecuteInProcessResult:
        """Runs the asset and its check on the newest record for a range of days."""
        return dg.materialize(
            [
                build_raw_asset(
                    "shop", "team:shop", "The shop.", self.table, files_of("shop", self.table)
                ),
                build_newest_record_check("shop", self.table),
            ],
            resources=resources(self.environment),
            instance=self.instance,
            tags=range_tags(first, last or first),
            raise_on_error=False,
        )

    def numbers(self) -> list[object]:
        """The orders that are in the warehouse."""
        found = rows(self.environment, "select order_id from raw.shop__orders order by 1")
        return [number for (number,) in found]


def resources(environment: Environment) -> dict[str, Any]:
    """What the assets of the components need."""
    return {"warehouse": Warehouse(database=str(environment.warehouse))}


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """The check evaluations of a run, by name."""
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


def outcome(check: dg.AssetCheckEvaluation | dg.AssetCheckResult) -> str:
    """`passed`, or the severity it failed with."""
    return "passed" if check.passed else check.severity.value


def cells(metadata: Any) -> list[dict[str, Any]]:
    """The rows of a metadata table."""
    assert isinstance(metadata, dg.TableMetadataValue)
    return [dict(record.data) for record in metadata.records]
