from datetime import date

import numpy as np
import pytest

from customer_platform.demo.contact_details import card_numbers, make_addresses, phone_numbers
from customer_platform.demo.names import first_names, last_names
from customer_platform.demo.places import COUNTRIES, cities, streets
from customer_platform.demo.randomness import Window, some, stream
from customer_platform.demo.retail.people import People, make_people
from customer_platform_tests.demo.retail.kinds import namesakes_of, twins_of

WINDOW = Window.ending(date(2026, 1, 10), 30)


@pytest.fixture(scope="module")
def people() -> People:
    return make_people(1, 20_000, WINDOW)


def test_housemates_never_have_one_first_name(people: People) -> None:
    pairs = np.stack([people.household, people.first_name], axis=1)
    assert len(np.unique(pairs, axis=0)) == people.count


def test_a_housemate_is_of_the_same_household_and_somebody_else(people: People) -> None:
    assert np.array_equal(people.household[people.housemate], people.household)
    # The last household may be cut short, its one person being counted as alone.
    together = people.household_size > 1
    assert 0.5 < together.mean() < 0.75
    assert np.all((people.housemate != np.arange(people.count)) == together)


def test_twins_share_all_but_their_first_names_and_initials(people: People) -> None:
    twins = twins_of(people)
    assert len(twins) > 50
    names = people.first_pool.names[people.first_name]
    assert all(str(names[one])[0] != str(names[other])[0] for one, other in twins)


def test_namesakes_share_name_and_birth_date_and_live_elsewhere(people: People) -> None:
    pairs = namesakes_of(people)
    assert len(pairs) > 20
    assert all(people.household[one] != people.household[other] for one, other in pairs)


def test_few_names_are_common_and_many_are_rare(people: People) -> None:
    counts = np.sort(np.bincount(people.last_name))[::-1]
    assert counts[0] > 100
    assert (counts > 0).sum() > 800


def test_phone_numbers_are_personal_and_landlines_of_a_household(people: People) -> None:
    phones = phone_numbers(1, people)
    assert len(np.unique(phones["mobile"])) == people.count
    assert len(np.unique(phones["landline"])) == people.household[-1] + 1


def test_card_numbers_are_distinct() -> None:
    assert len(np.unique(card_numbers(1, 100_000))) == 100_000


def test_a_dutch_postcode_is_one_street(people: People) -> None:
    addresses = make_addresses(1, people)
    dutch = addresses["country"] == "NL"
    street_of: dict[str, str] = {}
    for postcode, street in zip(
        addresses["postcode"][dutch], addresses["street"][dutch], strict=True
    ):
        name = "".join(part for part in str(street) if not part.isdigit()).split()[0]
        assert street_of.setdefault(postcode, name) == name


def test_every_country_has_names_cities_and_streets() -> None:
    first, last = first_names(), last_names()
    for country in COUNTRIES:
        assert len(first.positions[country]) >= 80
        assert len(last.positions[country]) >= 150
        assert len(cities(country).names) >= 15
        assert len(streets(country)) == len(set(streets(country))) >= 100
        assert first.cumulative[country][-1] == pytest.approx(1.0)


def test_a_share_is_marked_exactly() -> None:
    assert some(stream(1, "test"), 1_000, 0.013).sum() == 13
    assert some(stream(1, "test"), 10, 0.0).sum() == 0
    assert some(stream(1, "test"), 0, 0.5).sum() == 0
