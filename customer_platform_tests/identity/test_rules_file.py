"""Rules in a YAML file: what is read, and how every fault is named with its place."""

from pathlib import Path

import pytest

from customer_platform.errors import RulesError
from customer_platform.identity import ResolutionRules
from customer_platform.identity.rules_file import load_rules
from customer_platform.project import REPOSITORY

COMPLETE = """\
record_id: record_id
source: source                 # optional
updated_at: updated_at         # optional
match_keys:
  email:      {column: email, normalise: email}
  phone:      {column: phone, normalise: phone, country: NL}
  loyalty_id: {column: loyalty_id, normalise: exact}
  last_name:  {column: surname, normalise: name}
  birth_date: {column: dob, normalise: date}
  postcode:   {column: postcode, normalise: postcode}
match_rules:                   # in priority order
  - {name: loyalty_card, match: [loyalty_id]}
  - {name: email, match: [email], max_records_per_value: 50}
  - {name: name_birthdate_postcode, match: [last_name, birth_date, postcode]}
limits:
  loyalty_id: 1
ignored_values:
  email: [test@test.com, "noreply@*"]
"""

SMALL = """\
record_id: id
match_keys:
  email: {column: email}
match_rules:
  - {name: email, match: [email]}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rules.yaml"


def faults(path: Path, text: str | bytes) -> list[str]:
    """The faults, each without the file's name."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RulesError) as refused:
        load_rules(path)
    lines = str(refused.value).splitlines()
    return [line.removeprefix(f"{path}:") for line in lines]


def test_complete_rules_are_read(path: Path) -> None:
    path.write_text(COMPLETE)
    rules = load_rules(path)
    assert rules.source == "source"
    assert list(rules.match_keys) == [
        "email",
        "phone",
        "loyalty_id",
        "last_name",
        "birth_date",
        "postcode",
    ]
    assert rules.match_keys["phone"].country == "NL"
    assert [rule.name for rule in rules.match_rules] == [
        "loyalty_card",
        "email",
        "name_birthdate_postcode",
    ]
    assert rules.match_rules[1].max_records_per_value == 50
    assert rules.limits == {"loyalty_id": 1}
    assert rules.ignored_values == {"email": ["test@test.com", "noreply@*"]}


def test_the_example_of_the_documentation_is_read(path: Path) -> None:
    text = (REPOSITORY / "docs" / "rules.md").read_text()
    path.write_text(text.split("```yaml\n")[1].split("```")[0])
    assert load_rules(path).limits == {"loyalty_id": 1, "first_name": 1}


def test_what_may_be_left_out_may_be_left_out(path: Path) -> None:
    path.write_text(SMALL)
    assert load_rules(path) == ResolutionRules.model_validate(
        {
            "record_id": "id",
            "match_keys": {"email": {"column": "email", "normalise": "exact"}},
            "match_rules": [{"name": "email", "match": ["email"]}],
        }
    )


def test_a_misspelt_key_is_named_with_its_place_and_the_nearest(path: Path) -> None:
    text = SMALL.replace("{column: email}", "{column: email, normalize: email}")
    assert faults(path, text) == [
        "3:26: unknown key 'normalize'; did you mean 'normalise'? known: column, normalise, "
        "country, personal"
    ]
    assert faults(path, SMALL + "match_rule: []\n")[0].startswith(
        "6:1: unknown key 'match_rule'; did you mean 'match_rules'? known: record_id, source, "
    )


def test_a_missing_key_is_named_where_it_belongs(path: Path) -> None:
    assert faults(path, SMALL.replace("record_id: id\n", "")) == [
        "1:1: the key 'record_id' is missing"
    ]
    assert faults(path, SMALL.replace("{name: email, match", "{match")) == [
        "5:5: the key 'name' is missing in match_rules.0"
    ]


def test_an_unknown_match_key_is_named_where_it_is_used(path: Path) -> None:
    text = SMALL + "  - name: second\n    match:\n      - email\n      - fone\nlimits: {mail: 1}\n"
    assert faults(path, text) == [
        "9:9: match rule 'second' uses the unknown match key 'fone'; known: email",
        "10:16: limits has the unknown match key 'mail'; did you mean 'email'? known: email",
    ]


def test_faults_of_all_parts_are_listed_in_the_order_of_the_file(path: Path) -> None:
    text = """\
record_id: [id]
match_keys:
  email: {column: email, normalise: mail}
  phone: {column: phone, normalise: phone, country: XX}
  name: {normalise: name}
match_rules:
  - {name: email, match: [], max_records_per_value: 1}
limits: {email: none}
limits: {email: true}
"""
    found = faults(path, text)
    assert [fault.split(": ")[0] for fault in found] == [
        "1:12",
        "3:10",
        "4:10",
        "5:9",
        "7:26",
        "7:53",
        "9:1",
        "9:17",
    ]
    assert "record_id should be text; it is a list" in found[0]
    assert "unknown normaliser 'mail'; did you mean 'email'?" in found[1]
    assert "unknown country 'XX' for normalise: phone" in found[2]
    assert "the key 'column' is missing in match_keys.name" in found[3]
    assert "match_rules.0.match needs at least one entry; it is an empty list" in found[4]
    assert "should be greater than or equal to 2; it is the number 1" in found[5]
    assert found[6] == "9:1: the key 'limits' is there already, in line 8; keep one of the two"
    assert "limits.email should be a whole number; it is the truth value True" in found[7]


def test_a_key_that_is_there_twice_is_a_fault_also_where_all_else_is_right(path: Path) -> None:
    text = SMALL.replace("match_rules", "  email: {column: mail}\nmatch_rules")
    assert faults(path, text) == [
        "4:3: the key 'email' is there already, in line 3; keep one of the two"
    ]


def test_norway_is_to_be_written_in_quotes(path: Path) -> None:
    text = SMALL.replace("column: email", "column: email, normalise: phone, country: NO")
    assert faults(path, text) == [
        '3:53: match_keys.email.country is the truth value NO, not text; write it in quotes: "NO"'
    ]


@pytest.mark.parametrize("value", ["31612345678", "0612345670", "1900-01-01", "1.5"])
def test_an_ignored_value_that_yaml_takes_for_something_else_is_to_be_written_in_quotes(
    path: Path, value: str
) -> None:
    found = faults(path, SMALL + f"ignored_values:\n  email: [{value}]\n")
    assert found[0].startswith("7:11: ignored_values.email.0 is the ")
    assert found[0].endswith(f'write it in quotes: "{value}"')


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("record_id: id\nmatch_keys: {email: [}\n", "2:22"),
        ("record_id: id\n\tsource: x\n", "2:1"),
        ("record_id: 'id\n", "2:1"),
        ("record_id: id: no\n", "1:14"),
        ("record_id: *unknown\n", "1:12"),
        ("record_id: id\n---\nsource: x\n", "2:1"),
        ("record_id: !!python/name:os.system id\n", "1:12"),
        ("? [a]\n: 1\n", "1:3"),
        ("? {a: 1}\n: 1\n", "1:3"),
    ],
)
def test_what_is_no_yaml_is_named_with_its_place(path: Path, text: str, place: str) -> None:
    assert faults(path, text)[0].startswith(f"{place}: this is no YAML: ")


@pytest.mark.parametrize("text", ["", "# only a remark\n", "---\n"])
def test_an_empty_file_is_answered_with_an_example(path: Path, text: str) -> None:
    found = "\n".join(faults(path, text))
    assert "there are no rules" in found
    assert "match_keys:\n  email: {column: email, normalise: email}" in found


def test_a_list_is_no_rules(path: Path) -> None:
    assert faults(path, "- email\n")[0].startswith("1:1: a list is no rules; ")


def test_what_is_of_another_kind_is_named_with_what_is_wanted(path: Path) -> None:
    text = (
        SMALL
        + "  - email\n  -\nlimits: [email]\nignored_values: {email: a@b.nl, 3: [a]}\nsource: ''\n"
    )
    text = text.replace("{column: email}", "email")
    assert faults(path, text) == [
        "3:10: match_keys.email should be a mapping of column, normalise, country, personal; "
        "it is the text 'email'",
        "6:5: match_rules.1 should be a mapping of name, match, similar, max_records_per_value, "
        "max_people_per_value; "
        "it is the text 'email'",
        "7:4: match_rules.2 should be a mapping of name, match, similar, max_records_per_value, "
        "max_people_per_value; "
        "it is empty",
        "8:9: limits should be a mapping; it is a list",
        "9:25: ignored_values.email should be a list, in brackets; it is the text 'a@b.nl'",
        "9:36: the key ignored_values.3 is the number 3, not text; write it in quotes",
    ]


def test_a_missing_file_and_a_folder_are_named(path: Path) -> None:
    with pytest.raises(RulesError, match=r"rules\.yaml: can't be read: No such file"):
        load_rules(path)
    with pytest.raises(RulesError, match="can't be read: Is a directory"):
        load_rules(path.parent)


def test_what_is_not_utf8_and_what_yaml_does_not_know_is_named_with_its_line(path: Path) -> None:
    assert faults(path, SMALL.encode() + b"# \xff\n") == [
        f"6:1: byte {len(SMALL) + 2} isn't UTF-8; save the file as UTF-8"
    ]
    assert faults(path, SMALL + "# \x07\n") == ["6:1: YAML knows no character 0x7; take it out"]


def test_anchors_and_merged_keys_are_understood(path: Path) -> None:
    path.write_text(
        "record_id: id\n"
        "match_keys:\n"
        "  email: &email {column: email, normalise: email}\n"
        "  other: {<<: *email, column: other}\n"
        "match_rules: [{name: email, match: [email]}]\n"
    )
    assert load_rules(path).match_keys["other"].normalise == "email"


def test_rules_that_contain_themselves_are_refused(path: Path) -> None:
    assert faults(path, "&all\nrecord_id: *all\nmatch_keys: *all\nmatch_rules: [*all]\n")
