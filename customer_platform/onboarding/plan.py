"""What a proposed table changes in the project: nothing that a person has written is lost."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from customer_platform.onboarding import declaration, staging_yaml
from customer_platform.onboarding.changes import Change, file_difference
from customer_platform.onboarding.errors import OnboardingError
from customer_platform.onboarding.fact_records import records_of, records_sql
from customer_platform.onboarding.fact_values import APART, NUMBERED
from customer_platform.onboarding.facts import Facts
from customer_platform.onboarding.platform import Platform, read_platform
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.staging_sql import staging_sql
from customer_platform.onboarding.tools import spelling
from customer_platform.onboarding.wishes import Kind
from customer_platform.onboarding.yaml_edit import append_item, append_key

# Business model and kind of facts -> the var that lists the views that deliver them.
FACT_SOURCES: Mapping[tuple[str, Kind], str] = {
    ("retail", "transactions"): "transaction_sources",
    ("retail", "events"): "event_sources",
    ("marketplace", "transactions"): "marketplace_transaction_sources",
    ("b2b", "transactions"): "account_transaction_sources",
}


def facts_taken(business_model: str) -> list[Kind]:
    """The kinds of facts that a business model takes of any source."""
    return [kind for model, kind in FACT_SOURCES if model == business_model]


@dataclass(frozen=True)
class NewSource:
    """What is said of a source when it is declared for the first time.

    Attributes:
        name: Its name.
        owner: Who answers for it.
        description: What the system is.
        business_model: The folder of `defs/` that it is declared in.
    """

    name: str
    owner: str
    description: str
    business_model: str


class _Files:
    """The project's files as they are planned to be, table by table."""

    def __init__(self) -> None:
        self._changes: dict[Path, Change] = {}

    def text(self, path: Path) -> str | None:
        """A file's content as planned, None when it is not there."""
        if path in self._changes:
            return self._changes[path].after
        return path.read_text() if path.exists() else None

    def put(self, path: Path, after: str, difference: str = "") -> None:
        """Plan a file's content."""
        earlier = self._changes.get(path)
        before = earlier.before if earlier else self.text(path)
        differences = [earlier.difference if earlier else "", difference]
        self._changes[path] = Change(path, before, after, "\n".join(filter(None, differences)))

    def put_whole(self, path: Path, content: str) -> None:
        """Plan a file where it is absent; keep it where it says something else."""
        present = self.text(path)
        if present is None or present == content:
            self.put(path, content)
        else:
            self.put(path, present, file_difference(present, content))

    @property
    def changes(self) -> list[Change]:
        """One change a file."""
        return list(self._changes.values())


def plan_source(
    project: Path,
    source: NewSource,
    tables: Sequence[tuple[Proposal, declaration.Origin]],
) -> list[Change]:
    """The changes that bring tables in; those of a table that is in already change nothing.

    Args:
        project: The project's folder.
        source: The source they belong to.
        tables: What is proposed, and where the rows come from.

    Raises:
        OnboardingError: A file of the project can't be changed by a program.
    """
    files = _Files()
    platform = read_platform(project, source.business_model)
    # Records first: facts of the same source look for those of their customers.
    for proposal, origin in sorted(tables, key=lambda each: each[0].facts is not None):
        _plan_table(files, project, source, proposal, origin, platform)
    return files.changes


def _plan_table(
    files: _Files,
    project: Path,
    source: NewSource,
    proposal: Proposal,
    origin: declaration.Origin,
    platform: Platform,
) -> None:
    description = f"{' '.join(proposal.table.split('_')).capitalize()} of {source.name}."
    defs = project / "customer_platform" / "defs" / source.business_model / "sources"
    staging = project / "dbt" / "models" / source.business_model / "staging" / source.name
    model = staging_yaml.model_name(source.name, proposal.table)
    table = declaration.declared(proposal, origin, description)
    _declaration(files, defs / source.name / "defs.yaml", source, origin, table)
    _dbt_source(files, staging / f"{source.name}.yml", source, proposal, description)
    dbt_project = project / "dbt" / "dbt_project.yml"
    seed = project / "dbt" / "seeds" / source.business_model / "source_precedence.csv"
    if proposal.facts is not None:
        _plan_facts(
            files, source, proposal, platform, description,
            declared=defs, staging=staging, dbt_project=dbt_project, seed=seed,
        )  # fmt: skip
        return
    is_qualified = _follows_another(files, dbt_project, source.name, proposal, model)
    sql = staging_sql(source.name, proposal, platform, is_qualified=is_qualified)
    files.put_whole(staging / f"{model}.sql", sql)
    contract = staging_yaml.staging_file(source.name, proposal, description, platform)
    files.put_whole(staging / f"{model}.yml", contract)
    if proposal.entity is not None:
        _listed(files, dbt_project, f"{proposal.entity.name}_sources", model)
        _precedence(files, seed, source.name)


def _plan_facts(
    files: _Files,
    source: NewSource,
    proposal: Proposal,
    platform: Platform,
    description: str,
    *,
    declared: Path,
    staging: Path,
    dbt_project: Path,
    seed: Path,
) -> None:
    """The views of transactions or events, and of the records of whose they are."""
    facts = proposal.facts
    assert facts is not None
    variable = FACT_SOURCES.get((source.business_model, facts.kind))
    if variable is None or facts.kind not in platform.contracts:
        raise OnboardingError(
            f"table {proposal.table!r}: the business model {source.business_model} takes no "
            f"{facts.kind} of further sources; bring it in with --kind other"
        )
    records = records_of(proposal)
    others = ""
    if records is not None:
        before = _views_before(files, dbt_project, source.name, records)
        others = _numbers_of(files, declared / source.name / "defs.yaml", proposal, before)
    if facts.kind == "events":
        facts = replace(
            facts,
            accounts_of=_accounts_of(files, declared, dbt_project, source.name, facts, others),
        )
        proposal = replace(proposal, facts=facts)
    model = staging_yaml.model_name(source.name, proposal.table)
    sql = staging_sql(source.name, proposal, platform, others=others)
    files.put_whole(staging / f"{model}.sql", sql)
    contract = staging_yaml.staging_file(source.name, proposal, description, platform)
    files.put_whole(staging / f"{model}.yml", contract)
    _listed(files, dbt_project, variable, model)
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
    _listed(files, dbt_project, f"{records.entity.name}_sources", model)
    _precedence(files, seed, source.name)


def _views_before(files: _Files, path: Path, source: str, records: Proposal) -> list[str]:
    """The views of the source that deliver records of the entity before these."""
    assert records.entity is not None
    variables = _loaded(path, files.text(path) or "").get("vars") or {}
    listed = [str(each) for each in variables.get(f"{records.entity.name}_sources") or []]
    model = staging_yaml.model_name(source, records.table)
    before = listed[: listed.index(model)] if model in listed else listed
    return [each for each in before if each.startswith(f"stg_{source}__")]


def _numbers_of(files: _Files, path: Path, proposal: Proposal, before: Sequence[str]) -> str:
    """Whether other records of the source go by the numbers that facts name their customers by."""
    facts = proposal.facts
    if facts is None or not before:
        return ""
    number = facts.roles.get("customer_id") or facts.roles.get("account_id")
    owner = proposal.owner.name if proposal.owner else ""
    names = {"id", f"{owner}id", "customerid", "userid", spelling(number or "")}
    tables = (_loaded(path, files.text(path) or "").get("attributes") or {}).get("tables") or []
    for table in tables:
        key = table.get("primary_key") or []
        of_records = any(view.endswith(f"__{table.get('name')}") for view in before)
        if number and of_records and len(key) == 1 and spelling(str(key[0])) in names:
            return NUMBERED
    return APART


def _accounts_of(
    files: _Files, declared: Path, path: Path, source: str, facts: Facts, others: str
) -> str:
    """The source whose accounts events name: as said, its own, or that of the web site."""
    known = {each.parent.name for each in declared.glob("*/defs.yaml")} | {source}
    if facts.accounts_of:
        if facts.accounts_of not in known:
            raise OnboardingError(
                f"--accounts-of: there is no source {facts.accounts_of!r}; there are "
                f"{', '.join(sorted(known))}"
            )
        return facts.accounts_of
    variables = _loaded(path, files.text(path) or "").get("vars") or {}
    default = variables.get("web_account_source")
    if "account_id" not in facts.roles or others == NUMBERED or default not in known:
        return source
    return str(default)


def _declaration(
    files: _Files,
    path: Path,
    source: NewSource,
    origin: declaration.Origin,
    table: Mapping[str, Any],
) -> None:
    text = files.text(path)
    if text is None:
        said = (source.name, source.owner, source.description)
        files.put(path, declaration.source_yaml(*said, origin, table))
        return
    present = _loaded(path, text)
    component = str(present.get("type", "")).rpartition(".")[2]
    attributes = present.get("attributes") or {}
    if component != origin.component or attributes.get("connection") != origin.connection:
        of_another = " of another connection" if component == origin.component else ""
        raise OnboardingError(
            f"{path}: source {source.name!r} is a {component}{of_another} already; give this one "
            "another name"
        )
    item = declaration.table_lines(table)
    _list_item(files, path, text, ["attributes", "tables"], item, attributes.get("tables") or [])


def _dbt_source(
    files: _Files, path: Path, source: NewSource, proposal: Proposal, description: str
) -> None:
    item = staging_yaml.source_table(
        source.name, proposal.table, description, proposal.load_mode.load_mode
    )
    text = files.text(path)
    if text is None:
        files.put(path, staging_yaml.source_file(source.name, source.description, item))
        return
    sources = _loaded(path, text).get("sources") or []
    for position, each in enumerate(sources):
        if each.get("name") == source.name:
            tables = each.get("tables") or []
            _list_item(files, path, text, ["sources", position, "tables"], item, tables)
            return
    raise OnboardingError(f"{path}: declares no source {source.name!r}; add it by hand")


def _list_item(
    files: _Files,
    path: Path,
    text: str,
    keys: Sequence[str | int],
    item: Sequence[str],
    present: Sequence[dict[str, Any]],
) -> None:
    """A table in a list of tables: added, there already, or there and different."""
    [wanted] = yaml.safe_load("\n".join(item))
    for table in present:
        if table.get("name") == wanted["name"]:
            files.put(path, text, differences(table, wanted))
            return
    files.put(path, append_item(text, keys, item, path))


def differences(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """What is declared of a table against what was proposed, one key a line."""
    lines = []
    for key in dict.fromkeys([*present, *wanted]):
        one, other = present.get(key), wanted.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            lines += [f"{key}.{line}" for line in differences(one, other).splitlines()]
        elif one != other:
            lines.append(f"{key}: {one!r} is declared, {other!r} proposed")
    return "\n".join(lines)


def _follows_another(
    files: _Files, path: Path, source: str, proposal: Proposal, model: str
) -> bool:
    """Whether a view of the source stands before this one among those of the entity's records.

    The order of the list decides, so that the first keeps its IDs when a second comes.
    """
    if proposal.entity is None:
        return False
    variables = _loaded(path, files.text(path) or "").get("vars") or {}
    listed = list(variables.get(f"{proposal.entity.name}_sources") or [])
    before = listed[: listed.index(model)] if model in listed else listed
    return any(str(each).startswith(f"stg_{source}__") for each in before)


def _listed(files: _Files, path: Path, key: str, model: str) -> None:
    text = files.text(path) or ""
    variables = _loaded(path, text).get("vars") or {}
    if key not in variables:
        text = append_key(text, ["vars"], [f"{key}:", f"  - {model}"], path)
    elif model not in (variables[key] or []):
        text = append_item(text, ["vars", key], [f"- {model}"], path)
    files.put(path, text)


def _precedence(files: _Files, path: Path, source: str) -> None:
    text = files.text(path) or "source,attribute,precedence\n"
    rows = list(csv.DictReader(io.StringIO(text)))
    if not any(row["source"] == source for row in rows):
        last = max((int(row["precedence"]) for row in rows if row["attribute"] == "*"), default=0)
        text += "" if text.endswith("\n") else "\n"
        text += f"{source},*,{last + 1}\n"
    files.put(path, text)


def _loaded(path: Path, text: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise OnboardingError(f"{path}: is no valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise OnboardingError(f"{path}: is no mapping of keys; correct it first")
    return content
