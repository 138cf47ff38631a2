"""The guide to an entity and a business model of one's own works as it is written."""

from pathlib import Path

import pytest

from customer_platform.environment import REPOSITORY
from customer_platform_tests.docs.guide import (
    cloned_project,
    follow,
    reader_variables,
    sections,
)

GUIDE = sections((REPOSITORY / "docs" / "own-model.md").read_text())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, as somebody has it who has just installed it."""
    return cloned_project(tmp_path_factory.mktemp("own_model"))


@pytest.mark.slow
@pytest.mark.parametrize("section", GUIDE)
def test_what_the_guide_says_works(project: Path, section: str) -> None:
    follow(GUIDE[section], project, reader_variables(project))
