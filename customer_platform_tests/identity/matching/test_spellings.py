"""Which spellings are one name, and how many people a list of names is."""

from itertools import combinations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_platform.identity.matching import spellings
from customer_platform.identity.matching.sorting import share_people
from customer_platform.identity.matching.spellings import are_alike, read_spellings


def alike(one: str, other: str) -> bool:
    known, ids = read_spellings([pa.array([one, other])])
    return bool(are_alike(known, *ids[0]))


def has_more_people(*names: str | None, most: int) -> bool:
    known, ids = read_spellings([pa.array(names, pa.string())])
    rows = pa.array(range(len(names)), pa.int32()).to_numpy()
    return bool(share_people(known, ids, rows, most))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jan", "J."),
        ("Jan", "Johan"),
        ("j", "johan"),
        ("J.W.", "Jan Willem"),
        ("Jan Willem", "jan-willem"),
        ("Jan", "Jan Willem"),
        ("Sanne", "Snane"),
        ("Sophie", "Sopie"),
        ("Sam", "Samuel"),
        ("Josh", "Joshua"),
        ("Lea", "Leaa"),
        ("Bas", "Bass"),
        ("Thijs", "Matthijs"),
        ("Kathi", "Katharina"),
        ("Steffi", "Stefanie"),
        ("Bob", "Robert"),
        ("Kees", "Cornelis"),
        ("ΓΙΑΝΝΗΣ", "γιαννησ"),
        ("Иван", "И."),
    ],
)
def test_spellings_of_one_name_are_alike(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jan", "Maria"),
        ("Jan", "Jana"),
        ("Jan", "Johanna"),
        ("Johannes", "Johanna"),
        ("Mario", "Maria"),
        ("Anna", "Anne"),
        ("Paul", "Paula"),
        ("Emil", "Emilia"),
        ("Daniel", "Danielle"),
        ("Andreas", "Andrea"),
        ("Tim", "Tom"),
        ("Sanne", "Jelle"),
        # Each sign is a syllable, a vowel or a word: one other sign is another name.
        ("राम", "रामा"),
        ("रामा", "रीमा"),
        ("王伟", "王芳"),
        ("さとし", "さとみ"),
    ],
)
def test_names_of_two_people_are_not(one: str, other: str) -> None:
    assert not alike(one, other)
    assert not alike(other, one)


def test_what_has_no_letter_is_no_name() -> None:
    known, ids = read_spellings([pa.array(["-", "  ", "", None, "Jan", "JAN."])])
    assert ids[0].tolist()[:4] == [spellings.NO_NAME] * 4
    assert ids[0, 4] == ids[0, 5]
    assert known.lengths[ids[0, 4]] == 3


def test_an_initial_is_any_of_the_names_it_begins_and_these_are_still_two() -> None:
    assert not has_more_people("Jan", "J.", None, "Johan", "Jan", most=1)
    assert has_more_people("J.", "Jan", "Jos", most=1)
    assert not has_more_people("J.", "Jan", "Jos", most=2)
    assert has_more_people("J.", "Jan", "P.", "Jos", "Piet", most=2)


def test_of_hundreds_of_names_some_are_enough_to_say_that_they_are_many() -> None:
    names = [f"{one}{two}{three}oram" for one in "bdfgk" for two in "aeiou" for three in "lmnrstv"]
    assert has_more_people(*names, most=10)
    assert not has_more_people(*["Jan", "Johan", "J."] * 100, most=1)


@given(st.lists(st.text("abjn", min_size=1, max_size=5), max_size=8, unique=True))
@settings(max_examples=60)
def test_people_are_counted_as_trying_every_choice_of_names_has_it(names: list[str]) -> None:
    known, ids = read_spellings([pa.array(names, pa.string())])
    unlike = [
        len(chosen)
        for size in range(len(names) + 1)
        for chosen in combinations(ids[0].tolist(), size)
        if not any(are_alike(known, *pair) for pair in combinations(chosen, 2))
    ]
    people = max(unlike)
    assert not has_more_people(*names, most=max(people, 1))
    assert people < 2 or has_more_people(*names, most=people - 1)
