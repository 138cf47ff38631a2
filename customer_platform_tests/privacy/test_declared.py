"""What a column of a dbt relation is declared as, and what it inherits."""

from typing import Any

import pytest

from customer_platform.declarations import EntitySpec
from customer_platform.errors import PersonalError
from customer_platform.identity import MatchKey, MatchRule, ResolutionRules
from customer_platform.privacy.declared import Declared
from customer_platform.privacy.personal import BySource
from customer_platform.stewardship.explain import RecordName

CUSTOMER = EntitySpec.model_validate(
    {
        "owner": "team:data",
        "sources": ["stg_crm__people", "stg_letters__readers"],
        "attributes": {
            "email": {"survivorship": "most_recent", "personal": "email"},
            "country": {"survivorship": "most_recent", "personal": False},
            "shoe_size": {"survivorship": "most_recent"},
        },
        "match_keys": {"email": "email"},
        "match_rules": [{"name": "email", "match": ["email"]}],
    }
)


def _node(schema: str, name: str, kind: str = "model", **columns: dict[str, Any]) -> dict[str, Any]:
    return {
        "resource_type": kind,
        "schema": schema,
        "name": name,
        "columns": {
            column: {"config": {"meta": said.get("meta", {})}, "doc_blocks": said.get("docs", [])}
            for column, said in columns.items()
        },
    }


def _declared(**nodes: dict[str, Any]) -> Declared:
    return Declared({"nodes": nodes}, {"customer": CUSTOMER})


def _personal(kind: object) -> dict[str, Any]:
    return {"meta": {"personal": kind}}


def test_a_column_is_what_its_yaml_says_before_what_it_inherits() -> None:
    declared = _declared(
        m=_node("master", "people", email=_personal(False), note=_personal("name"))
    )
    assert declared.relation("master.people", ["Email", "note"]) == {"email": False, "note": "name"}


def test_a_master_inherits_from_the_attributes_and_from_what_the_platform_makes() -> None:
    declared = _declared(m=_node("master", "people", customer_id={}))
    columns = ["email", "email_key", "email_source", "customer_id", "other_customer_id", "amount"]
    assert declared.relation("master.people", columns) == {
        "email": "email",
        "email_key": "email",
        "email_source": False,
        "customer_id": False,
        "other_customer_id": False,
        "amount": False,
    }


def test_what_nothing_is_said_of_is_personal() -> None:
    declared = _declared(m=_node("master", "people"))
    assert declared.relation("master.people", ["remark", "shoe_size"]) == {
        "remark": None,
        "shoe_size": None,
    }
    assert declared.relation("nowhere.known", ["iban"]) == {"iban": None}


def test_in_a_staging_view_a_name_alone_makes_nothing_harmless() -> None:
    described = {"docs": ["doc.customer_platform.transaction__amount"]}
    declared = _declared(
        own=_node("staging", "stg_crm__notes", amount={}, country={}, email={}),
        contract=_node("staging", "stg_crm__lines", amount=described),
    )
    assert declared.relation("staging.stg_crm__notes", ["amount", "country", "email"]) == {
        "amount": None,
        "country": None,
        "email": "email",
    }
    assert declared.relation("staging.stg_crm__lines", ["amount"]) == {"amount": False}


def test_record_ids_are_what_the_staging_view_of_their_source_says() -> None:
    declared = _declared(
        crm=_node("staging", "stg_crm__people", source_record_id=_personal(False)),
        letters=_node("staging", "stg_letters__readers", source_record_id={}),
    )
    kinds = declared.relation("identity.source_lookup", ["source_record_id"])["source_record_id"]
    assert isinstance(kinds, BySource)
    assert [kinds.of(each) for each in ("crm", "letters", "unknown")] == [
        False,
        "identifier",
        "identifier",
    ]


def test_rows_of_a_test_are_what_the_relations_that_it_reads_say() -> None:
    declared = _declared(
        one=_node("master", "one", amount={}, remark={}, size=_personal(False)),
        other=_node("master", "other", size=_personal("name")),
    )
    test = {
        "name": "t",
        "depends_on": {"nodes": ["one", "other"]},
        "config": {"meta": {"personal": {"days": False}}},
    }
    assert declared.test(test, ["amount", "remark", "size", "days", "made_up", "fault"]) == {
        "amount": False,
        "remark": None,
        "size": "free_text",
        "days": False,
        "made_up": None,
        "fault": False,
    }


def test_a_kind_that_there_is_not_is_refused_naming_the_column() -> None:
    declared = _declared(m=_node("master", "people", email=_personal("mail")))
    with pytest.raises(PersonalError, match=r"people\.email"):
        declared.relation("master.people", ["email"])


def test_match_keys_say_so_themselves_or_are_what_their_column_or_normaliser_says() -> None:
    rules = ResolutionRules(
        record_id="id",
        match_keys={
            "mail": MatchKey(column="email_key"),
            "phone": MatchKey(column="tel", normalise="phone"),
            "shoe": MatchKey(column="shoe", personal=False),
            "other": MatchKey(column="other"),
        },
        match_rules=[MatchRule(name="mail", match=["mail"])],
    )
    mask = _declared().record_mask(rules, "identity.source_lookup")
    assert mask("email_key", "anna@b.nl") == "a***@*.nl"
    assert mask("tel", "0612345678") == "061*******"
    assert mask("shoe", "44") == "44"
    assert mask("other", "anna") == mask("reason", "Anna asked") == "***"
    assert mask.name(RecordName("crm", "anna@b.nl")) == RecordName("crm", "***")
