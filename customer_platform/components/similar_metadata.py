"""What the page of the similar pairs shows: counts, what the models have learned, thresholds."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pandas as pd

from customer_platform.identity.entities import noun
from customer_platform.identity.keeping.similar_tables import similar_rules
from customer_platform.identity.keeping.similar_update import ComparedRule
from customer_platform.identity.similar.charts import (
    expected_accuracy,
    match_weights,
    match_weights_page,
)
from customer_platform.identity.similar.model import threshold_of
from customer_platform.identity.store import IdentityStore
from customer_platform.orchestration.metadata import table_metadata
from customer_platform.presentation.identity_report import threshold_plot, weights_plot


def pair_columns(entity: str) -> dg.TableSchema:
    """The columns of an entity's similar pairs."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn("rule", "varchar", "The similar rule."),
            dg.TableColumn("source", "varchar", "Source of the one record."),
            dg.TableColumn("source_record_id", "varchar", "Its number in its source."),
            dg.TableColumn("other_source", "varchar", "Source of the other record."),
            dg.TableColumn("other_record_id", "varchar", "Its number in its source."),
            dg.TableColumn("probability", "double", f"That the two are the same {noun(entity)}."),
            dg.TableColumn("match_weight", "double", "log2 of the odds that they are."),
            dg.TableColumn("record_order", "ubigint", "Hash that stands for the one record."),
            dg.TableColumn("other_order", "ubigint", "Hash that stands for the other."),
        ]
    )


def pairs_metadata(
    store: IdentityStore, compared: Sequence[ComparedRule], charts: Path
) -> dict[str, dg.MetadataValue]:
    """Numbers, plots and a link to Splink's own charts.

    Args:
        store: The records, the rules, and where the map is kept.
        compared: What the run has compared.
        charts: Folder in which Splink's chart of every rule is written as a page of its own.
    """
    rules_by_name = {each.name: each for each in similar_rules(store.rules)}
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(sum(each.pairs for each in compared)),
        "rules": table_metadata(_counts(compared)),
    }
    files = chart_files([each.rule for each in compared])
    for each in compared:
        threshold = threshold_of(rules_by_name[each.rule], each.model)
        page = match_weights_page(each.model, charts / files[each.rule])
        accuracy = expected_accuracy(store.connection, store.tables, each.rule)
        metadata |= {
            f"{each.rule}_match_weights": dg.MetadataValue.md(
                weights_plot(f"{each.rule}: what agreement says", match_weights(each.model))
            ),
            f"{each.rule}_thresholds": dg.MetadataValue.md(
                threshold_plot(f"{each.rule}: what a threshold links", accuracy, threshold)
            ),
            f"{each.rule}_threshold": dg.MetadataValue.float(threshold),
            f"{each.rule}_expected_accuracy": dg.MetadataValue.text(each.model.expected.text),
            f"{each.rule}_splink_chart": dg.MetadataValue.path(str(page)),
        }
        if each.model.untrained:
            metadata[f"{each.rule}_untrained_levels"] = dg.MetadataValue.text(
                ", ".join(each.model.untrained)
            )
    return metadata


def _counts(compared: Sequence[ComparedRule]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (
                each.rule,
                each.mode,
                f"{each.model.trained_at:%Y-%m-%d %H:%M}",
                each.records,
                each.compared_records,
                each.pairs,
                each.links,
                each.to_review,
                round(each.match_rate, 4),
            )
            for each in compared
        ],
        columns=[
            "rule",
            "mode",
            "model_trained_at",
            "records",
            "compared_records",
            "pairs",
            "links",
            "to_review",
            "match_rate",
        ],
    )


def chart_files(rules: Sequence[str]) -> dict[str, str]:
    """A file name per rule, no two the same, whatever rules are called."""
    names: dict[str, str] = {}
    for rule in rules:
        stem = "".join(character if character.isalnum() else "_" for character in rule)
        # Some file systems don't distinguish capitals.
        while f"{stem}.html".lower() in (name.lower() for name in names.values()):
            stem += "_"
        names[rule] = f"{stem}.html"
    return names
