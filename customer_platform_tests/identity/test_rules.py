"""What rules are accepted, and how the others are refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from customer_platform.errors import RulesError
from customer_platform.identity import ResolutionRules, check_columns
from customer_platform_tests.identity.helpers import make_rules


def refusal(**changes: Any) -> str:
    stated = {
        "record_id": "id",
        "match_keys": {"email": {"column": "email_key"}, "phone": {"column": "phone_key"}},
        "match_rules": [{"name": "email", "match": ["email"]}],
        **changes,
    }
    with pytest.raises(ValidationError) as refused:
        ResolutionRules.model_validate(stated)
    return str(refused.value)


def test_a_rule_on_an_unknown_key_names_the_rule_the_key_and_the_known_keys() -> None:
    message = refusal(match_rules=[{"name": "by_mail", "match": ["emial"]}])
    assert "match rule 'by_mail' uses the unknown match key 'emial'" in message
    assert "did you mean 'email'?" in message
    assert "known: email, phone" in message


def test_two_rules_of_the_same_name_are_refused() -> None:
    message = refusal(
        match_rules=[{"name": "same", "match": ["email"]}, {"name": "same", "match": ["phone"]}]
    )
    assert "match rule 'same' is defined more than once" in message


def test_a_rule_without_keys_is_refused() -> None:
    assert "match_rules.0.match" in refusal(match_rules=[{"name": "none", "match": []}])


def test_a_rule_that_lists_a_key_twice_is_refused() -> None:
    message = refusal(match_rules=[{"name": "twice", "match": ["email", "email"]}])
    assert "'email' is listed more than once" in message


def test_a_cap_that_could_never_link_is_refused() -> None:
    rule = {"name": "email", "match": ["email"], "max_records_per_value": 1}
    assert "max_records_per_value" in refusal(match_rules=[rule])


def test_a_bound_of_people_says_which_keys_name_them() -> None:
    rule = {"name": "email", "match": ["email"], "max_people_per_value": 2}
    assert "add the match keys that do: people: [first_name, last_name]" in refusal(
        match_rules=[rule]
    )
    message = refusal(match_rules=[rule], people=["phone", "fone", "phone"])
    assert "people has the unknown match key 'fone'; did you mean 'phone'?" in message
    assert "people has the match key 'phone' more than once" in message


def test_a_bound_of_records_per_source_needs_sources_and_one_record_at_least() -> None:
    assert "max_records_per_source needs source" in refusal(max_records_per_source={"crm": 1})
    message = refusal(source="source", max_records_per_source={"crm": 0})
    assert "the most records of 'crm' are 0; it has to be 1 or more" in message


def test_an_unknown_normaliser_is_refused_with_the_known_ones() -> None:
    message = refusal(match_keys={"email": {"column": "email", "normalise": "soundex"}})
    assert "unknown normaliser 'soundex'; known: exact, email, phone" in message


def test_a_country_that_would_have_no_effect_is_refused() -> None:
    message = refusal(match_keys={"email": {"column": "email", "country": "NL"}})
    assert "country has no effect" in message


def test_an_unknown_country_is_refused_with_the_known_ones() -> None:
    key = {"column": "phone", "normalise": "phone", "country": "HOLLAND"}
    message = refusal(match_keys={"email": {"column": "email"}, "phone": key})
    assert "unknown country 'HOLLAND' for normalise: phone; known: NL, BE, DE" in message


def test_a_limit_on_an_unknown_key_is_refused_with_the_nearest() -> None:
    message = refusal(limits={"fone": 1})
    assert "limits has the unknown match key 'fone'; did you mean 'phone'?" in message


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_no_record_could_keep_is_refused(limit: int) -> None:
    message = refusal(limits={"phone": limit})
    assert f"the limit of 'phone' is {limit}; it has to be 1 or more" in message


def test_a_key_may_be_used_by_a_limit_only() -> None:
    rules = make_rules(("email", ["email"]), limits={"phone": 1})
    assert rules.limits == {"phone": 1}


@pytest.mark.parametrize("entry", ["*", " * ", "-*", "**", "1*"])
def test_an_entry_that_would_ignore_every_value_is_refused(entry: str) -> None:
    message = refusal(
        match_keys={"email": {"column": "email"}, "name": {"column": "n", "normalise": "name"}},
        ignored_values={"name": [entry]},
    )
    assert f"ignored value {entry!r} would ignore every value" in message


def test_a_national_number_with_a_star_is_refused_as_numbers_are_compared_in_e164() -> None:
    key = {"column": "phone", "normalise": "phone", "country": "NL"}
    message = refusal(
        match_keys={"email": {"column": "email"}, "phone": key}, ignored_values={"phone": ["06*"]}
    )
    assert "ignored value '06*' matches no number" in message
    assert "beginning with +31 for NL" in message


def test_every_fault_is_listed_with_its_place() -> None:
    message = refusal(
        match_rules=[{"name": "a", "match": ["emial"]}, {"name": "a", "match": ["fone"]}],
        limits={"mail": 1},
    )
    for place in ("match_rules.0.match.0", "match_rules.1.match.0", "match_rules.1.name", "limits"):
        assert place in message


def test_a_misspelt_setting_is_refused() -> None:
    assert "match_rule" in refusal(match_rule=[])


def test_ignored_values_of_an_unknown_key_are_refused() -> None:
    message = refusal(ignored_values={"fone": ["0"]})
    assert "ignored_values has the unknown match key 'fone'; did you mean 'phone'?" in message


def test_a_missing_column_is_named_with_its_key_and_the_columns_there_are() -> None:
    with pytest.raises(RulesError) as refused:
        check_columns(make_rules(), ["source", "id", "emails", "phone", "name", "birth"])
    assert str(refused.value) == (
        "match key 'email' uses the column 'email', which the records don't have; "
        "did you mean 'emails'? known: source, id, emails, phone, name, birth"
    )


def test_a_missing_record_id_column_is_named() -> None:
    with pytest.raises(RulesError, match="record_id uses the column 'id'"):
        check_columns(make_rules(), ["source", "email", "phone", "name", "birth"])


def test_columns_are_compared_without_case_as_duckdb_does() -> None:
    check_columns(make_rules(), ["SOURCE", "ID", "Email", "Phone", "Name", "Birth"])


def test_no_rule_is_named_as_links_by_an_override_are() -> None:
    with pytest.raises(ValidationError, match="can't be named 'override'"):
        ResolutionRules.model_validate(
            {
                "record_id": "id",
                "match_keys": {"email": {"column": "email"}},
                "match_rules": [{"name": "override", "match": ["email"]}],
            }
        )
