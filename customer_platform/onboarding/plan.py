"""What a proposed table changes in the project: nothing that a person has written is lost."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from customer_platform.declarations import Declarations, read_declarations
from customer_platform.errors import OnboardingError
from customer_platform.onboarding import declaration, staging_yaml
from customer_platform.onboarding.fact_plan import plan_facts
from customer_platform.onboarding.planned_files import (
    SOURCES,
    Change,
    NewSource,
    PlannedFiles,
    listed,
    loaded,
    precedence,
    views_before,
)
from customer_platform.onboarding.platform import Platform, read_platform
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.staging_sql import staging_sql
from customer_platform.onboarding.yaml_edit import append_item
from customer_platform.project import Project


def plan_source(
    project: Project,
    source: NewSource,
    tables: Sequence[tuple[Proposal, declaration.Origin]],
) -> list[Change]:
    """The changes that bring tables in; those of a table that is in already change nothing.

    Args:
        project: The project.
        source: The source they belong to.
        tables: What is proposed, and where the rows come from.

    Raises:
        OnboardingError: A file of the project can't be changed by a program.
    """
    files = PlannedFiles()
    declared = read_declarations(project, source.business_model)
    platform = read_platform(project, source.business_model)
    # Records first: facts of the same source look for those of their customers.
    for proposal, origin in sorted(tables, key=lambda each: each[0].facts is not None):
        _plan_table(files, project, declared, source, proposal, origin, platform)
    return files.changes


def _plan_table(
    files: PlannedFiles,
    project: Project,
    declared: Declarations,
    source: NewSource,
    proposal: Proposal,
    origin: declaration.Origin,
    platform: Platform,
) -> None:
    description = f"{' '.join(proposal.table.split('_')).capitalize()} of {source.name}."
    defs = declared.folder / "sources"
    staging = project.dbt / "models" / source.business_model / "staging" / source.name
    model = staging_yaml.model_name(source.name, proposal.table)
    table = declaration.declared(proposal, origin, description)
    _declaration(files, defs / source.name / "defs.yaml", source, origin, table)
    _dbt_source(files, staging / f"{source.name}.yml", source, proposal, description)
    seed = project.dbt / "seeds" / source.business_model / "source_precedence.csv"
    if proposal.facts is not None:
        plan_facts(
            files, project, declared, source, proposal, platform, description,
            staging=staging, seed=seed,
        )  # fmt: skip
        return
    entity = declared.entities[proposal.entity.name] if proposal.entity else None
    is_qualified = bool(entity and views_before(files, entity.path, source.name, model))
    sql = staging_sql(source.name, proposal, platform, is_qualified=is_qualified)
    files.put_whole(staging / f"{model}.sql", sql)
    contract = staging_yaml.staging_file(source.name, proposal, description, platform)
    files.put_whole(staging / f"{model}.yml", contract)
    if entity is not None:
        listed(files, entity.path, SOURCES, model)
        precedence(files, seed, source.name)


def _declaration(
    files: PlannedFiles,
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
    present = loaded(path, text)
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
    files: PlannedFiles, path: Path, source: NewSource, proposal: Proposal, description: str
) -> None:
    item = staging_yaml.source_table(
        source.name, proposal.table, description, proposal.load_mode.load_mode
    )
    text = files.text(path)
    if text is None:
        files.put(path, staging_yaml.source_file(source.name, source.description, item))
        return
    sources = loaded(path, text).get("sources") or []
    for position, each in enumerate(sources):
        if each.get("name") == source.name:
            tables = each.get("tables") or []
            _list_item(files, path, text, ["sources", position, "tables"], item, tables)
            return
    raise OnboardingError(f"{path}: declares no source {source.name!r}; add it by hand")


def _list_item(
    files: PlannedFiles,
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
