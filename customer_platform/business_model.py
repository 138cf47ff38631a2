"""Checks that a business model is whole: every piece that its entities need, where it goes."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from customer_platform.deployed_identity import DeclaredIdentity
from customer_platform.environment import DBT_PROJECT, Project
from customer_platform.errors import IncompleteModelError
from customer_platform.identity.entities import noun

OVERRIDE_COLUMNS = "kind,source,source_record_id,other_source,other_record_id,author,date,reason"

# What every business model has beside its entities' own seeds, and the first line of each.
_SEEDS = {
    "ignored_values": "match_key,value,reason",
    "source_precedence": "source,attribute,precedence",
    "link_confidence": "rule,confidence",
}


def check_business_model(
    project: Project, name: str, identities: Mapping[str, DeclaredIdentity]
) -> None:
    """Checks that nothing is missing.

    Args:
        project: The project.
        name: The business model.
        identities: What it resolves, by entity.

    Raises:
        IncompleteModelError: Something is.
    """
    missing = list(missing_pieces(project, name, identities))
    if missing:
        raise IncompleteModelError(
            f"The business model {name} is incomplete:\n"
            + "\n".join(f"  {piece}" for piece in missing)
            + "\ndocs/own-model.md has an example of each."
        )


def missing_pieces(
    project: Project, name: str, identities: Mapping[str, DeclaredIdentity]
) -> Iterator[str]:
    """What is missing, a line each: the file, the key in it, and what to write.

    Args:
        project: The project.
        name: The business model.
        identities: What it resolves, by entity.
    """
    seeds, defs = f"dbt/seeds/{name}", f"{project.defs.relative_to(project.root)}/{name}"
    variables = _variables(project.dbt / "dbt_project.yml")
    for identity in identities.values():
        yield from _of_entity(project, name, identity, variables)
    for seed, columns in _SEEDS.items():
        if not (project.root / seeds / f"{seed}.csv").exists():
            yield f"{seeds}/{seed}.csv: add the seed; its first line is {columns}"
    if not (project.dbt / "models" / name / "master" / "transactions.sql").exists():
        yield (
            f"dbt/models/{name}/master/transactions.sql: add the daily facts, tagged `facts`, "
            "from which the refresh tells which days are done"
        )
    if not (project.root / defs / "published" / "defs.yaml").exists():
        yield (
            f"{defs}/published/defs.yaml: add a customer_platform.components.PublishedMasters with "
            "the masters that analysts read"
        )
    outer = project.root / defs / "identity" / "defs.yaml"
    for inner in sorted((project.root / defs / "identity").glob("*/**/defs.yaml")):
        if outer.exists():
            yield (
                f"{inner.relative_to(project.root)}: is not read, as the folder above has a "
                "defs.yaml; move that one into a folder of its own, as "
                f"{defs}/identity/customer/defs.yaml"
            )


def _of_entity(
    project: Project, name: str, identity: DeclaredIdentity, variables: Mapping[str, Any]
) -> Iterator[str]:
    entity, models = identity.entity, project.dbt / "models" / name
    lookup = identity.records.rpartition(".")[2]
    found = sorted(models.rglob(f"{lookup}.sql"))
    if not found:
        yield (
            f"dbt/models/{name}/identity/{lookup}.sql: add the model that {_short(identity)} names "
            f"as `records`; {{{{ source_lookup('{entity}') }}}} is all there need be in it"
        )
    attributes, sources = f"{entity}_attributes", f"{entity}_sources"
    if not variables.get(attributes):
        yield (
            f"dbt/dbt_project.yml: add vars.{attributes}, a line for every attribute of "
            f"{noun(entity)} records, such as - {{name: last_name, survivorship: most_frequent}}"
        )
    # A lookup written otherwise, as over the maps of other entities, needs neither.
    if not found or "source_lookup(" in found[0].read_text():
        # An empty list is whole: its entity has no records yet.
        if sources not in variables:
            yield (
                f"dbt/dbt_project.yml: add vars.{sources}, the models that deliver {noun(entity)} "
                "records, such as - stg_crm__customers; `customer-platform add-source` does"
            )
        if not _has_macro(project, f"{entity}_match_keys"):
            yield (
                f"dbt/match_keys/{name}/{entity}_match_keys.sql: add the macro "
                f"{entity}_match_keys() that returns the match keys by name, such as "
                "{'email': 'email'}"
            )
    if identity.overrides is not None:
        seed = identity.overrides.rpartition(".")[2]
        if not (project.dbt / "seeds" / name / f"{seed}.csv").exists():
            yield (
                f"dbt/seeds/{name}/{seed}.csv: add the seed that {_short(identity)} names as "
                f"`overrides`; its first line is {OVERRIDE_COLUMNS}"
            )
    table = f"{entity}_id_map"
    if not any(re.search(rf"name: {table}\b", page.read_text()) for page in models.rglob("*.yml")):
        yield (
            f"dbt/models/{name}/identity/identity.yml: add the table {table} to a source identity "
            "of the schema identity: there the masters read the IDs"
        )


def _short(identity: DeclaredIdentity) -> str:
    """The YAML of an entity, from the folder `defs` on."""
    parts = identity.path.parts
    return "/".join(parts[parts.index("defs") :]) if "defs" in parts else str(identity.path)


def _variables(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise IncompleteModelError(f"{path}: is no valid YAML: {error}") from error
    return (content or {}).get("vars") or {}


def _has_macro(project: Project, name: str) -> bool:
    pattern = re.compile(rf"macro\s+{name}\s*\(")
    folders = (project.dbt / "match_keys", project.dbt / "macros", DBT_PROJECT / "macros")
    return any(
        pattern.search(path.read_text()) for folder in folders for path in folder.rglob("*.sql")
    )
