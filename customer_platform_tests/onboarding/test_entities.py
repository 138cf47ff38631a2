"""Whose records a table holds, and which attributes of theirs its columns are."""

from pathlib import Path

import pytest

from customer_platform.declarations import read_declarations
from customer_platform.errors import OnboardingError, UnclearEntityError
from customer_platform.onboarding import Entity, read_entities
from customer_platform.onboarding.staging_sql import staging_sql
from customer_platform.onboarding.staging_yaml import staging_file
from customer_platform_tests.support.onboarding import (
    ACCOUNT,
    B2B,
    BUYER,
    CUSTOMER,
    MARKETPLACE,
    PLATFORM,
    Deliver,
    attributes,
    entity,
    proposed,
)
from customer_platform_tests.support.projects import checkout

COMPANIES = """id,name,kvk,btw,website,city,land
1,Bakkerij Visser B.V.,01234567,NL001234567B01,https://www.visser.nl/,Utrecht,NL
2,Müller GmbH,HRB 1234,DE123456789,mueller.de,Bonn,DE
"""


@pytest.mark.parametrize(
    ("entities", "name", "header", "whose"),
    [(MARKETPLACE, "sellers.csv", "id,email", "seller"),
     (MARKETPLACE, "leveranciers.csv", "id,email", "seller"),
     (MARKETPLACE, "customers.csv", "customer_id,email", "buyer"),
     (MARKETPLACE, "export.csv", "seller_id,email", "seller"),
     (MARKETPLACE, "export.csv", "id,email,vat_id,company_name", "seller"),
     (MARKETPLACE, "export.csv", "id,first_name,last_name,email", "buyer"),
     (B2B, "accounts.csv", "id,email,city", "account"),
     (B2B, "debiteuren.csv", "nr,email", "account"),
     (B2B, "contacts.csv", "id,first_name,email,company_name", "contact"),
     (B2B, "customers.csv", "id,company_name,vat_id", "account"),
     ([BUYER, Entity("patient", ("last_name",))], "patients.csv", "id,last_name", "patient"),
     ([CUSTOMER], "sellers.csv", "seller_id,email", "customer")],
)  # fmt: skip
def test_the_entity_is_told_by_table_key_and_attributes(
    deliver: Deliver, entities: list[Entity], name: str, header: str, whose: str
) -> None:
    values = {
        "email": "a@example.com", "city": "Paris", "vat_id": "NL001234567B01",
        "company_name": "Acme BV", "first_name": "Anna", "last_name": "Visser",
    }  # fmt: skip
    row = ",".join(values.get(column, "1") for column in header.split(","))
    assert entity(proposed(deliver(f"{header}\n{row}\n", name), entities=entities)) == whose


@pytest.mark.parametrize(
    ("entities", "name", "header", "row"),
    [(MARKETPLACE, "export.csv", "id,email", "1,a@x.nl"),
     # Accounts of people, or of companies that a person is named for?
     (B2B, "accounts.csv", "id,first_name,last_name", "1,Anna,Visser")],
)  # fmt: skip
def test_an_entity_that_is_not_clear_is_asked_for_by_name(
    deliver: Deliver, entities: list[Entity], name: str, header: str, row: str
) -> None:
    path = deliver(f"{header}\n{row}\n", name)
    asked = " or --entity ".join(each.name for each in entities)
    with pytest.raises(UnclearEntityError, match=f"say --entity {asked}, or --kind other"):
        proposed(path, entities=entities)
    assert entity(proposed(path, entities=entities, entity=entities[1].name)) == entities[1].name


def test_facts_need_no_entity(deliver: Deliver) -> None:
    path = deliver("order_id,seller_id,amount\n1,2,9.50\n", "orders.csv")
    assert proposed(path, entities=MARKETPLACE).entity is None


def test_an_entity_that_the_business_model_does_not_resolve_is_an_error(deliver: Deliver) -> None:
    path = deliver("id,email\n1,a@x.nl\n")
    with pytest.raises(OnboardingError, match=r"'sellr'; did you mean 'seller'\? known: buyer"):
        proposed(path, entities=MARKETPLACE, entity="sellr")


def test_the_attributes_of_a_company_are_told_by_name_and_by_content(deliver: Deliver) -> None:
    by_name = proposed(deliver(COMPANIES, "companies.csv"), entities=B2B)
    expected = {
        "company_name": "name", "registration_number": "kvk", "vat_id": "btw", "domain": "website",
        "city": "city", "country": "land",
    }  # fmt: skip
    assert attributes(by_name) == expected
    # A leading zero is kept.
    assert {column.type.type for column in by_name.columns[1:4]} == {"varchar"}
    body = COMPANIES.split("\n", 1)[1]
    by_content = proposed(deliver(f"id,a,b,c,d,e,f\n{body}", "companies.csv"), entities=[ACCOUNT])
    assert attributes(by_content) == {"company_name": "a", "vat_id": "c", "domain": "d"}


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [# The word for the entity alone, with names in it.
     ("account,city", "Acme,Paris", {"company_name": "account", "city": "city"}),
     ("id,account,city", "1,A-17,Paris", {"city": "city"}),
     ("id,account_id,city", "1,A-17,Paris", {"account_number": "account_id", "city": "city"}),
     ("id,website,city", "1,none,Paris", {"city": "city"})],
)  # fmt: skip
def test_a_column_called_after_the_entity_is_its_name_or_its_number(
    deliver: Deliver, header: str, row: str, expected: dict[str, str]
) -> None:
    proposal = proposed(deliver(f"{header}\n{row}\n", "accounts.csv"), entities=[ACCOUNT])
    assert attributes(proposal) == expected


def test_the_number_of_an_account_is_not_that_of_its_contact(deliver: Deliver) -> None:
    path = deliver("id,account_id,account_number,last_name\n1,7,A-7,Visser\n", "contacts.csv")
    assert attributes(proposed(path, entities=B2B)) == {"last_name": "last_name"}


def test_an_attribute_of_ones_own_is_known_by_its_name_and_keeps_its_type(
    deliver: Deliver,
) -> None:
    patient = Entity("patient", ("last_name", "insured_since", "ward"))
    path = deliver("id,last_name,Insured Since,ward\n1,Visser,2024-01-01, A \n", "patients.csv")
    proposal = proposed(path, entities=[patient])
    sql = staging_sql("his", proposal, PLATFORM)
    assert "{{ adapter.quote('Insured Since') }} as insured_since" in sql
    assert "nullif(trim(ward), '') as ward" in sql
    contract = staging_file("his", proposal, "Patients of his.", PLATFORM)
    assert "- name: insured_since\n        data_type: date" in contract
    assert "description: Insured since." in contract
    assert "tags: [patient_records]" in contract


def test_what_is_no_attribute_of_the_entity_is_left_out_and_said(deliver: Deliver) -> None:
    path = deliver("id,email,company\n1,a@x.nl,Acme BV\n", "customers.csv")
    proposal = proposed(path)
    assert attributes(proposal) == {"email": "email"}
    assert proposal.notes == [
        "company: company_name is no attribute of a customer (`attributes` in its YAML), so that "
        "it is in the raw table alone"
    ]
    with pytest.raises(OnboardingError, match="a customer has none; its attributes are first_name"):
        proposed(path, attributes={"company_name": "company"})


def test_records_of_a_company_keep_the_case_of_its_name_and_use_the_macros_there_are(
    deliver: Deliver,
) -> None:
    sql = staging_sql("erp", proposed(deliver(COMPANIES, "companies.csv"), entities=B2B), PLATFORM)
    assert "{{ normalise_name('name') }} as company_name" in sql
    assert "nullif(trim(kvk), '') as registration_number" in sql
    assert "{{ normalise_country('land') }} as country" in sql


def test_an_entity_without_attributes_says_what_to_add_where(project: Path) -> None:
    path = project / "customer_platform/defs/retail/identity/defs.yaml"
    path.write_text(
        "type: IdentityResolution\nattributes: {owner: 'team:a', match_keys: {email: email}, "
        "match_rules: [{name: email, match: [email]}]}\n"
    )
    with pytest.raises(OnboardingError, match=f"{path}: add `attributes`, the columns of the rec"):
        read_entities(read_declarations(checkout(project), "retail"))
