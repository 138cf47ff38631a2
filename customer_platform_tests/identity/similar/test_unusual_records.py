"""Records and names that nobody thinks of are no reason to fail inside of Splink."""

import pytest

from customer_platform.errors import SimilarRulesError
from customer_platform.identity import ResolutionRules, ResolvedRecords, resolve
from customer_platform_tests.identity.similar.people import (
    Person,
    as_table,
    made_people,
    people_rules,
)
from customer_platform_tests.support.similar import FirstRun


def resolved(people: list[Person], **similar: object) -> ResolvedRecords:
    return resolve(as_table(people), people_rules(**similar))  # type: ignore[arg-type]


def linked(found: ResolvedRecords) -> int:
    return found.customer_id_map.num_rows - found.customers


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_records_leave_no_model_that_is_used_later(count: int, first_run: FirstRun) -> None:
    strangers = [person for person in first_run.people if person[0].startswith("z")]
    found = resolved(strangers[:count])
    assert (found.customer_id_map.num_rows, found.customers) == (count, count)
    assert not found.models["alike"].is_trained
    if count:
        return
    later = resolve(as_table(first_run.people), people_rules(), models=found.models)
    assert later.models["alike"].is_trained
    assert later.models["alike"].records == len(first_run.people)


@pytest.mark.parametrize("count", [2, 10, 50])
@pytest.mark.parametrize("twice", [False, True])
def test_few_records_are_told_apart_by_the_defaults(count: int, twice: bool) -> None:
    people = [person for person in made_people(count, seed=3) if person[0].startswith("r")]
    copies = [(f"copy {person[0]}", *person[1:]) for person in people if twice]
    found = resolved(people + copies)
    assert found.customers == count
    assert found.customer_id_map.num_rows == count * (1 + twice)


def test_an_attribute_without_values_takes_nothing_from_the_others() -> None:
    people: list[Person] = [(*p[:3], None, *p[4:]) for p in made_people(300)]
    found = resolved(people)
    assert linked(found) > 60
    assert {level.split(": ")[0] for level in found.models["alike"].untrained} >= {"birth"}
    stated = people_rules().model_dump(exclude_none=True, exclude_defaults=True)
    stated["match_rules"][0]["similar"]["compare"] = ["first", "last", "postcode"]
    without = resolve(as_table(people), ResolutionRules.model_validate(stated))
    assert linked(without) == linked(found)


def test_an_attribute_that_all_records_share_takes_nothing_from_the_others() -> None:
    people: list[Person] = [(*p[:3], "1980-01-01", *p[4:]) for p in made_people(300)]
    assert linked(resolved(people)) > 60


def test_records_without_any_value_or_all_alike_link_nobody() -> None:
    nothing: list[Person] = [(f"r{n}", None, None, None, None, "") for n in range(60)]
    assert linked(resolved(nothing)) == 0
    same: list[Person] = [(f"r{n}", "jan", "smith", "1980-01-01", "1234AB", "") for n in range(60)]
    assert resolved(same).customer_id_map.num_rows == 60


def test_records_of_which_no_two_are_similar_link_nobody() -> None:
    people: list[Person] = [
        (f"r{n}", letter * 6, letter * 8, f"{1950 + n}-{n % 12 + 1:02}-{n + 1:02}", None, "")
        for n, letter in enumerate("abcdefghijklmnopqrst")
    ]
    assert linked(resolved(people)) == 0


def test_too_common_values_are_refused_before_all_are_compared_with_all() -> None:
    same: list[Person] = [
        (f"r{n}", "jan", "smith", "1980-01-01", "1234AB", "") for n in range(2000)
    ]
    with pytest.raises(SimilarRulesError, match=r"'alike': the values that it compares are so com"):
        resolved(same)


def test_letters_of_all_scripts_and_quotes_are_values_like_others() -> None:
    people: list[Person] = [
        (f"{p[0]} '\"; --", f"{p[1]}é'\"日本", f'{p[2]} "ß"', *p[3:]) for p in made_people()
    ]
    found = resolved(people)
    assert linked(found) > 50
    assert {row["record_id"] for row in found.customer_id_map.to_pylist()} == {p[0] for p in people}


@pytest.mark.parametrize(
    ("first", "last"), [("2nd name", "it's"), ('a "b": c', "last:1"), ("日本 ²", "select")]
)
def test_keys_and_rules_may_have_any_name(first: str, last: str, first_run: FirstRun) -> None:
    stated = people_rules(f'{first}\'s "rule": 1').model_dump(
        exclude_none=True, exclude_defaults=True
    )
    keys = stated["match_keys"]
    stated["match_keys"] = {
        first: keys["first"],
        last: keys["last"],
        "birth": keys["birth"],
    }
    stated["match_rules"][0]["similar"] = {
        "compare": [first, last, "birth"],
        "blocking": [[last, f"{first}:1"], ["birth:year", f"{last}:1"], ["birth"]],
        "comparisons": {first: {"as": "text", "similarity": [0.85]}},
    }
    found = resolve(as_table(first_run.people), ResolutionRules.model_validate(stated))
    assert linked(found) > 30
    [(name, model)] = found.models.items()
    assert name == f'{first}\'s "rule": 1'
    assert len(model.blocking) == 3
