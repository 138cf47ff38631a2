"""Rules are read alone or as part of the YAML of an entity."""

from pathlib import Path

import pytest

from customer_platform.declarations import read_rules
from customer_platform.deployed_identity import declared_entity
from customer_platform.environment import load_environment
from customer_platform.errors import RulesError
from customer_platform.identity import ResolutionRules

RULES = """\
record_id: id
match_keys:
  email: {column: email}
match_rules: # by priority
  - {name: email, match: [email]}
"""

COMPONENT = """\
type: customer_platform.components.IdentityResolution
attributes:
  entity: customer
  record_id: id
  source: null
  updated_at: null
  bounds: # of the map
    largest_customer: 50
  match_keys:
    email: {column: email}
  owner: team:customer-data
  match_rules: # by priority
    - {name: email, match: [email]}
requirements:
  env: []
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "new.yaml"
    path.write_text(text)
    return path


def test_a_component_and_a_rules_file_say_the_same(tmp_path: Path) -> None:
    rules = read_rules(_write(tmp_path, RULES))
    assert read_rules(_write(tmp_path, COMPONENT)) == rules
    assert read_rules(COMPONENT) == read_rules(RULES) == rules
    assert type(read_rules(COMPONENT)) is ResolutionRules


def test_attributes_may_be_written_in_braces(tmp_path: Path) -> None:
    text = (
        "type: IdentityResolution\n"
        "attributes: {source: null, updated_at: null, record_id: id,\n"
        "  match_keys: {email: {column: email}},\n"
        "  match_rules: [{name: email, match: [email]}], owner: team:x}\n"
    )
    assert read_rules(_write(tmp_path, text)) == read_rules(RULES)


def test_a_fault_in_a_component_is_named_where_it_is_in_the_file(tmp_path: Path) -> None:
    path = _write(tmp_path, COMPONENT.replace("match: [email]", "match: [emial]"))
    with pytest.raises(RulesError) as caught:
        read_rules(path)
    assert str(caught.value).startswith(f"{path}:13:29: match rule 'email' uses the unknown")


def test_a_misspelt_attribute_is_not_taken_for_one_of_the_component(tmp_path: Path) -> None:
    path = _write(tmp_path, COMPONENT.replace("record_id:", "limitz: {}\n  record_id:"))
    with pytest.raises(RulesError, match=r":4:3: unknown key 'limitz'; did you mean 'limits'"):
        read_rules(path)


def test_a_fault_in_text_is_named_by_line() -> None:
    with pytest.raises(RulesError, match=r"^rules:5:27: match rule 'email' uses"):
        read_rules(RULES.replace("match: [email]", "match: [phone]"))


def test_another_component_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, COMPONENT.replace("IdentityResolution", "FileSource"))
    with pytest.raises(RulesError, match=r":1:7: the component .*FileSource has no match rules"):
        read_rules(path)


def test_a_file_that_is_not_there_or_no_yaml_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"none\.yaml: can't be read"):
        read_rules(tmp_path / "none.yaml")
    with pytest.raises(RulesError, match=r"new\.yaml:2:1: this is no YAML"):
        read_rules(_write(tmp_path, "type: [\n"))
    with pytest.raises(RulesError, match=r"^rules:2:1: this is no YAML"):
        read_rules("type: [\n")


def test_the_rules_of_the_deployment_can_be_read_as_they_are() -> None:
    declared = declared_entity(load_environment())
    assert read_rules(declared.path) == declared.rules
