"""The guides to an entity and a business model of one's own work as they are written."""

from pathlib import Path

import pytest

from customer_platform.project import REPOSITORY
from customer_platform_tests.docs.guide import (
    cloned_project,
    follow,
    reader_variables,
    sections,
)

GUIDE = {
    heading: blocks
    for page in ("own-model.md", "own-business-model.md")
    for heading, blocks in sections((REPOSITORY / "docs" / page).read_text()).items()
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, as somebody has it who has just installed it."""
    return cloned_project(tmp_path_factory.mktemp("own_model"))


@pytest.mark.slow
@pytest.mark.parametrize("section", GUIDE)
def test_what_the_guide_says_works(project: Path, section: str) -> None:
    follow(GUIDE[section], project, reader_variables(project))
