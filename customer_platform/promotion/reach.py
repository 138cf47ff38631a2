"""What a change of the project reaches: the assets that have to be built again, for which days.

dbt says which of its models, seeds and tests differ (`state:modified`), the declarations say the
rest: rules, sources, what is published. What depends on them follows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customer_platform.asset_keys import raw_asset_key
from customer_platform.declarations import VARIABLE, Declarations, for_dbt
from customer_platform.errors import PlanError

if TYPE_CHECKING:
    import dagster as dg
    from dagster_dbt import DbtProject

_MODELS = ("model", "seed")
_DAILY = "facts"


@dataclass(frozen=True)
class Reach:
    """What is to be built.

    Attributes:
        models: dbt's names of the models, seeds and tests that differ, in order.
        said: What else differs, in words, in order.
        keys: The assets that differ, as `schema/name`.
        every_day: Whether facts of every day are other ones; otherwise a run of one day brings
            everything else up to date.
    """

    models: tuple[str, ...]
    said: tuple[str, ...]
    keys: tuple[str, ...]
    every_day: bool


def find_reach(
    project: "DbtProject", base: Path, before: Declarations, after: Declarations
) -> Reach:
    """Compares a project with that of a version.

    Args:
        project: The dbt project, parsed.
        base: The dbt target folder of the version.
        before: What that version declares.
        after: What the project declares.

    Raises:
        PlanError: dbt can't compare the two.
    """
    manifest = json.loads(project.manifest_path.read_text("utf-8"))
    nodes: dict[str, Any] = manifest["nodes"]
    changed = set(_modified(project, base))
    if for_dbt(before) != for_dbt(after):
        changed |= _readers_of_declarations(manifest)
    said, keys = _declared_changes(before, after)
    for unique_id in changed:
        node = nodes.get(unique_id, {})
        tested = node.get("depends_on", {}).get("nodes", ())
        of = [unique_id] if node.get("resource_type") in _MODELS else tested
        keys |= {_key(nodes[each]) for each in of if each in nodes}
    return Reach(
        models=tuple(sorted(changed)),
        said=tuple(said),
        keys=tuple(sorted(keys)),
        every_day=any(key.startswith("raw/") for key in keys)
        or _feeds_facts(manifest, {each for each in changed if _is_model(nodes, each)}),
    )


def selected_keys(
    definitions: "dg.Definitions", keys: Sequence[str] | None, left_out: Iterable[str]
) -> list["dg.AssetKey"]:
    """The assets that changed, and those that depend on them.

    Masters are built together, as what they hand on to each other is.

    Args:
        definitions: The definitions.
        keys: The assets that changed; None for all that isn't landed.
        left_out: Groups of assets that aren't built.
    """
    import dagster as dg

    graph = definitions.resolve_asset_graph()
    known = {key.to_user_string(): key for key in graph.materializable_asset_keys}
    if keys is None:
        chosen = [key for name, key in known.items() if not name.startswith(("raw/", "privacy/"))]
    else:
        chosen = [known[key] for key in keys if key in known]
    if not chosen:
        return []
    selection = dg.AssetSelection.assets(*chosen).downstream()
    found = set(selection.resolve(graph))
    masters = set(dg.AssetSelection.groups("master").resolve(graph))
    if found & masters:
        found |= masters
    unwanted = dg.AssetSelection.groups(*left_out).resolve(graph)
    return sorted(found - set(unwanted), key=lambda key: key.to_user_string())


def keys_of(definitions: "dg.Definitions", tables: Iterable[str]) -> list["dg.AssetKey"]:
    """The assets that land raw tables.

    Args:
        definitions: The definitions.
        tables: Names of the raw tables, without their schema.
    """
    graph = definitions.resolve_asset_graph()
    known = {key.to_user_string(): key for key in graph.materializable_asset_keys}
    wanted = [f"raw/{table}" for table in tables]
    return [known[each] for each in wanted if each in known]


def _modified(project: "DbtProject", base: Path) -> list[str]:
    from dbt.cli.main import dbtRunner

    arguments = [
        "--quiet", "ls", "--select", "state:modified", "--state", str(base),
        "--output", "json", "--output-keys", "unique_id",
        "--project-dir", str(project.project_dir), "--profiles-dir", str(project.profiles_dir),
        "--target-path", str(project.target_path), "--target", str(project.target),
    ]  # fmt: skip
    outcome = dbtRunner().invoke(arguments)
    if not outcome.success:
        raise PlanError(f"dbt can't compare the project with {base}: {outcome.exception}")
    lines = outcome.result if isinstance(outcome.result, list) else []
    return [json.loads(line)["unique_id"] for line in lines]


def _readers_of_declarations(manifest: Mapping[str, Any]) -> set[str]:
    """The models whose macros read what is declared, which dbt doesn't compare."""
    macros = manifest["macros"]
    reading = {name for name, macro in macros.items() if VARIABLE in macro["macro_sql"]}
    while True:
        more = {
            name
            for name, macro in macros.items()
            if name not in reading and reading & set(macro["depends_on"]["macros"])
        }
        if not more:
            break
        reading |= more
    return {
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and reading & set(node["depends_on"]["macros"])
    }


def _declared_changes(before: Declarations, after: Declarations) -> tuple[list[str], set[str]]:
    """What else differs, in words, and the assets that it is about."""
    said: list[str] = []
    keys: set[str] = set()
    for what, old, new in (
        ("entity", before.entities, after.entities),
        ("source", before.sources, after.sources),
    ):
        for name in sorted({*old, *new}):
            difference = _difference(old.get(name), new.get(name))
            if difference is None:
                continue
            said.append(f"{what} {name}: {difference}")
            if name not in new:
                continue
            if what == "entity":
                tables = after.entities[name].tables
                names = (tables.customer_id_map, tables.similar_pairs)
                keys |= {tables.read_as(table).replace(".", "/") for table in names}
            else:
                raw = [raw_asset_key(name, each.name) for each in after.sources[name].tables]
                keys |= {key.to_user_string() for key in raw}
    if before.published != after.published:
        old_names, new_names = ({each.name for each in of.published} for of in (before, after))
        parts = [
            f"{word} {', '.join(sorted(names))}"
            for word, names in (("adds", new_names - old_names), ("lacks", old_names - new_names))
            if names
        ]
        said.append(f"what is published: {'; '.join(parts) or 'other options'}")
        keys.add("published/masters")
    if before.retention != after.retention:
        said.append("retention: changed")
    return said, keys


def _difference(old: Any, new: Any) -> str | None:
    """Which keys of a declaration differ."""
    if old is None:
        return "new"
    if new is None:
        return "removed"
    stated = [each.model_dump(mode="json", exclude={"path"}) for each in (old, new)]
    changed = [
        key for key in sorted({*stated[0], *stated[1]}) if stated[0].get(key) != stated[1].get(key)
    ]
    return f"changed: {', '.join(changed)}" if changed else None


def _feeds_facts(manifest: Mapping[str, Any], changed: set[str]) -> bool:
    """Whether models that differ are facts by day, or such are made of them."""
    nodes, children = manifest["nodes"], manifest["child_map"]
    waiting, seen = list(changed), set(changed)
    while waiting:
        unique_id = waiting.pop()
        if _DAILY in nodes.get(unique_id, {}).get("tags", ()):
            return True
        for child in children.get(unique_id, ()):
            if child not in seen and child in nodes and nodes[child]["resource_type"] == "model":
                seen.add(child)
                waiting.append(child)
    return False


def _is_model(nodes: Mapping[str, Any], unique_id: str) -> bool:
    return nodes.get(unique_id, {}).get("resource_type") in _MODELS


def _key(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}/{node['name']}"
