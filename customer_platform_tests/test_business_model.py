"""A business model that lacks a piece is told which, where it goes and what to write there."""

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest

from customer_platform.business_model import check_business_model, missing_pieces
from customer_platform.declarations import read_declarations
from customer_platform.environment import Environment, load_environment
from customer_platform.errors import IncompleteModelError
from customer_platform.project import REPOSITORY, business_models
from customer_platform_tests.docs.guide import sections
from customer_platform_tests.support.projects import checkout

CLINIC = sections((REPOSITORY / "docs" / "own-business-model.md").read_text())["A group of clinics"]
FILES = {block.path: block.text for block in CLINIC if block.path}
PATIENT = "customer_platform/defs/clinic/identity/defs.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The clinic of the guide, as `add-source` leaves it."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "dbt/dbt_project.yml").write_text("vars: {}\n")
    (tmp_path / "dbt/seeds/clinic/source_precedence.csv").write_text(
        "source,attribute,precedence\n"
    )
    return tmp_path


def _missing(project: Path) -> list[str]:
    made = checkout(project)
    return list(missing_pieces(made, "clinic", read_declarations(made, "clinic")))


def _environment(project: Path) -> Environment:
    return replace(load_environment(), project=checkout(project), business_model="clinic")


def test_a_whole_model_lacks_nothing(project: Path) -> None:
    assert _missing(project) == []
    check_business_model(_environment(project))


@pytest.mark.parametrize("model", business_models())
def test_the_business_models_of_the_project_are_whole(model: str) -> None:
    check_business_model(load_environment({"CUSTOMER_PLATFORM_BUSINESS_MODEL": model}))


@pytest.mark.parametrize(
    ("path", "what"),
    [("dbt/models/clinic/identity/patient_source_lookup.sql", "{{ source_lookup('patient') }}"),
     ("dbt/seeds/clinic/patient_link_overrides.csv", "defs/clinic/identity/defs.yaml names as"),
     ("dbt/seeds/clinic/ignored_values.csv", "its first line is match_key,value,reason"),
     ("dbt/seeds/clinic/source_precedence.csv", "its first line is source,attribute,precedence"),
     ("dbt/seeds/clinic/link_confidence.csv", "its first line is rule,confidence"),
     ("dbt/models/clinic/identity/identity.yml", "add the table patient_id_map to a source"),
     ("dbt/models/clinic/master/transactions.sql", "add the daily facts"),
     ("customer_platform/defs/clinic/published/defs.yaml", "components.PublishedMasters")],
)  # fmt: skip
def test_a_missing_file_is_named_with_what_to_write(project: Path, path: str, what: str) -> None:
    (project / path).unlink()
    [missing] = _missing(project)
    assert missing.startswith(f"{path}: add ")
    assert what in missing


def test_an_entity_without_attributes_is_named(project: Path) -> None:
    path = project / PATIENT
    lines = path.read_text().splitlines(keepends=True)
    first = lines.index("  attributes:\n")
    path.write_text("".join([*lines[:first], "  attributes: {}\n", *_after(lines[first + 1 :])]))
    # Nor has it match keys, then, which would be made of them.
    assert _missing(project)[0].startswith(f"{PATIENT}: add `attributes`, a line for every")


def _after(lines: list[str]) -> list[str]:
    """The lines of a YAML behind a block, and of match keys only SQL."""
    kept = itertools.dropwhile(lambda line: line.startswith("    "), lines)
    return [re.sub(r"\{normalise: .*\}", "phone", line) for line in kept]


def test_a_business_model_without_entities_is_told_to_declare_one(project: Path) -> None:
    (project / PATIENT).unlink()
    assert _missing(project)[0].startswith(f"{PATIENT}: add a customer_platform.components.Ident")


def test_rules_that_dagster_would_not_read_are_told(project: Path) -> None:
    inner = project / "customer_platform/defs/clinic/identity/doctor/defs.yaml"
    inner.parent.mkdir()
    inner.write_text(FILES[PATIENT].replace("patient", "doctor"))
    assert "clinic/identity/doctor/defs.yaml: is not read" in _missing(project)[-1]


def test_everything_missing_is_told_at_once(project: Path) -> None:
    path = project / PATIENT
    path.write_text(path.read_text().replace("patient", "nurse"))
    with pytest.raises(IncompleteModelError, match="clinic is incomplete") as told:
        check_business_model(_environment(project))
    assert str(told.value).count("nurse") >= 3


def test_a_project_of_an_earlier_version_is_told_what_goes_where(project: Path) -> None:
    (project / "dbt/dbt_project.yml").write_text(
        "vars: {patient_attributes: [{name: last_name}], patient_sources: [stg_his__patients], "
        "clinic_event_sources: [stg_web__events]}\n"
    )
    (project / "dbt/match_keys/clinic").mkdir(parents=True)
    with pytest.raises(IncompleteModelError) as told:
        check_business_model(_environment(project))
    said = str(told.value)
    assert f"move vars.patient_attributes to `attributes` in {PATIENT}, as last_name: " in said
    assert f"move vars.patient_sources to `sources` in {PATIENT}" in said
    facts = "customer_platform/defs/clinic/facts/defs.yaml"
    assert f"move vars.clinic_event_sources to `sources` in {facts}, a " in said
    assert "components.Facts, as events: [...]" in said
    assert "dbt/match_keys/clinic: move what its macros return to `match_keys`" in said
