"""One model for all tests: training is what takes time."""

from collections.abc import Iterator

import duckdb
import pytest

from customer_platform.identity.keeping.similar_update import update_similar_pairs
from customer_platform.identity.store import IdentityStore
from customer_platform_tests.identity.similar.people import (
    TABLES,
    kept_pairs,
    load_people,
    made_people,
    people_rules,
)
from customer_platform_tests.support.similar import TRAINED_AT, FirstRun


@pytest.fixture(scope="package")
def first_run() -> Iterator[FirstRun]:
    people = made_people()
    with duckdb.connect() as connection:
        records = load_people(connection, people)
        [rule] = update_similar_pairs(
            IdentityStore(connection, records, people_rules(), TABLES), TRAINED_AT
        )
        assert (rule.mode, rule.trained, rule.compared_records) == ("full", True, len(people))
        yield FirstRun(people, rule.model, kept_pairs(connection))
