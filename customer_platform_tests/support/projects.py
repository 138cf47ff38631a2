"""Projects to write into."""

import shutil
from pathlib import Path

import pytest

from customer_platform import environment
from customer_platform.project import DBT_PROJECT, REPOSITORY, Project


def checkout(root: Path = REPOSITORY) -> Project:
    """A checkout, or a folder with some of its files, as the project that it is."""
    return Project(root, root / "customer_platform" / "defs", root / "dbt")


def stand_in(patch: pytest.MonkeyPatch, project: Project) -> None:
    """Makes a project the one that commands find; its dbt has the settings of the checkout's."""
    if not (project.dbt / "dbt_project.yml").exists():
        shutil.copy(DBT_PROJECT / "dbt_project.yml", project.dbt)
    patch.setattr(environment, "find_project", lambda: project)
