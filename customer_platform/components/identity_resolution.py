"""IdentityResolution: who is who, by match rules declared in YAML."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import dagster as dg
from dagster import AssetExecutionContext
from pydantic import BaseModel, ConfigDict, Field

from customer_platform.components.declared import declared
from customer_platform.components.identity_metadata import map_metadata
from customer_platform.identity import (
    MatchKey,
    MatchRule,
    OutputTables,
    ResolutionRules,
    ResolutionSummary,
    resolve,
)
from customer_platform.warehouse import WAREHOUSE_POOL, Warehouse, table_exists

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ONE_CUSTOMER_PER_RECORD = "one_customer_per_record"
LARGEST_CUSTOMER = "largest_customer"
OVER_SHARED_SHARE = "over_shared_share"


class Bounds(BaseModel):
    """What the map may look like; outside of it, the masters keep what they have.

    Attributes:
        largest_customer: The most records that one customer may have.
        over_shared_share: The largest share of the records, from 0 to 1, whose value of a rule is
            shared by too many to link.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    largest_customer: int = Field(default=50, ge=1)
    over_shared_share: float = Field(default=0.05, ge=0, le=1)


class IdentityResolution(ResolutionRules, dg.Component, dg.Resolvable):
    """Gives every customer record of the source lookup its customer ID.

    The YAML states the match keys, the match rules in priority order, and the bounds that the map
    must keep. The asset is `identity/customer_id_map`.
    """

    records: str = Field(description="Table of the customer records, schema.table.")
    owner: str = Field(description="Email or `team:...` of who answers for the rules.")
    match_keys: Annotated[Any, declared(dict[str, MatchKey])]
    match_rules: Annotated[Any, declared(list[MatchRule])]
    bounds: Annotated[Any, declared(Bounds)] = Bounds()

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset `identity/customer_id_map` with its checks."""
        return dg.Definitions(assets=[build_customer_id_map(self)])


def build_customer_id_map(identity: IdentityResolution) -> dg.AssetsDefinition:
    """The asset that resolves the records to customers.

    Args:
        identity: Rules, records and bounds.
    """
    key = dg.AssetKey(["identity", "customer_id_map"])
    output = OutputTables(schema=key.path[0])
    rules = ", then ".join(
        f"{rule.name} ({' + '.join(rule.match)})" for rule in identity.match_rules
    )

    @dg.asset(
        key=key,
        description="Which record is which customer: one row per customer record of every source, "
        f"with the rule and the record it was linked by. Match rules in priority order: {rules}.",
        deps=[dg.AssetKey(identity.records.split("."))],
        group_name="identity",
        kinds={"duckdb", "python"},
        owners=[identity.owner],
        tags={"grain": "customer_record"},
        metadata={"dagster/table_name": ".".join(key.path), "dagster/column_schema": _COLUMNS},
        pool=WAREHOUSE_POOL,
        check_specs=[
            dg.AssetCheckSpec(
                ONE_CUSTOMER_PER_RECORD,
                asset=key,
                blocking=True,
                description="Every record of the source lookup has exactly one customer ID.",
            ),
            dg.AssetCheckSpec(
                LARGEST_CUSTOMER,
                asset=key,
                blocking=True,
                description="No customer has more records than "
                f"{identity.bounds.largest_customer}: a larger one is a wrong merge.",
            ),
            dg.AssetCheckSpec(
                OVER_SHARED_SHARE,
                asset=key,
                blocking=True,
                description="At most "
                f"{identity.bounds.over_shared_share:.0%} of the records have a value that too "
                "many share: a new placeholder, such as a shop's own address, has appeared.",
            ),
        ],
    )
    def customer_id_map(
        context: AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult]:
        with warehouse.get_connection() as connection:
            summary = resolve(
                connection,
                records=identity.records,
                rules=identity,
                previous=".".join(key.path) if table_exists(connection, *key.path) else None,
                output=output,
                resolved_at=datetime.now(UTC),
            )
            context.log.info(f"{summary.records:,} records are {summary.customers:,} customers.")
            unmapped = _records_without_one_customer(connection, identity.records)
            metadata = map_metadata(connection, output, identity, summary)
        yield dg.MaterializeResult(
            metadata=metadata, check_results=list(map_checks(summary, unmapped, identity.bounds))
        )

    return customer_id_map


def map_checks(
    summary: ResolutionSummary, records_without_one_customer: int, bounds: Bounds
) -> Iterator[dg.AssetCheckResult]:
    """The checks on a map.

    Args:
        summary: What the resolution found.
        records_without_one_customer: Records of the lookup that don't have exactly one ID.
        bounds: What the map may look like.
    """
    yield dg.AssetCheckResult(
        check_name=ONE_CUSTOMER_PER_RECORD,
        passed=records_without_one_customer == 0,
        metadata={"records": summary.records, "wrong_records": records_without_one_customer},
    )
    yield dg.AssetCheckResult(
        check_name=LARGEST_CUSTOMER,
        passed=summary.largest_customer <= bounds.largest_customer,
        metadata={"records": summary.largest_customer, "bound": bounds.largest_customer},
    )
    over_shared = max(
        (sum(records for _, records in rule.over_shared) for rule in summary.rules), default=0
    )
    share = over_shared / summary.records if summary.records else 0.0
    yield dg.AssetCheckResult(
        check_name=OVER_SHARED_SHARE,
        passed=share <= bounds.over_shared_share,
        metadata={"share": share, "records": over_shared, "bound": bounds.over_shared_share},
    )


def _records_without_one_customer(connection: "DuckDBPyConnection", records: str) -> int:
    return int(
        connection.execute(
            f"select count(*) from (select count(*) as found from (select source, "
            f"source_record_id from {records} union all select source, source_record_id "
            "from identity.customer_id_map) group by source, source_record_id) where found <> 2"
        ).fetchall()[0][0]
    )


_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("source", "varchar", "Source of the record."),
        dg.TableColumn("source_record_id", "varchar", "The record's number in its source."),
        dg.TableColumn("customer_id", "varchar", "The customer that the record belongs to."),
        dg.TableColumn(
            "linked_by_rule",
            "varchar",
            "Match rule of the link; empty for the founding record of its customer.",
        ),
        dg.TableColumn("linked_to_source", "varchar", "Source of the record it is linked to."),
        dg.TableColumn("linked_to_record_id", "varchar", "Number of the record it is linked to."),
        dg.TableColumn("valid_from", "timestamp", "Since when it belongs to this customer, UTC."),
    ]
)
