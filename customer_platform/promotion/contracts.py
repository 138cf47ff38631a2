"""What a change breaks for those who read: columns and relations that go, types that narrow."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customer_platform.declarations import Declarations

# Types whose values another takes as they are.
_WIDER: Mapping[str, tuple[str, ...]] = {
    "TINYINT": ("SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "VARCHAR"),
    "SMALLINT": ("INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "VARCHAR"),
    "INTEGER": ("BIGINT", "HUGEINT", "DOUBLE", "VARCHAR"),
    "BIGINT": ("HUGEINT",),
    "FLOAT": ("DOUBLE",),
    "DATE": ("TIMESTAMP",),
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_BUILT_BY_DBT = ("staging", "master")
_PUBLISHED = "analysts, as it is published"


@dataclass(frozen=True)
class Broken:
    """Something that readers rely on and that is gone.

    Attributes:
        what: What, such as `master.customers.phone is removed`.
        readers: Who reads it.
    """

    what: str
    readers: tuple[str, ...]


@dataclass(frozen=True)
class ReadColumns:
    """What others rely on: models with a contract or an exposure, and what is published.

    Attributes:
        columns: By relation, `schema.table`, its columns with their types; those of others, too.
        readers: By relation, who reads it.
    """

    columns: Mapping[str, Mapping[str, str]]
    readers: Mapping[str, tuple[str, ...]]


def read_columns(
    manifest: Mapping[str, Any],
    declarations: Declarations,
    columns: Mapping[str, Mapping[str, str]],
) -> ReadColumns:
    """What readers rely on in a version.

    Args:
        manifest: dbt's manifest of it.
        declarations: What it declares.
        columns: By relation of its warehouse, the columns with their types.
    """
    readers: dict[str, list[str]] = {}
    nodes = {**manifest["nodes"], **manifest.get("exposures", {})}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "model":
            continue
        children = [
            nodes[each] for each in manifest["child_map"].get(unique_id, ()) if each in nodes
        ]
        exposed = any(each["resource_type"] == "exposure" for each in children)
        if exposed or node["config"].get("contract", {}).get("enforced"):
            readers[f"{node['schema']}.{node['name']}"] = sorted(
                {
                    each["name"]
                    for each in children
                    if each["resource_type"] in ("model", "exposure")
                }
            )
    for each in declarations.published:
        for relation in {each.table, f"master.{each.name}"}:
            readers.setdefault(relation, []).append(_PUBLISHED)
    # What dbt builds no longer stays in the warehouse, and gets no rows.
    built = {
        f"{node['schema']}.{node.get('alias') or node['name']}"
        for node in manifest["nodes"].values()
    }
    return ReadColumns(
        {
            name: each
            for name, each in columns.items()
            if name in built or name.partition(".")[0] not in _BUILT_BY_DBT
        },
        {name: tuple(dict.fromkeys(each)) for name, each in readers.items()},
    )


def broken_contracts(before: ReadColumns, after: ReadColumns) -> tuple[Broken, ...]:
    """What of a version's contracts a change doesn't keep, in order of the relations."""
    found: list[Broken] = []
    for relation, readers in sorted(before.readers.items()):
        columns = before.columns.get(relation, {})
        if relation not in after.columns:
            found += [Broken(f"{relation} is removed", readers)] if columns else []
            continue
        now = after.columns[relation]
        for column, kind in columns.items():
            if column not in now:
                found.append(Broken(f"{relation}.{column} is removed", readers))
            elif narrows(kind, now[column]):
                what = f"{relation}.{column} narrows from {kind} to {now[column]}"
                found.append(Broken(what, readers))
        lost = _PUBLISHED in readers and _PUBLISHED not in after.readers.get(relation, ())
        if lost:
            found.append(Broken(f"{relation} is no longer published", (_PUBLISHED,)))
    return tuple(found)


def narrows(before: str, after: str) -> bool:
    """Whether values of one type, or what readers do with them, may not fit another.

    Args:
        before: DuckDB's name of the type.
        after: That of the other.
    """
    if before == after or after in _WIDER.get(before, ()):
        return False
    old, new = _DECIMAL.fullmatch(before), _DECIMAL.fullmatch(after)
    if old and new:
        (width, scale), (new_width, new_scale) = (map(int, each.groups()) for each in (old, new))
        return new_scale < scale or new_width - new_scale < width - scale
    return True
