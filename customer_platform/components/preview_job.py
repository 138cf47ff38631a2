"""The job that shows what other match rules would do, without touching the map."""

from dataclasses import asdict, replace
from pathlib import Path

import dagster as dg
from dagster import OpExecutionContext
from pydantic import Field

from customer_platform.declarations import read_rules
from customer_platform.deployed_identity import open_identity
from customer_platform.errors import DeclarationError, NoMapError, RecordsError, RulesError
from customer_platform.orchestration.metadata import records_metadata
from customer_platform.privacy.declared import read_declared
from customer_platform.privacy.records import RecordMask
from customer_platform.project import find_project
from customer_platform.stewardship.explain import mask_names
from customer_platform.stewardship.preview import (
    RulePreview,
    applied_overrides,
    preview,
    text,
)
from customer_platform.warehouse import WAREHOUSE_POOL

JOB = "preview_rules"

# More than on a terminal, as a table in the UI can be scrolled.
_CHANGES = 20


class RulesToTry(dg.Config):
    """Which rules to try, and for which entity: a file, or the YAML itself."""

    entity: str | None = Field(
        default=None,
        description="What the business model resolves, such as customer, buyer or account; not "
        "needed where it resolves only one.",
    )
    file: str | None = Field(
        default=None,
        description="YAML file of rules, or the defs.yaml of an IdentityResolution. A relative "
        "path starts at the repository.",
    )
    yaml: str | None = Field(default=None, description="The same as text.")


def build_preview_job() -> dg.JobDefinition:
    """The job `preview_rules`; its result is the metadata of its only op's output."""

    @dg.op(
        name="compare_with_current_map",
        description="Resolves all records by other rules, beside the current map, and compares.",
        out=dg.Out(dagster_type=dg.Nothing),
        pool=WAREHOUSE_POOL,
        tags={"kind": "duckdb"},
    )
    def compare_with_current_map(context: OpExecutionContext, config: RulesToTry) -> None:
        try:
            found, mask = _preview(config)
        except (DeclarationError, NoMapError, RecordsError, RulesError) as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        totals = found.totals
        context.log.info(f"{totals.moved_records:,} of {totals.records:,} records would move.")
        context.add_output_metadata(preview_metadata(found, mask))

    @dg.job(
        name=JOB,
        description="What other match rules would do: customers that merge and split, and the "
        "revenue that moves. The current map stays as it is.",
    )
    def preview_rules() -> None:
        compare_with_current_map()

    return preview_rules


def preview_metadata(found: RulePreview, mask: RecordMask) -> dict[str, dg.MetadataValue]:
    """A preview as metadata, values and names of records masked.

    Args:
        found: The preview.
        mask: What is declared of the records.
    """
    found = mask_names(found, mask.name)
    changes = [
        (
            change.kind,
            change.customer_id,
            change.customers,
            change.records,
            change.moved_records,
            ", ".join(text.amount_text(*amount) for amount in change.revenue),
            "\n".join(text.link_text(link, mask) for link in change.links),
        )
        for change in found.changes
    ]
    revenue = [
        (money.currency, float(money.total), float(money.moved), money.moved_lines)
        for money in found.revenue or ()
    ]
    return {
        "summary": dg.MetadataValue.md(f"```\n{text.render(found, mask)}\n```"),
        "moved_records": dg.MetadataValue.int(found.totals.moved_records),
        "customers_now": dg.MetadataValue.int(found.totals.customers_now),
        "customers_then": dg.MetadataValue.int(found.totals.customers_then),
        "totals": records_metadata(("what", "number"), list(asdict(found.totals).items())),
        "records_linked_by_rule": records_metadata(("rule", "now", "then"), found.links),
        "revenue": records_metadata(("currency", "total", "moved", "moved_lines"), revenue),
        "biggest_changes": records_metadata(
            ("kind", "customer_id", "customers", "records", "moved", "moved_revenue", "links"),
            changes,
        ),
    }


def _preview(config: RulesToTry) -> tuple[RulePreview, RecordMask]:
    if (config.file is None) == (config.yaml is None):
        raise RulesError("give the rules to try either as file or as yaml, in the op's config")
    rules = read_rules(config.yaml if config.yaml is not None else _path(config.file or ""))
    with open_identity(entity=config.entity) as kept:
        mask = read_declared().record_mask(rules, kept.records)
        found = preview(
            replace(kept.store, rules=rules),
            applied_overrides(kept.store),
            current_rules=kept.rules,
            changes=_CHANGES,
        )
    return found, mask


def _path(file: str) -> Path:
    return find_project().root / Path(file).expanduser()
