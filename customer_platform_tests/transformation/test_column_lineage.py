from pathlib import Path

import dagster as dg
import pytest

from customer_platform.transformation.column_lineage import (
    ColumnLineageCache,
    project_fingerprint,
)

KEY = dg.AssetKey(["master", "customers"])
OTHER = dg.AssetKey(["master", "events"])
LINEAGE = dg.TableColumnLineage(
    deps_by_column={
        "email": [dg.TableColumnDep(dg.AssetKey(["identity", "source_lookup"]), "email")],
        "record_count": [],
    }
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "customers.sql").write_text("select 1")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_nothing_is_known_at_first_and_nothing_is_written(folder: Path, project: Path) -> None:
    assert ColumnLineageCache(folder, project).get(KEY) is None
    assert not folder.exists()


def test_what_is_remembered_is_known_to_the_next_run(folder: Path, project: Path) -> None:
    ColumnLineageCache(folder, project).remember({KEY: LINEAGE})
    ColumnLineageCache(folder, project).remember({OTHER: LINEAGE})
    cache = ColumnLineageCache(folder, project)
    assert cache.get(KEY) == cache.get(OTHER) == LINEAGE


def test_a_change_of_the_project_forgets_what_was_known(folder: Path, project: Path) -> None:
    ColumnLineageCache(folder, project).remember({KEY: LINEAGE})
    (project / "customers.sql").write_text("select 2")
    changed = ColumnLineageCache(folder, project)
    assert changed.get(KEY) is None
    changed.remember({OTHER: LINEAGE})
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("change", ["content", "name", "new file"])
def test_every_change_of_a_file_changes_the_fingerprint(project: Path, change: str) -> None:
    before = project_fingerprint(project)
    model = project / "customers.sql"
    if change == "content":
        model.write_text("select 10")
    elif change == "name":
        model.rename(project / "people.sql")
    else:
        (project / "empty.sql").touch()
    assert project_fingerprint(project) != before


def test_the_fingerprint_does_not_depend_on_where_the_project_is(
    project: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    before = project_fingerprint(project)
    project.rename(moved)
    assert project_fingerprint(moved) == before
