"""What a business model declares is read once, and what is wrong with it named with its place."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from customer_platform.declarations import (
    Declarations,
    Entity,
    for_dbt,
    read_declarations,
)
from customer_platform.errors import DeclarationError
from customer_platform.ingestion import SourceSpec
from customer_platform.ingestion.database import DatabaseSourceSpec
from customer_platform_tests.support.projects import checkout

CRM = """\
type: customer_platform.components.FileSource
attributes:
  source: crm
  owner: team:crm
  tables:
    - name: people
      path: crm/people_{partition}.csv
      format: csv
      load_mode: delta
      columns:
        id: bigint
"""
ERP = """\
type: customer_platform.components.DatabaseSource
attributes:
  source: erp
  owner: team:erp
  connection: ERP_DATABASE_URL
  tables:
    - name: debtors
      table: "{{ env.ERP_SCHEMA }}.debtors"
      load_mode: snapshot
      columns: {id: bigint}
"""
PATIENT = """\
type: customer_platform.components.IdentityResolution
attributes:
  entity: patient
  owner: team:records
  sources: [stg_his__patients]
  attributes:
    last_name: {survivorship: most_frequent, personal: name}
    born: {survivorship: precedence, type: date, personal: date}
    phone: {survivorship: most_recent, personal: phone}
    city: {survivorship: most_recent, group: address, personal: address}
    country: {survivorship: most_recent, group: address, personal: false}
  match_keys:
    last_name: {normalise: name}
    surname: {normalise: name, of: last_name}
    phone: {normalise: phone, of: [phone, country]}
    birth_date: cast(born as string)
    number: {column: patient_no, normalise: code}
  match_rules:
    - {name: birth, match: [last_name, birth_date]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the definitions of a business model."""
    return tmp_path / "defs" / "clinic"


def _write(folder: Path, where: str, text: str) -> Path:
    path = folder / where / "defs.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def _read(folder: Path) -> Declarations:
    return read_declarations(replace(checkout(), defs=folder.parent), folder.name)


def _patient(folder: Path, *changes: tuple[str, str]) -> Entity:
    text = PATIENT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    _write(folder, "identity", text)
    return _read(folder).entities["patient"]


def test_files_and_databases_are_sources_in_the_order_of_their_folders(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_SCHEMA", "public")
    _write(folder, "sources/erp", ERP)
    _write(folder, "sources/crm", CRM)
    sources = _read(folder).sources
    assert list(sources) == ["crm", "erp"]
    assert isinstance(sources["crm"], SourceSpec)
    assert isinstance(sources["erp"], DatabaseSourceSpec)
    assert sources["erp"].tables[0].table == "public.debtors"


def test_a_variable_that_is_not_set_is_named_with_its_place(folder: Path) -> None:
    path = _write(folder, "sources/erp", ERP.replace("ERP_SCHEMA", "NOT_SET_ANYWHERE"))
    with pytest.raises(DeclarationError, match=rf"{path}:8:14: .*NOT_SET_ANYWHERE"):
        _read(folder)


def test_the_retailer_has_six_sources() -> None:
    declared = read_declarations(checkout(), "retail")
    assert list(declared.sources) == ["crm", "newsletter", "pos", "support", "web", "webshop"]
    assert list(declared.entities) == ["customer"]
    assert declared.published[0].name == "golden_records"
    assert declared.facts is not None
    assert declared.facts.sources["events"] == ["stg_web__events"]


def test_anything_else_below_sources_is_refused_by_file(folder: Path) -> None:
    path = _write(folder, "sources/crm", CRM.replace("FileSource", "Tables"))
    with pytest.raises(DeclarationError, match=f"{path} declares .*Tables; below `sources`"):
        _read(folder)


def test_components_of_others_are_left_to_dagster(folder: Path) -> None:
    _write(folder, "exports", "type: shop.components.Export\nattributes: {to: ftp}\n")
    assert _read(folder).sources == {}


def test_two_declarations_of_one_thing_are_refused_by_their_files(folder: Path) -> None:
    one, other = _write(folder, "identity/a", PATIENT), _write(folder, "identity/b", PATIENT)
    with pytest.raises(DeclarationError, match=f"{other} and {one} both declare the entity 'pat"):
        _read(folder)


def test_every_document_of_a_file_is_read(folder: Path) -> None:
    _write(folder, "identity", f"{PATIENT}---\n{PATIENT.replace('patient', 'nurse')}---\n")
    assert list(_read(folder).entities) == ["patient", "nurse"]


def test_a_file_that_has_changed_is_read_again(folder: Path) -> None:
    path = _write(folder, "identity", PATIENT)
    assert _read(folder).entities["patient"].sources == ["stg_his__patients"]
    path.write_text(PATIENT.replace("[stg_his__patients]", "[stg_his__patients, stg_lab__people]"))
    assert _read(folder).entities["patient"].sources[-1] == "stg_lab__people"


def test_an_entity_has_its_lookup_and_the_rules_of_the_engine(folder: Path) -> None:
    patient = _patient(folder)
    assert patient.records == "identity.patient_source_lookup"
    assert patient.tables.read_as("customer_id_map") == "identity.patient_id_map"
    keys = {name: (key.column, key.normalise) for name, key in patient.rules.match_keys.items()}
    assert keys == {
        "last_name": ("last_name_key", "exact"),
        "surname": ("surname_key", "exact"),
        "phone": ("phone_key", "exact"),
        "birth_date": ("birth_date_key", "exact"),
        "number": ("patient_no", "code"),
    }
    assert patient.rules.record_id == "source_record_id"


def test_dbt_gets_what_sql_is_made_of_and_nothing_else(folder: Path) -> None:
    _patient(folder)
    declared = _read(folder)
    assert json.loads(for_dbt(declared)) == {
        "entities": {
            "patient": {
                "sources": ["stg_his__patients"],
                "attributes": [
                    {"name": "last_name", "survivorship": "most_frequent"},
                    {"name": "born", "survivorship": "precedence", "type": "date"},
                    {"name": "phone", "survivorship": "most_recent"},
                    {"name": "city", "survivorship": "most_recent", "group": "address"},
                    {"name": "country", "survivorship": "most_recent", "group": "address"},
                ],
                "match_keys": {
                    "last_name": {"function": "name_key", "of": ["last_name"]},
                    "surname": {"function": "name_key", "of": ["last_name"]},
                    "phone": {"function": "normalise_phone", "of": ["phone", "country"]},
                    "birth_date": {"sql": "cast(born as string)"},
                },
            }
        },
        "facts": {},
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("personal: name", "personal: false"),
        ("owner: team:records", "owner: team:others"),
        ("match: [last_name, birth_date]", "match: [phone]"),
    ],
)
def test_what_changes_no_sql_does_not_have_dbt_parse_again(
    folder: Path, before: str, after: str
) -> None:
    path = _write(folder, "identity", PATIENT)
    known = for_dbt(_read(folder))
    path.write_text(PATIENT.replace(before, after))
    assert for_dbt(_read(folder)) == known


@pytest.mark.parametrize(
    ("before", "after", "place", "message"),
    [
        ("entity: patient", "entity: Patient", "3:11", "'Patient' can't name an entity"),
        ("  owner: team:records\n", "", "3:3", "the key 'owner' is missing"),
        ("most_frequent", "newest", "7:31", "'most_frequent', 'longest', "),
        ("personal: date", "personal: birthday", "8:60", "born.personal should be 'name', "),
        (
            "{normalise: name}",
            "{normalise: nme}",
            "13:16",
            "unknown normaliser 'nme'; did you mean 'name'? known: email, ",
        ),
        (
            "{normalise: name, of: last_name}",
            "{normalise: name, of: lst_name}",
            "14:14",
            "'surname' is made of the unknown attribute 'lst_name'; did you mean 'last_name'?",
        ),
        ("cast(born as string)", "{}", "16:17", "needs either normalise (one of email, "),
        ("of: [phone, country]", "sql: phone", "15:12", "needs either normalise"),
        (
            "of: [phone, country]",
            "of: [phone, country, city]",
            "15:35",
            "takes 2 attributes, not 3",
        ),
        ("column: patient_no,", "column: patient_no, sql: a,", "17:13", "has neither sql nor of"),
        ("normalise: code", "normalise: vat", "17:13", "unknown normaliser 'vat'"),
        ("match: [last_name", "match: [last_nme", "19:29", "unknown match key 'last_nme'"),
        (
            "country: {survivorship: most_recent",
            "country: {survivorship: precedence",
            "11:29",
            "'country' is precedence and 'city' most_recent; attributes of one group need the same",
        ),
        ("city: {survivorship: most_recent", "city: {survivorship: longest", "10:26", "in a group"),
        (
            "  match_rules",
            "  limts: {}\n  match_rules",
            "18:3",
            "unknown key 'limts'; did you mean",
        ),
    ],
)
def test_what_is_wrong_is_named_with_line_and_column(
    folder: Path, before: str, after: str, place: str, message: str
) -> None:
    with pytest.raises(DeclarationError) as raised:
        _patient(folder, (before, after))
    first = str(raised.value).splitlines()[0]
    assert first.startswith(f"{folder / 'identity' / 'defs.yaml'}:{place}: ")
    assert message in first


def test_a_fault_in_a_source_is_named_with_its_place(folder: Path) -> None:
    path = _write(folder, "sources/crm", CRM.replace("load_mode", "loadmode"))
    with pytest.raises(DeclarationError, match=rf"{path}:6:7: the key 'load_mode' is missing"):
        _read(folder)


def test_a_file_that_is_no_yaml_is_named(folder: Path) -> None:
    path = _write(folder, "identity", "type: [\n")
    with pytest.raises(DeclarationError, match=f"{path}:2:1: this is no YAML"):
        _read(folder)


@pytest.mark.parametrize("model", ["retail", "marketplace", "b2b"])
def test_the_bundled_models_say_of_every_attribute_whether_it_is_personal(model: str) -> None:
    for entity in read_declarations(checkout(), model).entities.values():
        said: dict[str, Any] = yaml.safe_load(entity.path.read_text())["attributes"]["attributes"]
        assert all("personal" in attribute for attribute in said.values()), entity.entity
