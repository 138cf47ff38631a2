"""Tests of match rules on made-up records: they pass, fail with the reason, and are read."""

from pathlib import Path

import pytest

from customer_platform.declarations import Entity, default_country, read_declarations
from customer_platform.declarations.rule_tests import files_of_tests, read_rule_tests
from customer_platform.environment import load_environment
from customer_platform.errors import RuleTestsError
from customer_platform.project import DEFS, REPOSITORY, find_project
from customer_platform.stewardship.rule_tests import (
    RuleTester,
    ignored_values,
)

FILES = [
    path for model in ("retail", "marketplace", "b2b") for path in files_of_tests(DEFS / model)
]
IDS = [path.stem for path in FILES]

TWINS = """\
entity: customer
tests:
  - name: twins stay two customers
    reason: They share what the rule compares.
    records:
      crm:1: {first_name: Anna, last_name: Jansen, birth_date: 1988-04-02, postcode: 1234AB}
      crm:2: {first_name: Marieke, last_name: Jansen, birth_date: 1988-04-02, postcode: 1234AB}
    different: [crm:1, crm:2]
"""


def _entity(path: Path, entity: str) -> Entity:
    return read_declarations(find_project(REPOSITORY), path.parent.parent.name).entities[entity]


def _failed(path: Path, **changes: object) -> list[str]:
    """The names of the tests in a file that fail when the declared rules are changed so."""
    environment = load_environment({"CUSTOMER_PLATFORM_BUSINESS_MODEL": path.parent.parent.name})
    file = read_rule_tests(path)
    declared = _entity(path, file.entity)
    stated = {name: getattr(declared, name) for name in declared.model_fields_set}
    changed = Entity(**stated | changes)
    tester = RuleTester(changed, ignored_values(environment), default_country(environment.project))
    return [test.name for test in file.tests if tester.failures(test)]


# `make check` runs them, too.
@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_the_rules_of_every_bundled_model_do_what_their_tests_say(path: Path) -> None:
    assert _failed(path) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_without_any_one_rule_or_limit_some_test_fails(path: Path) -> None:
    declared = _entity(path, read_rule_tests(path).entity)
    exact = [rule for rule in declared.match_rules if rule.similar is None]
    untested = [
        rule.name
        for rule in exact
        if not _failed(path, match_rules=[other for other in exact if other is not rule])
    ]
    for key in declared.limits:
        limits = {name: most for name, most in declared.limits.items() if name != key}
        if not _failed(path, limits=limits):
            untested.append(f"limit {key}")
    assert untested == []


def test_a_failure_is_explained_by_rule_and_values(tmp_path: Path) -> None:
    (tmp_path / "twins.yaml").write_text(TWINS)
    declared = _entity(DEFS / "retail" / "tests" / "customer.yaml", "customer")
    without_limits = Entity(
        **{name: getattr(declared, name) for name in declared.model_fields_set if name != "limits"}
    )
    [test] = read_rule_tests(tmp_path / "twins.yaml").tests
    [failure] = RuleTester(without_limits, {}, "NL").failures(test)
    assert (failure.one, failure.other, failure.must_be_one) == ("crm:1", "crm:2", False)
    assert "name_birth_date_postcode" in failure.explanation
    assert "postcode = 1234AB" in failure.explanation
    assert RuleTester(declared, {}, "NL").failures(test) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("entity: customer", "", r"twins.yaml:2:1: the key 'entity' is missing"),
        ("reason:", "because:", r"twins.yaml:4:5: unknown key 'because'"),
        ("different: [crm:1, crm:2]", "", r"twins.yaml:3:5: a test needs same, different or both"),
        ("[crm:1, crm:2]", "[crm:1]", r"twins.yaml:3:5: different has one record only"),
        ("[crm:1, crm:2]", "[crm:1, crm:3]", r"different names the unknown record 'crm:3'"),
        ("crm:2: {first", "crm: {first", r"twins.yaml:3:5: different names the unknown"),
        ("      crm:1:", "      crm:2:", r"twins.yaml:7:7: the key 'crm:2' is there already"),
        ("tests:", "tests: [", r"twins.yaml:\d+:\d+: this is no YAML"),
        (TWINS, "", r"twins.yaml: it has 0 YAML documents"),
        (TWINS, "- 1", r"twins.yaml:1:1: a list is no file of rule tests"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in TWINS
    (tmp_path / "twins.yaml").write_text(TWINS.replace(old, new, 1))
    with pytest.raises(RuleTestsError, match=message):
        read_rule_tests(tmp_path / "twins.yaml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "postcode: 1234AB",
            "postcode: 1234",
            r"twins.yaml:3:5: crm:1: postcode is text, and 1234",
        ),
        ("birth_date: 1988-04-02", "birth_date: spring", r"twins.yaml:3:5: crm:1: .*spring"),
        ("postcode:", "postal_code:", r"crm:1: unknown attribute 'postal_code'.*postcode"),
        ("postcode: 1234AB", "postcode: [1234AB]", r"crm:1: postcode is text"),
    ],
)
def test_a_value_that_no_record_can_have_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    (tmp_path / "twins.yaml").write_text(TWINS.replace(old, new, 1))
    declared = _entity(DEFS / "retail" / "tests" / "customer.yaml", "customer")
    [test] = read_rule_tests(tmp_path / "twins.yaml").tests
    with pytest.raises(RuleTestsError, match=message):
        RuleTester(declared, {}, "NL").failures(test)
