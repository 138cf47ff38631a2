"""The staging view of a proposed table: an entity's records, or its own columns renamed."""

from customer_platform.onboarding.columns import Column
from customer_platform.onboarding.event_sql import event_sql
from customer_platform.onboarding.platform import Platform
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.record_sql import record_ctes
from customer_platform.onboarding.sql_naming import Naming, data_type, final_cte, jinja, read_as
from customer_platform.onboarding.transaction_sql import transaction_sql


def staging_sql(
    source: str,
    proposal: Proposal,
    platform: Platform,
    *,
    is_qualified: bool = False,
    others: str = "",
) -> str:
    """The staging view.

    Args:
        source: Name of the source.
        proposal: The table.
        platform: The macros that there are.
        is_qualified: Whether IDs of records begin with the table, as another one of the source has
            records of the entity, too: numbers of one table may be those of the other.
        others: Of facts, whether another table of the source has records of their customers.
    """
    if proposal.facts is not None:
        columns = platform.contracts[proposal.facts.kind]
        contract = {each["name"]: each["data_type"] for each in columns}
        if proposal.facts.kind == "events":
            return event_sql(source, proposal, contract, others)
        return transaction_sql(source, proposal, contract, others)
    naming = Naming(proposal)
    lines = ["with", "", f"{naming.cte} as (", *_rows(source, proposal, naming), "),", ""]
    if proposal.entity is None:
        lines += _plain(proposal, naming)
    else:
        lines += record_ctes(
            source, proposal, proposal.entity, naming, platform, is_qualified=is_qualified
        )
    return "\n".join([*lines, "", "select * from final", ""])


def _rows(source: str, proposal: Proposal, naming: Naming) -> list[str]:
    relation = f"source({jinja(source)}, {jinja(proposal.table)})"
    if proposal.load_mode.load_mode == "snapshot":
        return [f"    {{{{ latest_snapshot({relation}) }}}}"]
    # Records may be delivered again; lines of an append never are.
    newest = proposal.load_mode.load_mode == "delta" or proposal.entity is not None
    if newest and proposal.primary_key.columns:
        keys = ", ".join(map(naming.argument, proposal.primary_key.columns))
        return [f"    {{{{ latest_per_key({relation}, [{keys}]) }}}}"]
    return [f"    select * from {{{{ {relation} }}}}"]


def _plain(proposal: Proposal, naming: Naming) -> list[str]:
    columns = [_renamed(naming, column) for column in proposal.columns]
    return final_cte([*columns, "_partition as partition_date"], naming.cte)


def _renamed(naming: Naming, column: Column) -> str:
    reference, staged = naming.reference(column.name), naming.staged(column.name)
    if column.type.reading is not None:
        return f"{read_as(column.type.reading, naming, column.name)} as {staged}"
    portable = data_type(column.type.type)
    if portable != column.type.type and column.type.type != "varchar":
        reference = f"cast({reference} as {portable})"
    return reference if reference == staged else f"{reference} as {staged}"
