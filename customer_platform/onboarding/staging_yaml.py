"""The dbt YAML of a proposed table: its source, and its staging view with contract and tests."""

from collections.abc import Sequence

from customer_platform.onboarding.attribute_sql import attribute_type
from customer_platform.onboarding.declaration import (
    describe,
    describe_attribute,
    indented,
    plain,
)
from customer_platform.onboarding.fact_reading import Facts
from customer_platform.onboarding.personal import personal_of, personal_record_ids
from customer_platform.onboarding.platform import Entity, Platform
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.record_sql import delivered_attributes
from customer_platform.onboarding.sql_naming import Naming, data_type
from customer_platform.personal_kinds import Personal


def model_name(source: str, table: str) -> str:
    """The name of the staging view."""
    return f"stg_{source}__{table}"


def source_file(source: str, description: str, table_item: Sequence[str]) -> str:
    """The dbt source with one table."""
    lines = [
        "version: 2",
        "",
        "sources:",
        f"  - name: {source}",
        f"    description: {plain(description)}",
        "    schema: raw",
        "    tables:",
        *indented(table_item, 6),
    ]
    return "\n".join(lines) + "\n"


def source_table(source: str, table: str, description: str, load_mode: str) -> list[str]:
    """The lines of a table, as an item of a dbt source's list `tables`."""
    said = f"{description.rstrip('.')} (load mode {load_mode})."
    return [
        f"- name: {table}",
        f"  identifier: {source}__{table}",
        f"  description: {plain(said)}",
        "  config:",
        f"    meta: {{dagster: {{asset_key: [raw, {source}__{table}]}}}}",
    ]


def staging_file(source: str, proposal: Proposal, description: str, platform: Platform) -> str:
    """The staging view's description, contract and tests.

    Args:
        source: Name of the source.
        proposal: The table.
        description: What one row is.
        platform: The descriptions that there are.
    """
    if proposal.facts is not None:
        return _fact_file(source, proposal, proposal.facts, description, platform)
    entity = proposal.entity
    columns = (
        _record_columns(source, proposal, entity, platform) if entity else _plain_columns(proposal)
    )
    lines = [
        "version: 2",
        "",
        "models:",
        f"  - name: {model_name(source, proposal.table)}",
        "    description: >",
        f"      {description.rstrip('.')}{_which(proposal)}. Grain: {_grain(proposal)}.",
        *(["    config:", f"      tags: [{entity.name}_records]"] if entity else []),
        *_table_tests(proposal),
        "    columns:",
        *indented(columns, 6),
    ]
    return "\n".join(lines) + "\n"


def _fact_file(
    source: str, proposal: Proposal, facts: Facts, description: str, platform: Platform
) -> str:
    """The same of transactions and events, in the columns of the model that they are let into."""
    columns = []
    for each in platform.contracts[facts.kind]:
        said = str(each["description"])
        columns += _column(
            each["name"], each["data_type"], f'"{said}"' if "{{" in said else plain(said)
        )
        columns += _personal(each.get("config", {}).get("meta", {}).get("personal"))
        if each["name"] in ("transaction_id", "event_id"):
            columns.append("  data_tests: [unique_over_days, not_null]")
        if each["name"] == "transaction_type":
            columns += [
                "  data_tests:", "    - not_null", "    - accepted_values:",
                "        arguments: {values: [sale, return, adjustment]}",
            ]  # fmt: skip
    transactions = facts.kind == "transactions"
    grain = "line that is sold, returned or adjusted" if transactions else "event"
    shape = f" in the shape of {facts.kind}"
    lines = [
        "version: 2", "", "models:",
        f"  - name: {model_name(source, proposal.table)}",
        "    description: >",
        f"      {description.rstrip('.')}{shape}. Grain: one row per {grain}.",
        *(["    config:", "      tags: [transaction_lines]"] if transactions else []),
        "    columns:",
        *indented(columns, 6),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _which(proposal: Proposal) -> str:
    if proposal.load_mode.load_mode == "snapshot":
        return ", as of the newest day"
    newest = proposal.load_mode.load_mode == "delta" or proposal.entity is not None
    return ", newest version" if newest and proposal.primary_key.columns else ""


def _grain(proposal: Proposal) -> str:
    naming = Naming(proposal)
    key = " and ".join(naming.staged(name) for name in proposal.primary_key.columns)
    return f"one row per {key}" if key else "one row per delivered row"


def _table_tests(proposal: Proposal) -> list[str]:
    """The test that a key of several columns is unique."""
    if proposal.entity is not None or len(proposal.primary_key.columns) < 2:
        return []
    naming = Naming(proposal)
    columns = ", ".join(naming.staged(name) for name in proposal.primary_key.columns)
    return [
        "    data_tests:",
        "      - unique_combination:",
        f"          arguments: {{columns: [{columns}]}}",
    ]


def _plain_columns(proposal: Proposal) -> list[str]:
    naming = Naming(proposal)
    key = proposal.primary_key.columns
    lines = []
    for column in proposal.columns:
        kind, said = data_type(column.type.staged), describe(column, proposal)
        lines += _column(naming.staged(column.name), kind, plain(said))
        lines += _personal(personal_of(column, proposal))
        if key == (column.name,):
            lines.append("  data_tests: [unique, not_null]")
        elif column.name in key:
            lines.append("  data_tests: [not_null]")
    lines += _column("partition_date", "date", "Day of the delivery that the row came in.")
    return lines + _personal(False)


def _record_columns(
    source: str, proposal: Proposal, entity: Entity, platform: Platform
) -> list[str]:
    def record_column(name: str, kind: str) -> list[str]:
        block = platform.description(entity.name, name)
        said = f"\"{{{{ doc('{block}') }}}}\"" if block else plain(describe_attribute(name))
        return _column(name, kind, said)

    lines = [
        *record_column("source", "string"),
        "  data_tests:",
        "    - not_null",
        "    - accepted_values:",
        f"        arguments: {{values: [{source}]}}",
        *record_column("source_record_id", "string"),
        *_personal(personal_record_ids(proposal)),
        "  data_tests: [unique, not_null]",
        *record_column("created_at", "timestamp"),
        *record_column("updated_at", "timestamp"),
    ]
    for name in delivered_attributes(proposal, entity):
        lines += record_column(name, attribute_type(name, proposal.column_of(name)))
    return lines


def _personal(kind: Personal) -> list[str]:
    """What a column is declared as; of attributes of records the var of their entity says it."""
    return [] if kind is None else [f"  config: {{meta: {{personal: {plain(kind)}}}}}"]


def _column(name: str, kind: str, description: str) -> list[str]:
    return [f"- name: {name}", f"  data_type: {kind}", f"  description: {description}"]
