"""Remembers the column lineage of dbt models for as long as the dbt project stays the same.

dagster-dbt derives it from the compiled SQL, which takes seconds of every run, although only a
change of the project changes it.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import dagster as dg

# Under this key Dagster looks for the lineage of an asset's columns.
COLUMN_LINEAGE = "dagster/column_lineage"

Lineages = dict[str, dg.TableColumnLineage]


def project_fingerprint(project: Path) -> str:
    """A hash of the names and contents of all files of a dbt project.

    Args:
        project: The folder of the dbt project.
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in project.rglob("*") if path.is_file()):
        digest.update(path.relative_to(project).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


class ColumnLineageCache:
    """The column lineage of a dbt project's assets, kept in a file per state of the project."""

    def __init__(self, folder: Path, project: Path) -> None:
        """Opens the cache.

        Args:
            folder: Where the files are kept; made when something is remembered.
            project: The folder of the dbt project.
        """
        self._path = folder / f"{project_fingerprint(project)}.json"
        self._lineages: Lineages = {}
        if self._path.exists():
            self._lineages = {
                asset: _from_json(columns)
                for asset, columns in json.loads(self._path.read_text()).items()
            }

    def get(self, key: dg.AssetKey) -> dg.TableColumnLineage | None:
        """The lineage of an asset's columns; None when it is not known for this state."""
        return self._lineages.get(key.to_user_string())

    def remember(self, lineages: Mapping[dg.AssetKey, dg.TableColumnLineage]) -> None:
        """Adds lineages, and forgets those of other states of the project."""
        self._lineages |= {key.to_user_string(): value for key, value in lineages.items()}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for other in self._path.parent.glob("*.json"):
            if other != self._path:
                other.unlink(missing_ok=True)
        content = {asset: _to_json(lineage) for asset, lineage in self._lineages.items()}
        self._path.write_text(json.dumps(content))


def _to_json(lineage: dg.TableColumnLineage) -> dict[str, list[list[str]]]:
    return {
        column: [[dep.asset_key.to_user_string(), dep.column_name] for dep in deps]
        for column, deps in lineage.deps_by_column.items()
    }


def _from_json(columns: Mapping[str, list[list[str]]]) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        deps_by_column={
            column: [
                dg.TableColumnDep(dg.AssetKey.from_user_string(asset), name) for asset, name in deps
            ]
            for column, deps in columns.items()
        }
    )
