"""Checks that a business model is whole: every piece that its entities need, where it goes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from customer_platform.declarations import Declarations, Entity, declarations_of
from customer_platform.environment import Environment
from customer_platform.errors import IncompleteModelError
from customer_platform.identity.entities import noun
from customer_platform.project import Project

OVERRIDE_COLUMNS = "kind,source,source_record_id,other_source,other_record_id,author,date,reason"

# What every business model has beside its entities' own seeds, and the first line of each.
_SEEDS = {
    "ignored_values": "match_key,value,reason",
    "source_precedence": "source,attribute,precedence",
    "link_confidence": "rule,confidence",
}


def check_business_model(environment: Environment) -> None:
    """Checks that nothing is missing in the business model of a deployment.

    Args:
        environment: The deployment.

    Raises:
        IncompleteModelError: Something is.
        DeclarationError: A YAML isn't right.
    """
    project, name = environment.project, environment.business_model
    declared = declarations_of(environment)
    # As long as there are any, they are what is missing elsewhere.
    missing = list(_of_older_projects(project, name, declared)) or list(
        missing_pieces(project, name, declared)
    )
    if missing:
        raise IncompleteModelError(
            f"The business model {name} is incomplete:\n"
            + "\n".join(f"  {piece}" for piece in missing)
            + "\ndocs/own-business-model.md has an example of each."
        )


def missing_pieces(project: Project, name: str, declared: Declarations) -> Iterator[str]:
    """What is missing, a line each: the file, the key in it, and what to write.

    Args:
        project: The project.
        name: The business model.
        declared: What it declares.
    """
    seeds, defs = f"dbt/seeds/{name}", project.defs.relative_to(project.root) / name
    if not declared.entities:
        yield (
            f"{defs}/identity/defs.yaml: add a customer_platform.components.IdentityResolution, "
            "which says what the records are resolved to"
        )
    for entity in declared.entities.values():
        yield from _of_entity(project, name, entity)
    for seed, columns in _SEEDS.items():
        if not (project.root / seeds / f"{seed}.csv").exists():
            yield f"{seeds}/{seed}.csv: add the seed; its first line is {columns}"
    if not (project.dbt / "models" / name / "master" / "transactions.sql").exists():
        yield (
            f"dbt/models/{name}/master/transactions.sql: add the daily facts, tagged `facts`, "
            "from which the refresh tells which days are done"
        )
    if not declared.published:
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


def _of_entity(project: Project, name: str, entity: Entity) -> Iterator[str]:
    models, where = project.dbt / "models" / name, entity.path.relative_to(project.root)
    lookup = entity.records.rpartition(".")[2]
    if not any(models.rglob(f"{lookup}.sql")):
        yield (
            f"dbt/models/{name}/identity/{lookup}.sql: add the model of the records of {where}; "
            f"{{{{ source_lookup('{entity.entity}') }}}} is all there need be in it"
        )
    if not entity.attributes:
        yield (
            f"{where}: add `attributes`, a line for every attribute of {noun(entity.entity)} "
            "records, such as last_name: {survivorship: most_frequent, personal: name}"
        )
    if entity.overrides is not None:
        seed = entity.overrides.rpartition(".")[2]
        if not (project.dbt / "seeds" / name / f"{seed}.csv").exists():
            yield (
                f"dbt/seeds/{name}/{seed}.csv: add the seed that {where} names as `overrides`; its "
                f"first line is {OVERRIDE_COLUMNS}"
            )
    table = f"{entity.entity}_id_map"
    if table not in _source_tables(models):
        yield (
            f"dbt/models/{name}/identity/identity.yml: add the table {table} to a source identity "
            "of the schema identity: there the masters read the IDs"
        )


def _source_tables(models: Path) -> set[str]:
    """The tables of the dbt sources called identity."""
    return {
        table["name"]
        for path in models.rglob("*.yml")
        if "name: identity" in (text := path.read_text())
        for source in _mapping(path, text).get("sources") or ()
        if source["name"] == "identity"
        for table in source.get("tables") or ()
    }


def _of_older_projects(project: Project, name: str, declared: Declarations) -> Iterator[str]:
    """What projects of earlier versions have elsewhere, and where it goes."""
    path = project.dbt / "dbt_project.yml"
    variables = _mapping(path, path.read_text()).get("vars") or {}
    for entity in declared.entities.values():
        where = entity.path.relative_to(project.root)
        if f"{entity.entity}_attributes" in variables:
            yield (
                f"dbt/dbt_project.yml: move vars.{entity.entity}_attributes to `attributes` in "
                f"{where}, as last_name: {{survivorship: most_frequent, personal: name}}"
            )
        if f"{entity.entity}_sources" in variables:
            yield (
                f"dbt/dbt_project.yml: move vars.{entity.entity}_sources to `sources` in {where}"
            )
    facts = project.defs.relative_to(project.root) / name / "facts" / "defs.yaml"
    of_entities = {f"{entity}_sources" for entity in declared.entities}
    for variable in sorted(variables.keys() - of_entities):
        if variable.endswith("_sources"):
            kind = variable.removesuffix("_sources").rpartition("_")[2]
            yield (
                f"dbt/dbt_project.yml: move vars.{variable} to `sources` in {facts}, a "
                f"customer_platform.components.Facts, as {kind}s: [...]"
            )
    if (project.dbt / "match_keys" / name).exists():
        yield (
            f"dbt/match_keys/{name}: move what its macros return to `match_keys` in the YAML of "
            "each entity, as last_name: {normalise: name} or email: email; remove the folder, and "
            "its line in macro-paths of dbt/dbt_project.yml"
        )


def _mapping(path: Path, text: str) -> Mapping[str, Any]:
    try:
        return yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise IncompleteModelError(f"{path}: is no valid YAML: {error}") from error
