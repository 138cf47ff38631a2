"""What `dg scaffold defs` writes is valid, of every component that there is."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster.components.scaffold.scaffold import NoParams, get_scaffolder

from customer_platform import components
from customer_platform.components.scaffolding import example_identity, example_source
from customer_platform_tests.docs.guide import cloned_project, reader_variables


def _scaffold(component: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    scaffolder = get_scaffolder(getattr(components, component))
    assert isinstance(scaffolder, dg.Scaffolder)
    scaffolder.scaffold(
        dg.ScaffoldRequest(
            type_name=f"customer_platform.components.{component}",
            target_path=folder,
            scaffold_format="yaml",
            project_root=folder.parent,
            params=NoParams(),
        )
    )


@pytest.mark.parametrize("component", components.__all__)
def test_what_is_scaffolded_can_be_loaded(component: str, tmp_path: Path) -> None:
    folder = tmp_path / "2nd Shop"
    _scaffold(component, folder)
    written = yaml.safe_load((folder / "defs.yaml").read_text())
    assert written["type"] == f"customer_platform.components.{component}"
    getattr(components, component).resolve_from_yaml(yaml.safe_dump(written["attributes"]))


def test_what_is_scaffolded_passes_the_check_of_yaml(tmp_path: Path) -> None:
    project = cloned_project(tmp_path)
    below = Path("customer_platform") / "defs" / "scaffolded"
    for component in components.__all__:
        _scaffold(component, project / below / component.lower())
    program = str(Path(sys.executable).with_name("dg"))
    result = subprocess.run(
        [program, "check", "yaml", str(below)],
        cwd=project, env=reader_variables(project), capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_source_is_named_after_its_folder() -> None:
    assert example_source("erp")["source"] == "erp"
    assert example_source("My-ERP")["source"] == "my_erp"
    assert example_source("2nd Shop")["source"] == "source_2nd_shop"


@pytest.mark.parametrize(
    ("folder", "entity"), [("household", "household"), ("identity", "customer")]
)
def test_an_entity_is_named_after_its_folder(folder: str, entity: str) -> None:
    assert example_identity(folder)["entity"] == entity
