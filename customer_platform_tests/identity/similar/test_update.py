"""Kept pairs are those of comparing all records by the same model, however they came about."""

import random
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import duckdb
import pytest

from customer_platform.errors import RecordsError
from customer_platform.identity import Delta, ResolutionRules, update_map
from customer_platform.identity.keeping.similar_tables import create_similar_tables, keep_model
from customer_platform.identity.keeping.similar_update import ComparedRule, update_similar_pairs
from customer_platform.identity.similar import SimilarityModel
from customer_platform.identity.store import IdentityStore
from customer_platform_tests.identity.helpers import DAY_1, DAY_2, DAY_3, DAY_4
from customer_platform_tests.identity.similar.people import (
    TABLES,
    Person,
    kept_pairs,
    load_people,
    people_rules,
)
from customer_platform_tests.support.similar import FirstRun


def compare(
    connection: duckdb.DuckDBPyConnection,
    people: Sequence[Person],
    rules: ResolutionRules | None = None,
    at: datetime = DAY_1,
    *,
    model: SimilarityModel | None = None,
    **options: Any,
) -> ComparedRule:
    """Compares the people by the one rule, which has this model beforehand."""
    if model:
        create_similar_tables(IdentityStore(connection, "people", people_rules(), TABLES))
        keep_model(IdentityStore(connection, "people", people_rules(), TABLES), model)
    records = load_people(connection, people)
    [rule] = update_similar_pairs(
        IdentityStore(connection, records, rules or people_rules(), TABLES), at, **options
    )
    return rule


def compared(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    return connection.execute(
        f"select record_order, compared_hash from {TABLES.qualified(TABLES.compared_records)} "
        f"order by all"
    ).fetchall()


def changed(people: Sequence[Person], seed: int) -> list[Person]:
    """The people after some were deleted, some have moved, and some have come: also copies."""
    chance = random.Random(seed)
    kept = [person for person in people if chance.random() > 0.1]
    moved = [
        (*person[:4], f"{chance.randint(1000, 9999)}CD", person[5])
        if chance.random() < 0.1
        else person
        for person in kept
    ]
    copies = [(f"new {n} of {p[0]}", *p[1:]) for n, p in enumerate(chance.sample(kept, 12))]
    again = [(f"again {copy[0]}", *copy[1:]) for copy in copies[:4]]
    return [*moved, *copies, *again]


def test_a_run_with_the_kept_model_gives_the_pairs_of_the_run_that_trained_it(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    connection.execute("set threads = 1")
    rule = compare(connection, first_run.people[::-1], model=first_run.model)
    assert (rule.mode, rule.trained) == ("full", False)
    assert rule.model == first_run.model
    assert kept_pairs(connection) == first_run.pairs
    assert len(first_run.pairs) > 60


def test_comparing_only_what_has_changed_gives_the_pairs_of_comparing_all(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    compare(connection, first_run.people, model=first_run.model)
    people: list[Person] = first_run.people
    for seed, moment in enumerate((DAY_2, DAY_3)):
        before, people = set(people), changed(people, seed)
        rule = compare(connection, people, at=moment)
        assert (rule.mode, rule.trained) == ("incremental", False)
        assert rule.compared_records == len(set(people) - before)
        with duckdb.connect() as other:
            full = compare(other, people, model=first_run.model)
            assert full.mode == "full"
            assert kept_pairs(connection) == kept_pairs(other)
            assert compared(connection) == compared(other)
            same = ("records", "pairs", "links", "linked_records", "to_review")
            assert [asdict(rule)[name] for name in same] == [asdict(full)[name] for name in same]
    assert any("again" in one and "new" in one for pair in kept_pairs(connection) for one in pair)


def test_nothing_is_compared_where_nothing_has_changed(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    compare(connection, first_run.people, model=first_run.model)
    rule = compare(connection, first_run.people, at=DAY_2)
    assert (rule.mode, rule.compared_records) == ("incremental", 0)
    assert kept_pairs(connection) == first_run.pairs
    assert rule.previous_match_rate == rule.match_rate > 0.4


def test_a_model_is_kept_until_retraining_is_asked_for_or_the_rule_compares_otherwise(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    half = first_run.people[:150]
    compare(connection, first_run.people, model=first_run.model)
    assert compare(connection, half, at=DAY_2).model == first_run.model
    again = compare(connection, half, at=DAY_3, retrain=True)
    assert (again.mode, again.trained, again.model.records) == ("full", True, 150)
    otherwise = people_rules(comparisons={"first": {"as": "text"}})
    other = compare(connection, half, otherwise, at=DAY_4)
    assert (other.mode, other.trained) == ("full", True)
    assert other.model.version != again.model.version
    assert other.previous_match_rate is None


def test_another_threshold_and_another_band_need_no_other_model(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    compare(connection, first_run.people, model=first_run.model)
    stricter = people_rules(threshold=0.99, review=0.8, cohesion=0.5)
    rule = compare(connection, first_run.people, stricter, at=DAY_2)
    assert (rule.mode, rule.trained, rule.compared_records) == ("incremental", False, 0)
    assert rule.previous_match_rate is None
    assert kept_pairs(connection) == {
        pair: weight for pair, weight in first_run.pairs.items() if weight >= 2
    }
    wider = people_rules(review=1e-5)
    rule = compare(connection, first_run.people, wider, at=DAY_3)
    assert (rule.mode, rule.trained) == ("full", False)
    assert rule.compared_records == rule.records == len(first_run.people)
    found = kept_pairs(connection)
    assert found.items() > first_run.pairs.items()
    assert rule.pairs == len(found) == rule.links + rule.to_review


def test_what_is_kept_of_a_rule_that_is_gone_is_forgotten(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    compare(connection, first_run.people, model=first_run.model)
    exact = people_rules().model_dump(exclude_none=True)
    exact["match_rules"] = [{"name": "exact", "match": ["first", "last"]}]
    rules = ResolutionRules.model_validate(exact)
    assert update_similar_pairs(IdentityStore(connection, "people", rules, TABLES), DAY_2) == []
    for table in (TABLES.similar_pairs, TABLES.compared_records, TABLES.similar_models):
        [(rows,)] = connection.execute(f"select count(*) from {TABLES.qualified(table)}").fetchall()
        assert rows == 0


def test_a_record_that_is_there_twice_is_refused_and_nothing_is_kept_of_it(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    compare(connection, first_run.people, model=first_run.model)
    before = compared(connection)
    twice = [*first_run.people, (first_run.people[0][0], *first_run.people[1][1:])]
    with pytest.raises(RecordsError, match=r"1 record ids are given more than once: r0"):
        compare(connection, twice, at=DAY_2)
    nameless = [*first_run.people, ("", *first_run.people[1][1:])]
    with pytest.raises(RecordsError, match="1 records have no value in the column 'id'"):
        compare(connection, nameless, at=DAY_2)
    assert compared(connection) == before
    assert kept_pairs(connection) == first_run.pairs


def test_records_come_to_customers_by_the_kept_pairs(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    compare(connection, first_run.people, model=first_run.model)
    update_map(connection, Delta("people"), people_rules(), TABLES, DAY_1)
    wrong, right = connection.execute(
        "select count(*) filter (where record.truth <> other.truth), "
        "count(*) filter (where record.truth = other.truth) "
        "from identity.customer_id_map as map "
        "join people as record on record.id = map.source_record_id "
        "join people as other on other.id = map.linked_to_record_id"
    ).fetchall()[0]
    doubles = sum(person[0].startswith("d") for person in first_run.people)
    assert wrong == 0
    assert right > 0.65 * doubles
    people = changed(first_run.people, 3)
    compare(connection, people, at=DAY_2)
    update_map(connection, Delta("people"), people_rules(), TABLES, DAY_2)
    by_changes = connection.execute(
        "select source_record_id, customer_id, linked_to_record_id "
        "from identity.customer_id_map order by all"
    ).fetchall()
    update_map(connection, Delta("people"), people_rules(), TABLES, DAY_3, everything=True)
    assert (
        by_changes
        == connection.execute(
            "select source_record_id, customer_id, linked_to_record_id "
            "from identity.customer_id_map order by all"
        ).fetchall()
    )
