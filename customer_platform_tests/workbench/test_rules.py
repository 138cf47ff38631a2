"""Other rules are tried in the browser, and nothing but what is typed is read."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from customer_platform.declarations import read_entity
from customer_platform.environment import load_environment
from customer_platform.errors import RulesError
from customer_platform_tests.workbench.desk import Steward, publish_small

RULES = """
entity: customer
owner: team:data
attributes:
  email: {survivorship: most_recent, personal: email}
  phone: {survivorship: most_recent, personal: phone}
match_keys:
  email: {normalise: email}
  phone: {normalise: phone}
match_rules:
  - {name: email, match: [email], max_records_per_value: 3}
limits:
  phone: 1
"""
RECORDS = """record,email,phone
crm:1,Ann@Example.com,
crm:2,ann@example.com,
shop:3,bea@example.com,
"""


@pytest.fixture(scope="module")
def eva(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steward]:
    """A steward at a published home; no test changes it."""
    environment = replace(load_environment(), home=tmp_path_factory.mktemp("rules") / "home")
    publish_small(environment)
    steward = Steward(environment)
    yield steward
    steward.client.close()


def _try(eva: Steward, rules: str = RULES, records: str = RECORDS) -> str:
    answer = eva.send("/rules/customers/try", rules=rules, records=records)
    assert answer.status_code == 200
    return answer.text


def test_the_page_begins_with_the_rules_in_force_and_records_to_try_them_on(eva: Steward) -> None:
    page = eva.get("/rules").text
    assert "name_birth_date_postcode" in page
    assert re.search(r"record,\w+", page)
    rules, records = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.S)
    assert "These records are" in _try(eva, _unescaped(rules), _unescaped(records))


def _unescaped(text: str) -> str:
    for escaped, plain in (("&#39;", "'"), ("&#34;", '"'), ("&lt;", "<"), ("&gt;", ">")):
        text = text.replace(escaped, plain)
    return text.replace("&amp;", "&")


def test_links_are_told_with_their_values_and_drawn(eva: Steward) -> None:
    told = _try(eva)
    assert "These records are 2 customers" in told
    assert "email = ann@example.com" in told
    assert "data-drawing=" in told


def test_what_a_limit_refuses_is_told(eva: Steward) -> None:
    records = RECORDS.replace("Example.com,", "Example.com,+31687654322").replace(
        "crm:2,ann@example.com,", "crm:2,ann@example.com,+31687654321"
    )
    told = _try(eva, records=records)
    assert "These records are 3 customers" in told
    assert "limit phone" in told


def test_what_too_many_share_is_told(eva: Steward) -> None:
    many = "record,email\n" + "".join(f"crm:{number},a@x.nl\n" for number in range(5))
    told = _try(eva, records=many)
    assert "These records are 5 customers" in told
    assert "Too many share a@x.nl to be linked by email: 5 records." in told


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (RULES.replace("match: [email]", "match: [mail]"), "rules:11:27: "),
        (RULES.replace("most_recent", "newest"), "rules:5:"),
        ("match_keys: [", "rules:1:"),
        ("", "rules:1:1: there are 0 YAML documents"),
        ("type: x", "the key &#39;attributes&#39; is missing"),
        (RULES + "colour: red\n", "rules:14:"),
    ],
)
def test_a_fault_in_the_rules_is_named_with_its_line(eva: Steward, rules: str, fault: str) -> None:
    assert fault in _try(eva, rules)


@pytest.mark.parametrize(
    ("records", "fault"),
    [
        ("email\na@x.nl\n", "no column &#39;record&#39;"),
        ("record,email\ncrm:1,a,b\n", "records:2: a line has as many fields"),
        ("record,email\nann,a@x.nl\n", "records:2: &#39;ann&#39; is no record"),
        ("record,email\ncrm:1,a\ncrm:1,b\n", "records:3: crm:1 is there twice"),
        ("record,email\ncrm:1,a\n", "write 2 to 50 records"),
        ("record,mail\ncrm:1,a\ncrm:2,b\n", "unknown attribute &#39;mail&#39;"),
        (RECORDS + "crm:4,<script>alert(1)</script>,\n", "&lt;script&gt;"),
    ],
)
def test_a_fault_in_the_records_is_named(eva: Steward, records: str, fault: str) -> None:
    told = _try(eva, records=records)
    assert fault in told or "These records are 3 customers" in told
    assert "<script>alert" not in told


@pytest.mark.parametrize(
    "read",
    ["(select content from read_text('/etc/passwd') limit 1)", "(select 1 from '/etc/passwd')"],
)
def test_typed_sql_reads_no_file(eva: Steward, read: str) -> None:
    told = _try(eva, RULES.replace("email: {normalise: email}", f'email: {{sql: "{read}"}}'))
    assert "root:" not in told
    assert "isn&#39;t right yet" in told


def test_typed_sql_that_never_ends_is_ended(eva: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customer_platform.stewardship.rule_tests._PATIENCE", 0.5)
    endless = "(select max(a.range * b.range) from range(1000000) as a, range(1000000) as b)"
    told = _try(eva, RULES.replace("email: {normalise: email}", f'email: {{sql: "{endless}"}}'))
    assert "this took longer than" in told
    monkeypatch.undo()
    assert "These records are" in _try(eva)


def test_what_is_typed_is_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMER_PLATFORM_TEST_SECRET", "hidden")
    typed = RULES.replace("team:data", '"{{ env.CUSTOMER_PLATFORM_TEST_SECRET }}"')
    assert "hidden" not in read_entity(typed).owner
    with pytest.raises(RulesError):
        read_entity("- a list")


def test_a_preview_runs_beside_the_pages_and_tells_what_would_change(eva: Steward) -> None:
    rules = _unescaped(
        re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", eva.get("/rules").text, re.S)[0]
    )
    without_email = re.sub(r" *- \{name: email, .*\n", "", rules)
    assert without_email != rules
    told = eva.send("/rules/customers/preview", rules=without_email).text
    path = re.findall(r'hx-get="(/rules/customers/preview/[^"]+)"', told)[0]
    for _ in range(600):
        told = eva.get(path).text
        if "hx-get" not in told:
            break
        time.sleep(0.1)
    assert "What these rules would change" in told
    assert "EUR" in told
    assert "another customer" in told


def test_a_preview_of_somebody_else_or_of_wrong_rules_is_none(eva: Steward) -> None:
    assert eva.get("/rules/customers/preview/nothing").status_code == 404
    told = eva.send("/rules/customers/preview", rules="entity: customer").text
    assert "isn&#39;t right yet" in told
