"""YAML that can't be right: the message says where it is wrong and what to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import DagsterError
from pydantic import ValidationError

from customer_platform.components import FileSource, IdentityResolution
from customer_platform.environment import Environment
from customer_platform.project import REPOSITORY

RETAIL = REPOSITORY / "customer_platform" / "defs" / "retail"
CRM = RETAIL / "sources" / "crm" / "defs.yaml"
IDENTITY = RETAIL / "identity" / "defs.yaml"


def _attributes(path: Path) -> dict[str, Any]:
    attributes = yaml.safe_load(path.read_text())["attributes"]
    assert isinstance(attributes, dict)
    return attributes


def _refusal(component: type[FileSource] | type[IdentityResolution], text: str) -> str:
    with pytest.raises((DagsterError, ValidationError, ValueError)) as raised:
        component.resolve_from_yaml(text)
    return str(raised.value)


def test_the_declared_sources_and_rules_resolve() -> None:
    source = FileSource.resolve_from_yaml(yaml.safe_dump(_attributes(CRM)))
    assert source.tables[0].columns["birth_date"].type == "date"
    rules = IdentityResolution.resolve_from_yaml(yaml.safe_dump(_attributes(IDENTITY)))
    assert rules.match_rules[0].name == "loyalty_card"


def test_a_misspelt_key_of_a_source_is_named() -> None:
    attributes = _attributes(CRM)
    attributes["descripton"] = attributes.pop("description")
    message = _refusal(FileSource, yaml.safe_dump(attributes))
    assert "descripton" in message
    assert "Extra inputs are not permitted" in message


def test_a_misspelt_key_of_a_table_is_named_with_its_table() -> None:
    attributes = _attributes(CRM)
    attributes["tables"][0]["primry_key"] = attributes["tables"][0].pop("primary_key")
    message = _refusal(FileSource, yaml.safe_dump(attributes))
    assert ".0.primry_key" in message
    assert "Extra inputs are not permitted" in message


def test_a_primary_key_on_an_undeclared_column_lists_the_declared_ones() -> None:
    attributes = _attributes(CRM)
    attributes["tables"][0]["primary_key"] = ["customer_number"]
    message = _refusal(FileSource, yaml.safe_dump(attributes))
    assert "'customers': primary_key names 'customer_number'" in message
    assert "not among the declared columns: " in message
    assert "customer_id, email" in message


def test_a_match_rule_on_an_unknown_key_names_the_rule_and_the_nearest_key() -> None:
    attributes = _attributes(IDENTITY)
    attributes["match_rules"][1]["match"] = ["emial"]
    message = _refusal(IdentityResolution, yaml.safe_dump(attributes))
    assert "match rule 'email' uses the unknown match key 'emial'; did you mean 'email'?" in message


def test_a_bound_that_is_no_share_is_refused() -> None:
    attributes = _attributes(IDENTITY)
    attributes["bounds"]["over_shared_share"] = 5
    message = _refusal(IdentityResolution, yaml.safe_dump(attributes))
    assert "over_shared_share" in message
    assert "less than or equal to 1" in message


def test_a_health_bound_that_is_misspelt_is_refused() -> None:
    attributes = _attributes(IDENTITY) | {"health": {"given_names": {"mots": 4}}}
    message = _refusal(IdentityResolution, yaml.safe_dump(attributes))
    assert "given_names" in message
    assert "mots" in message


@pytest.fixture
def copy(tmp_path: Path, prepared: Environment) -> Path:
    """A copy of the project, in which the CRM's YAML misspells a key."""
    for folder in ("customer_platform", "dbt"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    path = tmp_path / CRM.relative_to(REPOSITORY)
    path.write_text(path.read_text().replace("  owner:", "  ownre:"))
    return tmp_path


def _run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name(command[0])), *command[1:]],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )


def test_dg_check_yaml_names_file_line_and_key(copy: Path) -> None:
    # Without a folder it checks one YAML per component type, the last.
    result = _run(copy, "dg", "check", "yaml", str(CRM.parent.relative_to(REPOSITORY)))
    assert result.returncode == 1
    assert "crm/defs.yaml:4 - " in result.stdout
    assert "'ownre' was unexpected" in result.stdout


def test_loading_the_definitions_names_file_line_and_key(copy: Path) -> None:
    result = _run(copy, "python", "-c", "import customer_platform.definitions")
    assert result.returncode == 1
    assert "unknown key 'ownre'; did you mean 'owner'?" in result.stderr
    assert "crm/defs.yaml:4" in result.stderr
