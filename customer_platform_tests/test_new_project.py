"""`customer-platform init` writes a company's choices, and nothing that the software brings."""

import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from customer_platform.cli import main
from customer_platform.new_project import create_project
from customer_platform.project import DBT_PROJECT, business_models

MODELS = business_models()


def _dbt_project(folder: Path) -> dict[str, object]:
    settings = yaml.safe_load((folder / "dbt" / "dbt_project.yml").read_text())
    assert isinstance(settings, dict)
    return settings


@pytest.mark.parametrize("model", MODELS)
def test_it_holds_the_choices_of_one_business_model_and_nothing_else(
    tmp_path: Path, model: str
) -> None:
    files = create_project(tmp_path / "shop", model)
    assert {str(Path(*path.parts[:2])) for path in files} == {
        ".gitignore", "README.md", "dbt/dbt_project.yml", "dbt/models",
        "dbt/seeds", "dbt/tests", "defs/__init__.py", f"defs/{model}", "pyproject.toml",
        "workspace.yaml",
    }  # fmt: skip
    in_dbt = [path.parts[2] for path in files if path.is_relative_to("dbt") and len(path.parts) > 2]
    assert set(in_dbt) == {model}
    text = "".join((tmp_path / "shop" / path).read_text() for path in files)
    assert "#%" not in text
    assert "<< " not in text
    assert not [path for path in files if "__pycache__" in path.parts]


@pytest.mark.parametrize("model", MODELS)
def test_its_settings_are_those_of_the_repository_without_other_models_variables(
    tmp_path: Path, model: str
) -> None:
    create_project(tmp_path / "shop", model)
    made = _dbt_project(tmp_path / "shop")
    whole = _dbt_project(DBT_PROJECT.parent)
    variables, all_variables = made.pop("vars"), whole.pop("vars")
    assert isinstance(variables, dict)
    assert isinstance(all_variables, dict)
    assert variables.items() <= all_variables.items()
    left_out = all_variables.keys() - variables.keys()
    of_one = {"retail": "reporting_currency", "marketplace": "take_rates"}
    own = {of_one.pop(model)} if model in of_one else set()
    assert own <= variables.keys()
    assert set(of_one.values()) <= left_out
    assert str(made).replace(f"'{model}'", "'retail'") == str(whole)


def test_every_variable_is_that_of_some_business_model(tmp_path: Path) -> None:
    found: set[str] = set()
    for model in MODELS:
        create_project(tmp_path / model, model)
        variables = _dbt_project(tmp_path / model)["vars"]
        assert isinstance(variables, dict)
        found |= variables.keys()
    all_variables = _dbt_project(DBT_PROJECT.parent)["vars"]
    assert isinstance(all_variables, dict)
    assert found == all_variables.keys()


def test_it_is_called_after_its_folder(tmp_path: Path) -> None:
    create_project(tmp_path / "Anna's Shop", "retail")
    settings = tomllib.loads((tmp_path / "Anna's Shop" / "pyproject.toml").read_text())
    assert settings["project"]["name"] == "anna-s-shop"
    assert settings["project"]["dependencies"] == ["customer-platform>=0.1.0"]
    assert settings["tool"]["dg"]["project"]["code_location_name"] == "anna-s-shop"
    workspace = yaml.safe_load((tmp_path / "Anna's Shop" / "workspace.yaml").read_text())
    [location] = workspace["load_from"]
    assert location["python_module"]["location_name"] == "anna-s-shop"


def test_an_empty_folder_is_filled_and_one_with_files_left_alone(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["init", str(tmp_path), "--model", "b2b"])
    assert result.exit_code == 0, result.output
    assert f"files of the business model b2b to {tmp_path}:" in result.output
    assert "  dbt/models  (" in result.output
    assert f"Next: `cd {tmp_path}`" in result.output
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    result = CliRunner().invoke(main, ["init", str(tmp_path)])
    assert result.exit_code == 1
    assert f"Error: {tmp_path} is there already, and isn't empty" in result.output
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shop"
    path.write_text("mine")
    result = CliRunner().invoke(main, ["init", str(path)])
    assert result.exit_code == 1
    assert path.read_text() == "mine"


def test_git_ignores_what_runs_write(tmp_path: Path) -> None:
    create_project(tmp_path, "retail")
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    written = (".customer_platform/retail/warehouse.duckdb", "dbt/engine", ".venv/bin/dg")
    for name in written:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    left = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert left.stdout == ""
