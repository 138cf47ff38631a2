"""The staging view of a proposed table: records, transactions, events, or its own columns."""

from collections.abc import Mapping

from customer_platform.onboarding.attributes import Column
from customer_platform.onboarding.fact_reading import Facts
from customer_platform.onboarding.fact_values import FactValues
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


# The var that names the source whose accounts visitors of the web site log in to.
_DEFAULT_ACCOUNTS = "'{{ var(\"web_account_source\") }}'"


def event_sql(source: str, proposal: Proposal, contract: Mapping[str, str], others: str) -> str:
    """The staging view.

    Args:
        source: Name of the source.
        proposal: The table, with its facts.
        contract: Column -> type of the events of the business model.
        others: Whether another table of the source has records of its customers; see `FactValues`.
    """
    facts = proposal.facts
    assert facts is not None
    naming = Naming(proposal)
    values = FactValues(proposal, facts, naming, others)
    relation = f"{{{{ source({jinja(source)}, {jinja(proposal.table)}) }}}}"
    lines = ["with", "", f"{naming.cte} as ("]
    if "event_id" in facts.roles:
        # A row without an ID is identified by its values.
        number = f"coalesce({values.text('event_id')}, {values.row_digest()})"
        lines += [
            f"    select * from {relation}",
            "    -- What is delivered twice is one event.",
            "    qualify",
            "        row_number() over (",
            f"            partition by {number}",
            "            order by _partition, _source_file, _row_number",
            "        ) = 1",
        ]
        if "event_id" not in facts.gaps:
            number = values.text("event_id") or ""
            lines[-3] = f"            partition by {number}"
    else:
        lines += _hashed(proposal, values, relation)
        number = "hash_of_row"
    lines += ["),", "", *final_cte(_contract(source, facts, values, contract, number), naming.cte)]
    return "\n".join([*lines, "", "select * from final", ""])


def _hashed(proposal: Proposal, values: FactValues, relation: str) -> list[str]:
    """The rows with an ID: a hash of each, and how often it has come."""
    again = proposal.load_mode.load_mode != "append"
    lines = [
        "    select",
        "        *,",
        f"        {values.row_digest()} as digest_of_row,",
        "        row_number() over (",
        f"            partition by _partition, {values.row_digest()}",
        "            order by _source_file, _row_number",
        "        ) as time_of_row",
        f"    from {relation}",
    ]
    named = (
        "digest_of_row || '-' || cast(time_of_row as string)"
        if again
        else "digest_of_row || '-' || replace(cast(_partition as string), '-', '') || '-' || "
        "cast(time_of_row as string)"
    )
    # The whole table is delivered each day: an event counts when it comes first.
    first = [
        "    qualify",
        "        row_number() over (",
        "            partition by digest_of_row, time_of_row order by _partition",
        "        ) = 1",
    ]
    return [
        "    select",
        "        *,",
        f"        {named} as hash_of_row",
        "    from (",
        *(f"    {line}" for line in lines),
        "    ) as numbered",
        *(first if again else []),
    ]


def _contract(
    source: str, facts: Facts, values: FactValues, contract: Mapping[str, str], number: str
) -> list[str]:
    """The columns of the contract, in its order; what the export hasn't got is null."""
    account, accounts_of = values.identity("account_id"), facts.accounts_of
    if accounts_of == source or account is None:
        account, accounts_of = values.customer(), source
    name = values.text("event_type") or "cast(null as string)"
    kind = values.text("event_kind")
    known = {
        "event_id": number,
        "source": f"'{source}'",
        "anonymous_id": values.identity("anonymous_id"),
        "account_source": f"'{accounts_of}'" if accounts_of else _DEFAULT_ACCOUNTS,
        "account_id": account,
        "event_type": f"coalesce({', '.join(filter(None, (name, kind)))}, 'event')",
        "occurred_at": f"coalesce({values.moment('occurred_at')}, cast(_partition as timestamp))",
        "url": values.inside("url"),
        "utm_source": values.inside("utm_source"),
        "utm_campaign": values.inside("utm_campaign"),
        "order_id": values.inside("order_id"),
        "properties": values.others_as_json(),
        "partition_date": "_partition",
    }
    return [
        f"{known.get(each) or f'cast(null as {kind_of})'} as {each}"
        for each, kind_of in contract.items()
    ]
