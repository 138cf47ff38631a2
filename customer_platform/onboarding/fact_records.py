"""Whose facts are: records of the people that an export of orders or events names."""

from dataclasses import replace

from customer_platform.onboarding.column_names import column_name
from customer_platform.onboarding.fact_values import FactValues
from customer_platform.onboarding.facts import customers_table
from customer_platform.onboarding.platform import Platform
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.record_sql import record_ctes
from customer_platform.onboarding.sql_naming import Naming, jinja

# What of a fact may be an attribute of whose it is.
_OF_PEOPLE = ("customer_email", "email")


def records_of(proposal: Proposal) -> Proposal | None:
    """The records that facts have of whose they are, None where they name none.

    Args:
        proposal: A table of facts.
    """
    facts, owner = proposal.facts, proposal.owner
    if facts is None or owner is None:
        return None
    columns = []
    for column in proposal.columns:
        role = facts.role_of(column.name)
        is_attribute = role is None or role in _OF_PEOPLE
        attribute = column.attribute if is_attribute else None
        called = column_name(column.name)
        if attribute is not None and (
            attribute.base not in owner.columns
            # An order that is cancelled is no refusal of emails.
            or (called is not None and called.may_end_more)
        ):
            attribute = None
        columns.append(replace(column, attribute=attribute))
    return replace(
        proposal, table=customers_table(proposal.table), entity=owner, facts=None, columns=columns
    )


def records_sql(
    source: str, proposal: Proposal, records: Proposal, platform: Platform, others: str
) -> str | None:
    """The staging view of these records: of everybody the newest row; None where all are elsewhere.

    Args:
        source: Name of the source.
        proposal: The table of facts.
        records: Its records, as `records_of` has them.
        platform: The macros that there are.
        others: Whether another table of the source has records of its customers; see `FactValues`.
    """
    facts, owner = proposal.facts, records.entity
    assert facts is not None
    assert owner is not None
    naming = Naming(records, facts.inside)
    values = FactValues(proposal, facts, naming, others)
    identity = values.customer_of_records()
    if identity is None:
        return None
    moment = values.moment("occurred_at") or "cast(null as timestamp)"
    lines = [
        "with", "", "named as (", "    select", "        *,",
        f"        {identity} as record_of_fact,",
        f"        {moment} as moment_of_fact",
        f"    from {{{{ source({jinja(source)}, {jinja(proposal.table)}) }}}}", "),", "",
        f"{naming.cte} as (", "    select", "        *,",
        "        min(moment_of_fact) over (partition by record_of_fact) as first_moment",
        "    from named", "    where record_of_fact is not null", "    qualify",
        "        row_number() over (", "            partition by record_of_fact",
        "            order by",
        "                moment_of_fact desc nulls last, _partition desc,",
        "                _source_file, _row_number",
        "        ) = 1", "),", "",
    ]  # fmt: skip
    lines += record_ctes(
        source,
        records,
        owner,
        naming,
        platform,
        who_and_when=(
            f"'{source}' as source",
            "record_of_fact as source_record_id",
            "coalesce(first_moment, cast(_partition as timestamp)) as created_at",
            "coalesce(moment_of_fact, cast(_partition as timestamp)) as updated_at",
        ),
    )
    return "\n".join([*lines, "", "select * from final", ""])
