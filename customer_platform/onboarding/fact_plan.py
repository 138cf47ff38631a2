"""What transactions and events change in the project, with the records of people they name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from customer_platform.declarations import Declarations
from customer_platform.errors import OnboardingError
from customer_platform.onboarding import staging_yaml
from customer_platform.onboarding.column_names import column_name
from customer_platform.onboarding.fact_reading import Facts
from customer_platform.onboarding.fact_values import APART, NUMBERED, FactValues
from customer_platform.onboarding.facts import customers_table
from customer_platform.onboarding.planned_files import (
    SOURCES,
    NewSource,
    PlannedFiles,
    listed,
    loaded,
    precedence,
    value_at,
    views_before,
)
from customer_platform.onboarding.platform import Platform
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.record_sql import record_ctes
from customer_platform.onboarding.sql_naming import Naming, jinja
from customer_platform.onboarding.staging_sql import staging_sql
from customer_platform.onboarding.tools import spelling
from customer_platform.project import Project

# Business model -> the kinds of facts that it takes of further sources.
_TAKEN: Mapping[str, Sequence[str]] = {
    "retail": ("transactions", "events"),
    "marketplace": ("transactions",),
    "b2b": ("transactions",),
}


def facts_taken(business_model: str) -> list[str]:
    """The kinds of facts that a business model takes of any source."""
    return list(_TAKEN.get(business_model, ()))


def plan_facts(
    files: PlannedFiles,
    project: Project,
    declared: Declarations,
    source: NewSource,
    proposal: Proposal,
    platform: Platform,
    description: str,
    *,
    staging: Path,
    seed: Path,
) -> None:
    """The views of transactions or events, and of the records of whose they are.

    Args:
        files: The project's files as they are planned.
        project: The project.
        declared: What the business model declares.
        source: The source.
        proposal: The table, with its facts.
        platform: The macros, descriptions and contracts that there are.
        description: What one row is.
        staging: The folder of the source's views.
        seed: The seed that says how far sources are trusted.

    Raises:
        OnboardingError: The business model takes no such facts, or accounts are of no source.
    """
    facts = proposal.facts
    assert facts is not None
    taken = facts.kind in facts_taken(source.business_model) and facts.kind in platform.contracts
    if not taken or declared.facts is None:
        raise OnboardingError(
            f"table {proposal.table!r}: the business model {source.business_model} takes no "
            f"{facts.kind} of further sources; bring it in with --kind other"
        )
    records = records_of(proposal)
    others = ""
    if records is not None:
        assert records.entity is not None
        of_records = staging_yaml.model_name(source.name, records.table)
        path = declared.entities[records.entity.name].path
        before = views_before(files, path, source.name, of_records)
        others = _numbers_of(
            files, declared.folder / "sources" / source.name / "defs.yaml", proposal, before
        )
    if facts.kind == "events":
        facts = replace(
            facts,
            accounts_of=_accounts_of(project, declared, source.name, facts, others),
        )
        proposal = replace(proposal, facts=facts)
    model = staging_yaml.model_name(source.name, proposal.table)
    sql = staging_sql(source.name, proposal, platform, others=others)
    files.put_whole(staging / f"{model}.sql", sql)
    contract = staging_yaml.staging_file(source.name, proposal, description, platform)
    files.put_whole(staging / f"{model}.yml", contract)
    listed(files, declared.facts.path, (*SOURCES, facts.kind), model)
    of_another = facts.kind == "events" and facts.accounts_of != source.name
    if records is None or records.entity is None or of_another:
        return
    sql_of_records = records_sql(source.name, proposal, records, platform, others)
    if sql_of_records is None:
        return
    model = staging_yaml.model_name(source.name, records.table)
    files.put_whole(staging / f"{model}.sql", sql_of_records)
    said = f"Whom {proposal.table} of {source.name} name"
    contract = staging_yaml.staging_file(source.name, records, said, platform)
    files.put_whole(staging / f"{model}.yml", contract)
    listed(files, declared.entities[records.entity.name].path, SOURCES, model)
    precedence(files, seed, source.name)


def _numbers_of(files: PlannedFiles, path: Path, proposal: Proposal, before: Sequence[str]) -> str:
    """Whether other records of the source go by the numbers that facts name their customers by."""
    facts = proposal.facts
    if facts is None or not before:
        return ""
    number = facts.roles.get("customer_id") or facts.roles.get("account_id")
    owner = proposal.owner.name if proposal.owner else ""
    names = {"id", f"{owner}id", "customerid", "userid", spelling(number or "")}
    tables = (loaded(path, files.text(path) or "").get("attributes") or {}).get("tables") or []
    for table in tables:
        key = table.get("primary_key") or []
        of_records = any(view.endswith(f"__{table.get('name')}") for view in before)
        if number and of_records and len(key) == 1 and spelling(str(key[0])) in names:
            return NUMBERED
    return APART


def _accounts_of(
    project: Project, declared: Declarations, source: str, facts: Facts, others: str
) -> str:
    """The source whose accounts events name: as said, its own, or that of the web site."""
    known = {*declared.sources, source}
    if facts.accounts_of:
        if facts.accounts_of not in known:
            raise OnboardingError(
                f"--accounts-of: there is no source {facts.accounts_of!r}; there are "
                f"{', '.join(sorted(known))}"
            )
        return facts.accounts_of
    path = project.dbt / "dbt_project.yml"
    default = value_at(loaded(path, path.read_text()), ("vars", "web_account_source"))
    if "account_id" not in facts.roles or others == NUMBERED or default not in known:
        return source
    return str(default)


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
