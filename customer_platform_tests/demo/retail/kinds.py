"""Which people of the demo are easily taken for one."""

from itertools import combinations

from customer_platform.demo.retail.people import People

Pairs = list[tuple[int, int]]


def twins_of(people: People) -> Pairs:
    """Pairs of one household, last name and birth date."""
    return _alike(people, people.household, people.last_name, people.birth_day)


def namesakes_of(people: People) -> Pairs:
    """Pairs of one first name, last name and birth date."""
    return _alike(people, people.first_name, people.last_name, people.birth_day)


def couples_of(people: People) -> Pairs:
    """Pairs of one household."""
    return _alike(people, people.household)


def _alike(people: People, *columns: object) -> Pairs:
    groups: dict[tuple[int, ...], list[int]] = {}
    for person, values in enumerate(zip(*columns, strict=True)):
        groups.setdefault(values, []).append(person)
    return [pair for group in groups.values() for pair in combinations(group, 2)]


def person_ids(pairs: Pairs) -> set[frozenset[str]]:
    """Pairs as the truth names people."""
    return {frozenset(f"P{person + 1:07d}" for person in pair) for pair in pairs}
