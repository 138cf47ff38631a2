"""The guide to an entity and a business model of one's own works as it is written."""

import shutil
import sys
from pathlib import Path

import pytest

from customer_platform.environment import REPOSITORY
from customer_platform_tests.docs.guide import follow, reader_variables, sections

GUIDE = sections((REPOSITORY / "docs" / "own-model.md").read_text())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, as somebody has it who has just installed it."""
    root = tmp_path_factory.mktemp("own_model") / "project"
    shutil.copytree(REPOSITORY / "dbt", root / "dbt")
    # The kernels beside which numba keeps what it has compiled, for seconds, are not copied.
    engine = REPOSITORY / "customer_platform" / "identity"
    shutil.copytree(
        REPOSITORY / "customer_platform",
        root / "customer_platform",
        ignore=lambda folder, names: ["identity"] if Path(folder) == engine.parent else [],
    )
    (root / "customer_platform" / "identity").symlink_to(engine)
    for file in ("pyproject.toml", "dagster.yaml", "workspace.yaml"):
        shutil.copy(REPOSITORY / file, root)
    (root / ".venv").symlink_to(sys.prefix)
    return root


@pytest.mark.parametrize("section", GUIDE)
def test_what_the_guide_says_works(project: Path, section: str) -> None:
    follow(GUIDE[section], project, reader_variables(project))
