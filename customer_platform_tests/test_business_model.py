"""A business model that lacks a piece is told which, where it goes and what to write there."""

import shutil
from pathlib import Path

import pytest

from customer_platform.business_model import check_business_model, missing_pieces
from customer_platform.deployed_identity import DeclaredIdentity, declared_identities
from customer_platform.environment import REPOSITORY, business_models, load_environment
from customer_platform.errors import IncompleteModelError
from customer_platform.identity import ResolutionRules
from customer_platform_tests.docs.guide import sections
from customer_platform_tests.support.projects import checkout

CLINIC = sections((REPOSITORY / "docs" / "own-model.md").read_text())[
    "A business model from nothing"
]
FILES = {block.path: block.text for block in CLINIC if block.path}
PATIENT = "customer_platform/defs/clinic/identity/defs.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The clinic of the guide, as `add-source` leaves it."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "dbt/dbt_project.yml").write_text(
        "vars: {patient_attributes: [{name: last_name}], patient_sources: [stg_his__patients]}\n"
    )
    (tmp_path / "dbt/seeds/clinic/source_precedence.csv").write_text(
        "source,attribute,precedence\n"
    )
    return tmp_path


def _identities(project: Path, entity: str = "patient") -> dict[str, DeclaredIdentity]:
    rules = ResolutionRules.model_validate(
        {
            "record_id": "source_record_id",
            "source": "source",
            "match_keys": {"phone": {"column": "phone_key"}},
            "match_rules": [{"name": "phone", "match": ["phone"]}],
        }
    )
    records, overrides = f"identity.{entity}_source_lookup", f"identity.{entity}_link_overrides"
    return {entity: DeclaredIdentity(entity, project / PATIENT, records, overrides, rules)}


def _missing(project: Path) -> list[str]:
    return list(missing_pieces(checkout(project), "clinic", _identities(project)))


def test_a_whole_model_lacks_nothing(project: Path) -> None:
    assert _missing(project) == []
    check_business_model(checkout(project), "clinic", _identities(project))


@pytest.mark.parametrize("model", business_models())
def test_the_business_models_of_the_project_are_whole(model: str) -> None:
    environment = load_environment({"CUSTOMER_PLATFORM_BUSINESS_MODEL": model})
    check_business_model(checkout(), model, declared_identities(environment))


@pytest.mark.parametrize(
    ("path", "what"),
    [("dbt/models/clinic/identity/patient_source_lookup.sql", "{{ source_lookup('patient') }}"),
     ("dbt/match_keys/clinic/patient_match_keys.sql", "add the macro patient_match_keys()"),
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


@pytest.mark.parametrize("key", ["patient_attributes", "patient_sources"])
def test_a_missing_var_is_named(project: Path, key: str) -> None:
    dbt_project = project / "dbt/dbt_project.yml"
    dbt_project.write_text(dbt_project.read_text().replace(key, "another"))
    [missing] = _missing(project)
    assert missing.startswith(f"dbt/dbt_project.yml: add vars.{key}, ")


def test_a_lookup_over_other_maps_needs_no_sources(project: Path) -> None:
    lookup = project / "dbt/models/clinic/identity/patient_source_lookup.sql"
    lookup.write_text("select * from {{ source_lookup_of('customer') }}\n")
    (project / "dbt/dbt_project.yml").write_text(
        "vars: {patient_attributes: [{name: last_name}]}\n"
    )
    shutil.rmtree(project / "dbt/match_keys")
    assert _missing(project) == []


def test_rules_that_dagster_would_not_read_are_told(project: Path) -> None:
    inner = project / "customer_platform/defs/clinic/identity/doctor/defs.yaml"
    inner.parent.mkdir()
    inner.write_text(FILES[PATIENT])
    [missing] = _missing(project)
    assert "clinic/identity/doctor/defs.yaml: is not read" in missing


def test_everything_missing_is_told_at_once(project: Path) -> None:
    with pytest.raises(IncompleteModelError, match="clinic is incomplete") as told:
        check_business_model(checkout(project), "clinic", _identities(project, "nurse"))
    assert str(told.value).count("nurse") >= 6
