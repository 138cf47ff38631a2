"""The staging view of events: what an export says of them, in the contract's columns."""

from collections.abc import Mapping

from customer_platform.onboarding.fact_reading import Facts
from customer_platform.onboarding.fact_values import FactValues
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.sql_naming import Naming, final_cte, jinja

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
