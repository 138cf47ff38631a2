"""The assets that carry out what people have asked for."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import dagster as dg
from dagster import AssetExecutionContext
from dagster_dbt import DbtCliResource

from customer_platform.asset_keys import CERTIFICATES, ERASURES
from customer_platform.components.publication import PUBLISHED
from customer_platform.environment import load_environment
from customer_platform.errors import TotalsChangedError
from customer_platform.orchestration.metadata import records_metadata
from customer_platform.privacy.requests import read_requests
from customer_platform.warehouse import WAREHOUSE_POOL, Warehouse

# The rest of privacy is imported where it is used: what parses SQL and what scans bytes would cost
# every process that loads the definitions two seconds.
if TYPE_CHECKING:
    from customer_platform.privacy.scan import Place

TOTALS = "totals_stay"
LANDED_FILES = "landed_files_are_rewritten"
NOTHING_LEFT = "nothing_of_the_erased_is_left"
NOBODY_BACK = "nobody_who_is_kept_out_is_back"

_LISTED = 20


def build_erasures(raw: Sequence[dg.AssetKey], owner: str) -> dg.AssetsDefinition:
    """The asset that takes out whoever has asked to be erased or kept out.

    Args:
        raw: The raw tables.
        owner: Email or `team:...` of who answers for it.
    """

    @dg.asset(
        key=ERASURES,
        description="Takes out whoever has asked for it, before anybody is given an ID: records "
        "and all versions of them go, facts stay without the person, and landed files are "
        "rewritten. It looks for keyed hashes, in every delivery anew. `customer-platform privacy` "
        "records the requests.",
        deps=raw,
        group_name="privacy",
        owners=[owner],
        kinds={"duckdb", "python"},
        pool=WAREHOUSE_POOL,
        check_specs=[
            dg.AssetCheckSpec(
                TOTALS,
                asset=ERASURES,
                blocking=True,
                description="Fails, and nothing is erased, when numbers of rows and sums of "
                "amounts and quantities, by day, source and type, would be others without a "
                "person.",
            ),
            dg.AssetCheckSpec(
                LANDED_FILES,
                asset=ERASURES,
                description="Warns when a landed file holds rows of somebody who was erased "
                "still, as its source says `landing: keep`, or as it can't be rewritten.",
            ),
        ],
    )
    def erasures(
        context: AssetExecutionContext, dbt: DbtCliResource, warehouse: Warehouse
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        from customer_platform.privacy.carry_out import CarriedOut, carry_out

        environment = load_environment()
        requests = read_requests(environment)
        done = CarriedOut()
        if requests:
            # Views tell which rows are whose; those of the first run aren't there yet.
            dbt.cli(["run", "--select", "tag:staging"]).wait()
            try:
                with warehouse.get_connection() as connection:
                    done = carry_out(connection, environment)
            except TotalsChangedError as error:
                yield dg.AssetCheckResult(check_name=TOTALS, passed=False, description=str(error))
                raise dg.Failure(description=str(error), allow_retries=False) from error
        for number in done.erased:
            context.log.info(f"{number} is carried out.")
        yield dg.MaterializeResult(
            metadata={
                "requests": len(requests),
                "erased": dg.MetadataValue.text(", ".join(done.erased) or "none"),
                "rows": records_metadata(
                    ["table", "rows", "without_the_person"],
                    [[row.table, row.rows, row.stayed] for row in done.rows],
                ),
                "kept_out": records_metadata(
                    ["request", "records"], [list(each) for each in done.kept_out.items()]
                ),
            },
            check_results=[
                dg.AssetCheckResult(check_name=TOTALS, passed=True),
                dg.AssetCheckResult(
                    check_name=LANDED_FILES,
                    passed=not done.kept_files,
                    severity=dg.AssetCheckSeverity.WARN,
                    description="\n".join(done.kept_files) or None,
                ),
            ],
        )

    return erasures


def build_certificates(owner: str) -> dg.AssetsDefinition:
    """The asset that finishes erasures once everything is published, and proves them.

    Args:
        owner: Email or `team:...` of who answers for it.
    """

    @dg.asset(
        key=CERTIFICATES,
        description="Finishes erasures once readers have the masters without the person: the "
        "histories of the ID maps forget the records, the warehouse is written anew, and every "
        "byte of the home is looked through. Each erasure gets a certificate, as HTML and JSON in "
        "`privacy/certificates`.",
        deps=[PUBLISHED],
        group_name="privacy",
        owners=[owner],
        kinds={"duckdb", "python"},
        pool=WAREHOUSE_POOL,
        check_specs=[
            dg.AssetCheckSpec(
                NOTHING_LEFT,
                asset=CERTIFICATES,
                description="Fails when a value of somebody who was erased is found below the "
                "home, or when a file can't be looked through.",
            ),
            dg.AssetCheckSpec(
                NOBODY_BACK,
                asset=CERTIFICATES,
                description="Fails when a lookup has a record of somebody who is kept out.",
            ),
        ],
    )
    def certificates(context: AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        from customer_platform.privacy.carry_out import count_back
        from customer_platform.privacy.certificate import certify, forget_identities, to_certify

        environment = load_environment()
        requests = to_certify(environment)
        back = 0
        if read_requests(environment):
            with warehouse.get_connection() as connection:
                if requests:
                    forget_identities(connection, environment)
                back = count_back(connection, environment)
        found = certify(environment, requests) if requests else []
        places = [place for each in found for place in each.scan.places]
        for each in found:
            context.log.info(f"{each.page} says what was done for {each.request}.")
        return dg.MaterializeResult(
            metadata={
                "certificates": records_metadata(
                    ["request", "page", "places_found"],
                    [[each.request, str(each.page), len(each.scan.places)] for each in found],
                )
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name=NOTHING_LEFT,
                    passed=not places,
                    description=_said(places),
                ),
                dg.AssetCheckResult(
                    check_name=NOBODY_BACK,
                    passed=not back,
                    metadata={"records": back},
                ),
            ],
        )

    return certificates


def _said(places: Sequence["Place"]) -> str | None:
    """Where values were found, without the values."""
    if not places:
        return None
    listed = [f"{place.path}: {place.where} ({place.form})" for place in places[:_LISTED]]
    more = f"\nand {len(places) - _LISTED:,} more places" if len(places) > _LISTED else ""
    return "\n".join(listed) + more
