"""What the page of the customer ID map shows: counts, tables, plots and explanations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from customer_platform.identity import UpdateSummary
from customer_platform.identity.entities import noun
from customer_platform.identity.store import IdentityStore
from customer_platform.orchestration.metadata import preview_metadata, table_metadata
from customer_platform.presentation.identity_report import report_plots
from customer_platform.privacy.declared import read_declared
from customer_platform.privacy.records import RecordMask
from customer_platform.stewardship import quality
from customer_platform.stewardship.explain import explain_customer, mask_names, text
from customer_platform.warehouse.duckdb import read_frame

if TYPE_CHECKING:
    import pandas as pd

_LARGEST_EXPLAINED = 2
_FRAGILE_EXPLAINED = 3
_PREVIEW_ROWS = 5
# A page is for reading: a customer that a wrong merge has made would be megabytes of text.
_MOST_RECORDS_EXPLAINED = 200


def map_columns(entity: str) -> dg.TableSchema:
    """The columns of an entity's ID map."""
    one = noun(entity)
    return dg.TableSchema(
        columns=[
            dg.TableColumn("source", "varchar", "Source of the record."),
            dg.TableColumn("source_record_id", "varchar", "The record's number in its source."),
            dg.TableColumn(f"{entity}_id", "varchar", f"The {one} that the record belongs to."),
            dg.TableColumn(
                "linked_by_rule",
                "varchar",
                "Match rule of the link, or `override`; empty for the founding record of its "
                f"{one}.",
            ),
            dg.TableColumn("linked_to_source", "varchar", "Source of the record it is linked to."),
            dg.TableColumn(
                "linked_to_record_id", "varchar", "Number of the record it is linked to."
            ),
            dg.TableColumn("valid_from", "timestamp", f"Since when it belongs to this {one}, UTC."),
            dg.TableColumn(
                "reason",
                "varchar",
                f"Why it came to this {one}: new record, changed key, changed rule, override or "
                "deletion.",
            ),
        ]
    )


def map_metadata(store: IdentityStore, summary: UpdateSummary) -> dict[str, dg.MetadataValue]:
    """Numbers, tables, plots and explanations about a map that was just written.

    Args:
        store: The records, the rules, and where the map is kept.
        summary: What the update did.
    """
    report = quality.quality_report(store)
    plots = report_plots(report)
    declared = read_declared()
    mask = declared.record_mask(store.rules, store.records)
    shown_map = store.tables.read_as(store.tables.customer_id_map)
    kept = read_frame(store.connection, f"select * from {shown_map} limit {_PREVIEW_ROWS}")
    return {
        "dagster/row_count": dg.MetadataValue.int(summary.records),
        **_counts(summary),
        **{name: dg.MetadataValue.md(plot) for name, plot in plots.items()},
        "largest_customers_explained": _explained(
            store, mask, report["largest_customers"].head(_LARGEST_EXPLAINED)
        ),
        "fragile_customers_explained": _explained(
            store, mask, report["fragile_customers"].head(_FRAGILE_EXPLAINED)
        ),
        **{
            name: table_metadata(mask.report(frame, store.rules).round(4))
            for name, frame in report.items()
            if name not in plots
        },
        "preview": preview_metadata(
            kept,
            declared.relation(shown_map, kept.columns),
        ),
        "seconds": dg.MetadataValue.json(
            {phase: round(seconds, 3) for phase, seconds in summary.seconds.items()}
        ),
    }


def refused_map_metadata(store: IdentityStore) -> dict[str, dg.MetadataValue]:
    """What a map that is beyond its bounds looks like: its largest customers, and why.

    Args:
        store: The records, the rules, and where the map is kept.
    """
    mask = read_declared().record_mask(store.rules, store.records)
    return {
        "largest_customers": table_metadata(quality.largest_customers(store)),
        "match_rules": table_metadata(quality.rule_statistics(store)),
        "refused_links": table_metadata(quality.refused_link_statistics(store)),
        "over_shared_values": table_metadata(
            mask.report(quality.over_shared_values(store), store.rules)
        ),
    }


def _counts(summary: UpdateSummary) -> dict[str, dg.MetadataValue]:
    counts = {
        name: dg.MetadataValue.int(getattr(summary, name))
        for name in (
            "customers",
            "new_customers",
            "retired_customers",
            "merged_customers",
            "largest_customer",
            "new_records",
            "changed_records",
            "deleted_records",
            "moved_records",
            "touched_records",
            "refused_links",
        )
    }
    return {**counts, "mode": dg.MetadataValue.text(summary.mode)}


def _explained(
    store: IdentityStore, mask: RecordMask, customers: "pd.DataFrame"
) -> dg.MetadataValue:
    """Why the records of these customers are one, values and names of records masked."""
    blocks: Sequence[str] = [
        f"```text\n{text.render(mask_names(explanation, mask.name), mask)}\n```"
        for customer_id, size in zip(customers["customer_id"], customers["records"], strict=True)
        if 1 < size <= _MOST_RECORDS_EXPLAINED
        for explanation in (explain_customer(store, customer_id),)
    ]
    return dg.MetadataValue.md("\n\n".join(blocks) or "None.")
