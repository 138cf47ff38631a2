"""The guide from a change to production is taken word by word, on a production with data."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from customer_platform.new_project import create_project
from customer_platform.project import REPOSITORY
from customer_platform.versions import Versions
from customer_platform_tests.docs.guide import follow, reader_variables, sections
from customer_platform_tests.support.demos import BuiltDemo

GUIDE = sections((REPOSITORY / "docs/promote.md").read_text())


@pytest.mark.slow
def test_a_change_goes_to_production_and_back_as_the_guide_says(
    retail: BuiltDemo, tmp_path: Path
) -> None:
    project, home = tmp_path / "shop", tmp_path / "production"
    create_project(project, "retail")
    shutil.copytree(retail.home / "landing", home / "landing")
    variables = {
        **reader_variables(project),
        "CUSTOMER_PLATFORM_PRODUCTION_HOME": str(home),
        "CUSTOMER_PLATFORM_START_DATE": "2024-01-01",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }

    def take(section: str) -> str:
        return follow(GUIDE[section], project, variables)

    take("Environments")
    assert f"Version 1 is in force in production ({home})" in take("The first version")
    assert "entity customer: changed: match_rules" in take("Plan")
    assert "name_and_address" not in (project / "defs/retail/identity/defs.yaml").read_text()
    assert "It can be applied" in (project / "plan.md").read_text()
    said = take("Approve and apply")
    assert "approved by anna@example.com" in said
    assert Versions(home).current == 2
    assert "Version 1 is in force in production again" in take("Roll back")
    assert Versions(home).current == 1
