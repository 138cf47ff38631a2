import pytest
import yaml

from customer_platform.errors import OnboardingError
from customer_platform.onboarding.yaml_edit import append_item, remove_items


@pytest.mark.parametrize(
    "text",
    ["a:\n  list:\n    - one\n\n# behind\nb: 1\n", "a:\n  list:\n  - one", "a:\n  list:\n  - one\n",
     "a:\n  list:\n    - one # why\n    # more\nb: 1\n",
     "a:\n  list:\n    - text: >-\n        one\n        two\n\nb: 1\n",
     "a:\n  list:\n    - {name: one, with: [x,\n        y]}\n"],
)  # fmt: skip
def test_an_item_comes_last_and_the_rest_stays_to_the_character(text: str) -> None:
    after = append_item(text, ["a", "list"], ["- name: new", "  type: x"], "file")
    before = yaml.safe_load(text)
    content = yaml.safe_load(after)
    assert content["a"]["list"] == [*before["a"]["list"], {"name": "new", "type": "x"}]
    assert content.get("b") == before.get("b")
    kept = [line for line in after.splitlines() if "new" not in line and "type: x" not in line]
    assert kept == text.splitlines()


@pytest.mark.parametrize(
    "text", ["a: {list: [one]}", "a: {list: []}", "a:\n  list: text\n", "a: 1", "b: 1"]
)
def test_a_list_that_is_none_or_in_brackets_is_left_to_a_person(text: str) -> None:
    with pytest.raises(OnboardingError, match=r"project\.yml: a\.list is no list of one item"):
        append_item(text, ["a", "list"], ["- two"], "project.yml")


@pytest.mark.parametrize(
    "text", ["a:\n  list: [] # none\n  c: 1\n", "a:\n  list: # none\n  c: 1\n", "a:\n  list:\n",
             "a:\n  list: []", "a:\n  list: null\n"],
)  # fmt: skip
def test_an_empty_list_takes_its_first_item(text: str) -> None:
    after = append_item(text, ["a", "list"], ["- {name: new}"], "file")
    assert yaml.safe_load(after)["a"] == (yaml.safe_load(text)["a"] | {"list": [{"name": "new"}]})
    assert ("# none" in after) is ("# none" in text)


def test_items_go_and_the_rest_stays_to_the_character() -> None:
    first = "a:\n  list: # of three\n    - one\n    # the second\n"
    text = f"{first}    - name: two\n      x: 1\n\n    - 3\nb: 1\n"
    after = remove_items(text, ["a", "list"], [1], "file")
    assert after == text.replace("    - name: two\n      x: 1\n", "")
    empty = remove_items(text, ["a", "list"], [0, 1, 2], "file")
    assert yaml.safe_load(empty) == {"a": {"list": []}, "b": 1}
    assert "list: [] # of three\n" in empty


def test_an_item_in_brackets_is_left_to_a_person() -> None:
    with pytest.raises(OnboardingError, match=r"file: a is no list .* take out by hand: item 1"):
        remove_items("a: [one]", ["a"], [0], "file")
