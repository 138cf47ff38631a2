"""Which changes of rules make another fingerprint."""

from typing import Any

import duckdb
import pytest

from customer_platform.identity import ResolutionRules
from customer_platform.identity.keeping import state as module
from customer_platform.identity.keeping.state import rules_fingerprint

STATED: dict[str, Any] = {
    "record_id": "id",
    "source": "source",
    "match_keys": {
        "email": {"column": "email", "normalise": "email"},
        "phone": {"column": "phone", "normalise": "phone", "country": "NL"},
        "card": {"column": "card"},
    },
    "match_rules": [{"name": "email", "match": ["email"]}, {"name": "phone", "match": ["phone"]}],
    "limits": {"phone": 2},
    "ignored_values": {"email": ["a@b.nl", "c@d.nl"]},
}


def fingerprint(**changes: Any) -> str:
    return rules_fingerprint(ResolutionRules.model_validate({**STATED, **changes}))


def keys(**changes: Any) -> dict[str, Any]:
    return {**STATED["match_keys"], **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"record_id": "number"},
        {"source": None},
        {"match_keys": keys(email={"column": "mail", "normalise": "email"})},
        {"match_keys": keys(email={"column": "email"})},
        {"match_keys": keys(phone={"column": "phone", "normalise": "phone", "country": "BE"})},
        {"match_rules": STATED["match_rules"][::-1]},
        {"match_rules": STATED["match_rules"][:1]},
        {"match_rules": [{"name": "mail", "match": ["email"]}, STATED["match_rules"][1]]},
        {
            "match_rules": [
                {"name": "email", "match": ["email"], "max_records_per_value": 9},
                STATED["match_rules"][1],
            ]
        },
        {
            "match_rules": [
                {"name": "email", "match": ["email"], "max_people_per_value": 9},
                STATED["match_rules"][1],
            ],
            "people": ["phone"],
        },
        {"people": ["phone"]},
        {"max_records_per_source": {"crm": 1}, "source": "source"},
        {"limits": {"phone": 1}},
        {"limits": {}},
        {"limits": {"phone": 2, "card": 1}},
        {"ignored_values": {"email": ["a@b.nl"]}},
        {"ignored_values": {}},
    ],
)
def test_a_change_that_can_change_the_result_changes_the_fingerprint(
    changes: dict[str, Any],
) -> None:
    assert fingerprint(**changes) != fingerprint()


@pytest.mark.parametrize(
    "changes",
    [
        {"match_keys": dict(reversed(STATED["match_keys"].items()))},
        {"match_keys": keys(card={"column": "another"})},
        {"ignored_values": {"email": ["c@d.nl", "a@b.nl", "c@d.nl"], "card": ["0"], "phone": []}},
    ],
)
def test_order_without_meaning_and_unused_keys_leave_the_fingerprint(
    changes: dict[str, Any],
) -> None:
    assert fingerprint(**changes) == fingerprint()


def test_another_major_version_of_duckdb_or_format_changes_the_fingerprint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = fingerprint()
    major, minor = duckdb.__version__.split(".", 1)
    monkeypatch.setattr(duckdb, "__version__", f"{major}.99.9")
    assert fingerprint() == before
    monkeypatch.setattr(duckdb, "__version__", f"{int(major) + 1}.{minor}")
    assert fingerprint() != before
    monkeypatch.undo()
    monkeypatch.setattr(module, "ENGINE_FORMAT", module.ENGINE_FORMAT + 1)
    assert fingerprint() != before
