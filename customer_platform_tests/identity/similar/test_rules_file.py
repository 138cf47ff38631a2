"""Similar rules in a YAML file: what may be left out, and how every fault is named with its place.

Every text stands in line 7, from column 5 on, behind `{name: alike, `.
"""

from pathlib import Path

import pytest

from customer_platform.errors import RulesError
from customer_platform.identity.rules_file import load_rules
from customer_platform.identity.similar.comparisons import compared_attributes
from customer_platform.identity.similar_rule import key_and_part

START = """\
record_id: id
match_keys:
  name:  {column: name, normalise: name}
  birth: {column: birth, normalise: date}
  city:  {column: city}
match_rules:
"""
BOTH = "similar: {compare: [name, birth], "


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rules.yaml"


def fault(path: Path, text: str) -> str:
    """The one fault, without the file's name."""
    path.write_text(f"{START}  - {{name: alike, {text}}}\n")
    with pytest.raises(RulesError) as refused:
        load_rules(path)
    [line] = str(refused.value).splitlines()
    return line.removeprefix(f"{path}:")


def test_naming_the_keys_is_enough(path: Path) -> None:
    path.write_text(START + "  - {name: alike, similar: {compare: [name, birth, city]}}\n")
    rules = load_rules(path)
    similar = rules.match_rules[0].similar
    assert similar is not None
    assert (similar.threshold, similar.review, similar.cohesion) == (None, 0.5, 0.2)
    assert similar.blocking is None
    attributes = compared_attributes(similar, rules.match_keys)
    assert [(each.key, each.kind) for each in attributes] == [
        ("name", "name"),
        ("birth", "date"),
        ("city", "text"),
    ]
    assert all(each.term_frequency for each in attributes)


def test_all_settings_are_read(path: Path) -> None:
    path.write_text(
        START
        + """\
  - name: alike
    similar:
      compare: [name, birth, city]
      threshold: 0.9
      review: 0.2
      cohesion: 0
      blocking: [[birth], ["name:1", "birth:year"]]
      comparisons:
        city: {as: category, term_frequency: false}
        name: {similarity: [0.9, 0.8]}
"""
    )
    rules = load_rules(path)
    similar = rules.match_rules[0].similar
    assert similar is not None
    assert (similar.threshold, similar.review, similar.cohesion) == (0.9, 0.2, 0)
    assert similar.blocking == [["birth"], ["name:1", "birth:year"]]
    name, _, city = compared_attributes(similar, rules.match_keys)
    assert (name.kind, name.similarities) == ("name", (0.9, 0.8))
    assert (city.kind, city.term_frequency) == ("category", False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "similar: {compare: [name]}",
            "7:38: match_rules.0.similar.compare needs at least two entries; it is a list",
        ),
        (
            "similar: {compare: []}",
            "7:38: match_rules.0.similar.compare needs at least two entries; it is an empty list",
        ),
        ("similar: {}", "7:28: the key 'compare' is missing in match_rules.0.similar"),
        (
            "similar: [name, birth]",
            "7:28: match_rules.0.similar should be a mapping of compare, threshold, review, "
            "cohesion, blocking, comparisons; it is a list",
        ),
        (
            "similar: {compare: [name, naem]}",
            "7:45: match rule 'alike' uses the unknown match key 'naem'; did you mean 'name'? "
            "known: name, birth, city",
        ),
        (
            "similar: {compare: [name, name]}",
            "7:38: match key 'name' is listed more than once",
        ),
    ],
)
def test_keys_that_cannot_be_compared_are_named(path: Path, text: str, expected: str) -> None:
    assert fault(path, text) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            "treshold: 0.9",
            "7:53: unknown key 'treshold'; did you mean 'threshold'? known: compare, threshold, "
            "review, cohesion, blocking, comparisons",
        ),
        (
            "threshold: 1",
            "7:64: match_rules.0.similar.threshold should be less than 1; it is the number 1",
        ),
        (
            "threshold: high",
            "7:64: match_rules.0.similar.threshold should be a valid number; it is the text 'high'",
        ),
        (
            "review: 0",
            "7:61: match_rules.0.similar.review should be greater than 0; it is the number 0",
        ),
        (
            "threshold: 0.5, review: 0.7",
            "7:28: review is 0.7 and threshold 0.5; pairs to review lie below the threshold",
        ),
        (
            "cohesion: -1",
            "7:63: match_rules.0.similar.cohesion should be greater than or equal to 0; "
            "it is the number -1",
        ),
    ],
)
def test_thresholds_out_of_range_are_named(path: Path, settings: str, expected: str) -> None:
    assert fault(path, f"{BOTH}{settings}}}") == expected


@pytest.mark.parametrize(
    ("blocking", "expected"),
    [
        (
            "[name]",
            "7:64: match_rules.0.similar.blocking.0 should be a list, in brackets; "
            "it is the text 'name'",
        ),
        (
            "[]",
            "7:63: match_rules.0.similar.blocking needs at least one entry; it is an empty list",
        ),
        (
            "[[]]",
            "7:64: match_rules.0.similar.blocking.0 needs at least one entry; it is an empty list",
        ),
        (
            "[[name, city]]",
            "7:71: match rule 'alike': blocking uses 'city', which compare doesn't list; "
            "known: name, birth",
        ),
        (
            "[['name:4']]",
            "7:65: match rule 'alike': blocking uses 'name:4': there is no part '4'; "
            "known: 1, 3, year, day, area, user, end",
        ),
        (
            "[[birth, 3]]",
            "7:72: match_rules.0.similar.blocking.0.1 is the number 3, not text; "
            'write it in quotes: "3"',
        ),
    ],
)
def test_faulty_blocking_is_named(path: Path, blocking: str, expected: str) -> None:
    assert fault(path, f"{BOTH}blocking: {blocking}}}") == expected


@pytest.mark.parametrize(
    ("comparisons", "expected"),
    [
        (
            "{city: {as: name}}",
            "7:73: match rule 'alike': comparisons has 'city', which compare doesn't list; "
            "known: name, birth",
        ),
        (
            "{name: {as: nmae}}",
            "7:78: unknown comparison 'nmae'; choose name, date, postcode, email, phone, street, "
            "code, text, category",
        ),
        (
            "{name: {kind: name}}",
            "7:74: unknown key 'kind'; known: as, similarity, term_frequency",
        ),
        (
            "{name: text}",
            "7:73: match_rules.0.similar.comparisons.name should be a mapping of as, similarity, "
            "term_frequency; it is the text 'text'",
        ),
        (
            "{name: {similarity: 0.9}}",
            "7:86: match_rules.0.similar.comparisons.name.similarity should be a list, in "
            "brackets; it is the number 0.9",
        ),
        (
            "{name: {similarity: [0.8, 0.9]}}",
            "7:86: similarities are listed from high to low, each once",
        ),
        ("{name: {similarity: [1.0]}}", "7:86: similarities lie between 0 and 1"),
        (
            "{name: {term_frequency: 1}}",
            "7:90: match_rules.0.similar.comparisons.name.term_frequency should be a valid "
            "boolean; it is the number 1",
        ),
    ],
)
def test_faulty_comparisons_are_named(path: Path, comparisons: str, expected: str) -> None:
    assert fault(path, f"{BOTH}comparisons: {comparisons}}}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "similar: {compare: [name, birth]}, match: [name]",
            "7:5: match rule 'alike' needs either match (keys that are equal) or similar (keys "
            "that are compared), not both",
        ),
        (
            "similar:",
            "7:5: match rule 'alike' needs either match (keys that are equal) or similar (keys "
            "that are compared)",
        ),
        (
            "similar: {compare: [name, birth]}, max_records_per_value: 5",
            "7:5: match rule 'alike': max_records_per_value goes with match; a similar rule is "
            "bounded by its blocking",
        ),
    ],
)
def test_a_rule_is_of_one_kind(path: Path, text: str, expected: str) -> None:
    assert fault(path, text) == expected


def test_an_entry_of_blocking_is_a_key_before_it_is_a_part_of_one() -> None:
    assert key_and_part("name:1", ["name"]) == ("name", "1")
    assert key_and_part("name:1", ["name", "name:1"]) == ("name:1", "")
    assert key_and_part("name:1:3", ["name:1"]) == ("name:1", "3")
    assert key_and_part("a: b", ["a: b"]) == ("a: b", "")
