"""The asset of the similar pairs: which records are alike, and how likely the same."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from dagster import AssetExecutionContext
from pydantic import Field

from customer_platform.components.similar_metadata import pair_columns, pairs_metadata
from customer_platform.identity import OutputTables, ResolutionRules
from customer_platform.identity.entities import CUSTOMER, noun
from customer_platform.identity.keeping.similar_tables import similar_rules
from customer_platform.identity.keeping.similar_update import ComparedRule, update_similar_pairs
from customer_platform.identity.store import IdentityStore
from customer_platform.privacy.declared import read_declared
from customer_platform.warehouse import WAREHOUSE_POOL, Warehouse

STABLE_MATCH_RATE = "match_rate_is_stable"


class SimilarConfig(dg.Config):
    """What one run may do otherwise."""

    retrain: bool = Field(
        default=False,
        description="Retrain the models of all similar rules, and compare all records.",
    )


def build_similar_pairs(
    rules: ResolutionRules,
    tables: OutputTables,
    records: str,
    owner: str,
    match_rate_change: float,
) -> dg.AssetsDefinition:
    """The asset `identity/similar_pairs`; of another entity, say `identity/buyer_similar_pairs`.

    Args:
        rules: The rules, of which at least one is similar.
        tables: Where the entity's map is kept, and its pairs beside it.
        records: Table of the entity's records, schema.table.
        owner: Who answers for the rules.
        match_rate_change: How much of a rule's match rate may change in one run, as a share.
    """
    table = tables.read_as(tables.similar_pairs)
    key = dg.AssetKey(table.split("."))

    @dg.asset(
        key=key,
        description=_description(rules, tables),
        deps=[dg.AssetKey(records.split("."))],
        group_name="identity",
        kinds={"duckdb", "python"},
        owners=[owner],
        tags={"grain": f"pair_of_{tables.entity}_records"},
        metadata={
            "dagster/table_name": table,
            "dagster/column_schema": pair_columns(tables.entity),
        },
        pool=WAREHOUSE_POOL,
        check_specs=[
            dg.AssetCheckSpec(
                STABLE_MATCH_RATE,
                asset=key,
                description="The share of the records that a similar rule links to another has "
                f"changed by at most {match_rate_change:.0%} since the run before.",
            )
        ],
    )
    def similar_pairs(
        context: AssetExecutionContext, config: SimilarConfig, warehouse: Warehouse
    ) -> dg.MaterializeResult:
        mask = read_declared().record_mask(rules, records)
        with warehouse.get_connection() as connection, mask.errors():
            store = IdentityStore(connection, records, rules, tables)
            compared = update_similar_pairs(
                store,
                datetime.now(UTC),
                retrain=config.retrain,
            )
            for each in compared:
                context.log.info(
                    f"{each.rule}: {each.compared_records:,} of {each.records:,} records were "
                    f"compared; {each.links:,} pairs link, {each.to_review:,} are to be reviewed."
                )
            charts = Path(warehouse.database).parent / "charts"
            if tables.entity != CUSTOMER:
                # Rules of several entities may have the same name.
                charts /= tables.entity
            metadata = pairs_metadata(store, compared, charts)
        return dg.MaterializeResult(
            metadata=metadata,
            check_results=[stable_match_rate(key, compared, match_rate_change)],
        )

    return similar_pairs


def stable_match_rate(
    key: dg.AssetKey, compared: list[ComparedRule], most: float
) -> dg.AssetCheckResult:
    """Whether the match rate of every rule is about what it was.

    A rate that drifts means that a source delivers other values than the model was trained on. It
    is compared only between runs by the same model and threshold, and warns.

    Args:
        key: The asset.
        compared: What the run has compared.
        most: The largest change allowed, as a share of the rate before.
    """
    changes = {
        each.rule: abs(each.match_rate - each.previous_match_rate) / each.previous_match_rate
        for each in compared
        if each.previous_match_rate
    }
    drifted = [rule for rule, change in changes.items() if change > most]
    metadata: dict[str, dg.MetadataValue] = {
        f"{each.rule}_match_rate": dg.MetadataValue.float(round(each.match_rate, 6))
        for each in compared
    }
    metadata |= {
        f"{each.rule}_match_rate_before": dg.MetadataValue.float(round(each.previous_match_rate, 6))
        for each in compared
        if each.previous_match_rate is not None
    }
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=STABLE_MATCH_RATE,
        passed=not drifted,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=metadata,
        description=(
            f"The match rate of {', '.join(drifted)} has changed by more than {most:.0%}. Look at "
            "what the sources have delivered; when it is right, retrain the model: "
            "`customer-platform run --retrain`."
            if drifted
            else None
        ),
    )


def _stated(threshold: float | None) -> str:
    return f"{100 * threshold:g}%" if threshold else "the threshold of its model"


def _description(rules: ResolutionRules, tables: OutputTables) -> str:
    said = "; ".join(
        f"{rule.name} compares {', '.join(rule.keys)}, links from "
        f"{_stated(rule.similar.threshold)} on and leaves what is above "
        f"{100 * rule.similar.review:g}% to be reviewed"
        for rule in similar_rules(rules)
        if rule.similar
    )
    one = noun(tables.entity)
    models, runs = (
        f"`{tables.read_as(table).split('.')[1]}`"
        for table in (tables.similar_models, tables.similar_runs)
    )
    return (
        f"Which records are alike: one row per similar rule and pair of {one} records, with the "
        f"probability that the two are the same {one}. {said}. Next to it: {models} "
        f"(the trained models), {runs} (what every run has compared)."
    )
