"""IdentityResolution: who is who, by match rules declared in YAML."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import dagster as dg
from dagster import AssetExecutionContext
from pydantic import Field

from customer_platform.components.declared import declared
from customer_platform.components.identity_checks import (
    map_check_specs,
    map_checks,
    refusals,
    with_evidence,
)
from customer_platform.components.identity_health import (
    health_check_results,
    health_check_specs,
    health_metadata,
)
from customer_platform.components.identity_metadata import (
    map_columns,
    map_metadata,
    refused_map_metadata,
)
from customer_platform.components.scaffolding import IdentityResolutionScaffolder
from customer_platform.components.similar_pairs import build_similar_pairs
from customer_platform.declarations import Attribute, Bounds, EntitySpec, KeySource
from customer_platform.declarations.health import Health
from customer_platform.environment import load_environment
from customer_platform.identity import (
    Delta,
    MatchRule,
    UpdateSummary,
    update_map,
)
from customer_platform.identity.entities import noun, nouns, with_article
from customer_platform.identity.keeping.similar_tables import similar_rules
from customer_platform.identity.store import IdentityStore
from customer_platform.privacy.declared import read_declared
from customer_platform.privacy.records import RecordMask
from customer_platform.stewardship.decisions_store import open_decisions
from customer_platform.stewardship.decisions_store.taking import take_decisions
from customer_platform.stewardship.health.attributes import find_attributes
from customer_platform.stewardship.health.check import check_health
from customer_platform.stewardship.health.findings import keep_figures
from customer_platform.warehouse import WAREHOUSE_POOL, Warehouse
from customer_platform.warehouse.base import engine_of


@dg.scaffold_with(IdentityResolutionScaffolder)
class IdentityResolution(EntitySpec, dg.Component, dg.Resolvable):
    """Gives every record of an entity's source lookup the ID of its customer, buyer, account ...

    The YAML states the entity, who delivers its records, its attributes, its match keys, the match
    rules in priority order, the limits, and the bounds that a new map must keep to. The asset is
    `identity/customer_id_map`, or that of another entity, as `identity/buyer_id_map`.
    """

    attributes: Annotated[Any, declared(dict[str, Attribute])] = Field(default_factory=dict)
    match_keys: Annotated[Any, declared(dict[str, KeySource])]
    match_rules: Annotated[Any, declared(list[MatchRule])]
    bounds: Annotated[Any, declared(Bounds)] = Bounds()
    health: Annotated[Any, declared(Health)] = Health()

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset `identity/<entity>_id_map`, and before it the pairs of similar rules."""
        return dg.Definitions(assets=build_identity_assets(self))


class ResolutionConfig(dg.Config):
    """What one run may do otherwise."""

    full: bool = Field(
        default=False,
        description="Resolve all records, also those that nothing has changed for. The map is the "
        "same; only a rebuild after a repair of the tables needs it.",
    )
    accept: bool = Field(default=False, description="Accept the map even if it exceeds its bounds.")


def build_identity_assets(identity: IdentityResolution) -> list[dg.AssetsDefinition]:
    """The map, and before it the similar pairs where a rule needs them.

    Args:
        identity: The component.
    """
    pairs = (
        [
            build_similar_pairs(
                identity.rules,
                identity.tables,
                identity.records,
                identity.owner,
                identity.match_rate_change,
            )
        ]
        if similar_rules(identity.rules)
        else []
    )
    return [*pairs, build_id_map(identity)]


def build_id_map(identity: IdentityResolution) -> dg.AssetsDefinition:
    """The asset that resolves the records to the customers, buyers, accounts ... that they are.

    Args:
        identity: Rules, records, overrides and bounds.
    """
    tables = identity.tables
    table = tables.read_as(tables.customer_id_map)
    key = dg.AssetKey(table.split("."))
    upstream = [identity.records, *([identity.overrides] if identity.overrides else [])]
    upstream += [tables.read_as(tables.similar_pairs)] if similar_rules(identity.rules) else []

    @dg.asset(
        key=key,
        description=_description(identity),
        deps=[dg.AssetKey(table.split(".")) for table in upstream],
        group_name="identity",
        kinds={"duckdb", "python"},
        owners=[identity.owner],
        tags={"grain": f"{identity.entity}_record"},
        metadata={
            "dagster/table_name": table,
            "dagster/column_schema": map_columns(identity.entity),
        },
        pool=WAREHOUSE_POOL,
        check_specs=[
            *map_check_specs(key, identity.bounds),
            *health_check_specs(key, identity.rules, identity.health, identity.entity),
        ],
    )
    def id_map(
        context: AssetExecutionContext, config: ResolutionConfig, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        environment = load_environment()
        mask = read_declared(environment).record_mask(identity.rules, identity.records)
        with warehouse.get_connection() as connection, mask.errors():
            store = IdentityStore(connection, identity.records, identity.rules, tables)
            # Else what the YAML names wrongly would only be seen when the map has been kept.
            find_attributes(identity.rules, store.columns(), identity.health.attributes)
            gate = _Gate(store, key, identity, mask, accepted=config.accept)
            summary = update_map(
                connection,
                Delta(records=identity.records),
                identity.rules,
                tables,
                datetime.now(UTC),
                overrides=take_decisions(store, open_decisions(environment, identity.entity)),
                everything=config.full,
                gate=gate,
            )
            if summary.violations:
                yield from gate.results
                raise dg.Failure(description="\n".join(summary.violations), allow_retries=False)
            context.log.info(
                f"{summary.records:,} records are {summary.customers:,} {nouns(identity.entity)}; "
                f"{summary.touched_records:,} were resolved."
            )
            metadata = map_metadata(store, summary)
            report = check_health(store, identity.health)
            keep_figures(store, report)
            engine_of(environment.engine).share(connection, tables.read_by_models)
            metadata |= health_metadata(store, report)
        results = [*gate.results, *health_check_results(key, report, mask)]
        yield dg.MaterializeResult(metadata=metadata, check_results=results)

    return id_map


class _Gate:
    """Decides whether a map is kept, and remembers why.

    Attributes:
        results: The checks on the map.
    """

    def __init__(
        self,
        store: IdentityStore,
        key: dg.AssetKey,
        identity: IdentityResolution,
        mask: RecordMask,
        *,
        accepted: bool,
    ) -> None:
        self._store = store
        self._key = key
        self._identity = identity
        self._mask = mask
        self._accepted = accepted
        self.results: Sequence[dg.AssetCheckResult] = ()

    def __call__(self, summary: UpdateSummary) -> list[str]:
        """What is wrong with the map that an open transaction holds."""
        self.results = list(
            map_checks(
                self._key,
                summary,
                _wrong_records(self._store),
                self._identity.bounds,
                accepted=self._accepted,
            )
        )
        if not all(result.passed for result in self.results):
            # The refused map is there only until the transaction is rolled back.
            evidence = refused_map_metadata(self._store)
            self.results = with_evidence(self.results, evidence)
        violations = refusals(self.results)
        if violations:
            report = check_health(self._store, self._identity.health)
            self.results = [*self.results, *health_check_results(self._key, report, self._mask)]
        return violations


def _wrong_records(store: IdentityStore) -> int:
    """Records without exactly one customer ID, and those in the map that the lookup lacks."""
    [(count,)] = store.connection.execute(
        f"select count(*) from (select sum(in_lookup) as in_lookup, sum(in_map) as in_map "
        f"from (select source, source_record_id, 1 as in_lookup, 0 as in_map "
        f"from {store.records} union all select source, source_record_id, 0, 1 "
        f"from {store.quoted.customer_id_map}) group by source, source_record_id "
        f"having sum(in_lookup) <> 1 or sum(in_map) <> 1)"
    ).fetchall()
    return int(count)


def _description(identity: IdentityResolution) -> str:
    rules = ", then ".join(
        f"{rule.name} ({'similar ' if rule.similar else ''}{' + '.join(rule.keys)})"
        for rule in identity.match_rules
    )
    limits = ", ".join(
        [
            *(
                f"{limit} different {key} {'value' if limit == 1 else 'values'}"
                for key, limit in identity.limits.items()
            ),
            *(
                f"{limit} {'record' if limit == 1 else 'records'} of {source}"
                for source, limit in identity.max_records_per_source.items()
            ),
        ]
    )
    tables, one = identity.tables, noun(identity.entity)

    def beside(table: str) -> str:
        return f"`{tables.read_as(table).split('.')[1]}`"

    return (
        f"Which record is which {one}: one row per {one} record of every source, with the "
        f"rule and the record it was linked by. Match rules in priority order: {rules}."
        + (f" {with_article(one).capitalize()} has at most {limits}." if limits else "")
        + f" Next to it: {beside(tables.customer_id_history)} (who was in which {one}, and when), "
        f"{beside(tables.customer_id_changes)} (what every run changed, and why), "
        f"{beside(tables.customer_id_registry)} and {beside(tables.customer_id_redirects)} "
        f"(retired IDs and their successors), {beside(tables.refused_links)}, and "
        f"{beside(tables.review_queue)} (pairs that a similar rule is not sure of)."
    )
