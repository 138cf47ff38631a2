"""What a trained model says of two records."""

import random

import duckdb
import pytest

from customer_platform.identity import resolve
from customer_platform.identity.keeping.similar_update import update_similar_pairs
from customer_platform.identity.similar import SimilarityModel
from customer_platform.identity.similar.contributions import ScoredPair, score_pairs
from customer_platform.identity.store import IdentityStore
from customer_platform_tests.identity.similar.people import (
    TABLES,
    Person,
    as_table,
    kept_pairs,
    load_people,
    people_rules,
)
from customer_platform_tests.support.similar import TRAINED_AT, FirstRun


def scored(
    connection: duckdb.DuckDBPyConnection,
    people: list[Person],
    model: SimilarityModel,
    *pairs: tuple[str, str],
) -> list[ScoredPair]:
    rules = people_rules()
    named = [(("", one), ("", other)) for one, other in pairs]
    records = load_people(connection, people)
    found = score_pairs(connection, records, rules, rules.match_rules[0], model, named)
    return [found[pair] for pair in named]


def test_training_again_on_the_same_records_gives_the_same_model_whatever_the_truth_says(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    mixed = random.Random(1)
    truths = mixed.sample([person[-1] for person in first_run.people], len(first_run.people))
    shuffled = [(*p[:-1], truth) for p, truth in zip(first_run.people, truths, strict=True)]
    records = load_people(connection, mixed.sample(shuffled, len(shuffled)))
    [rule] = update_similar_pairs(
        IdentityStore(connection, records, people_rules(), TABLES), TRAINED_AT
    )
    assert rule.trained
    assert rule.model == first_run.model
    assert kept_pairs(connection) == first_run.pairs


def test_shuffling_the_truth_changes_no_customer(first_run: FirstRun) -> None:
    models = {"alike": first_run.model}
    plain = resolve(as_table(first_run.people), people_rules(), models=models)
    truths = random.Random(2).sample([p[-1] for p in first_run.people], len(first_run.people))
    shuffled = [(*p[:-1], truth) for p, truth in zip(first_run.people, truths, strict=True)]
    other = resolve(as_table(shuffled), people_rules(), models=models)
    assert other.customer_id_map == plain.customer_id_map
    assert plain.models == models


def test_two_smiths_are_weaker_than_two_zylstras(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    people: list[Person] = [
        ("s1", "jan", "smith", "1950-01-01", "1234AB", ""),
        ("s2", "jan", "smith", "1950-01-01", "1234AB", ""),
        ("z1", "jan", "zylstra", "1950-01-01", "1234AB", ""),
        ("z2", "jan", "zylstra", "1950-01-01", "1234AB", ""),
    ]
    smiths, zylstras = scored(connection, people, first_run.model, ("s1", "s2"), ("z1", "z2"))
    last = [{each.key: each for each in pair.contributions}["last"] for pair in (smiths, zylstras)]
    assert [each.level for each in last] == ["equal", "equal"]
    assert last[0].weight == last[1].weight
    assert last[0].rarity < 0 < last[1].rarity
    assert zylstras.weight - smiths.weight == pytest.approx(last[1].rarity - last[0].rarity)


def test_contributions_and_prior_add_up_to_the_weight_that_is_kept(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    pairs = [tuple(sorted(pair)) for pair in first_run.pairs][:40]
    found = scored(connection, first_run.people, first_run.model, *((p[0], p[1]) for p in pairs))
    for pair, score in zip(pairs, found, strict=True):
        total = sum(each.weight + each.rarity for each in score.contributions)
        assert score.prior + total == pytest.approx(score.weight, abs=1e-9)
        assert score.weight == pytest.approx(first_run.pairs[frozenset(pair)], abs=1e-6)
        assert score.probability == pytest.approx(1 / (1 + 2**-score.weight))
        keys = [each.key for each in score.contributions]
        assert keys[:4] == ["first", "last", "birth", "postcode"]
        # Behind them is what an attribute is worth less given another.
        assert all(each.weight < 0 for each in score.contributions[4:])


def test_a_missing_value_says_nothing_and_a_missing_record_has_no_score(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    people: list[Person] = [
        ("a", "jan", "jansen", None, "1234AB", ""),
        ("b", "jan", "jansen", "1950-01-01", None, ""),
    ]
    [pair] = scored(connection, people, first_run.model, ("a", "b"))
    by_key = {each.key: each for each in pair.contributions}
    assert (by_key["birth"].level, by_key["birth"].weight) == ("no value", 0)
    assert (by_key["postcode"].level, by_key["postcode"].rarity) == ("no value", 0)
    with pytest.raises(KeyError):
        scored(connection, people, first_run.model, ("a", "nobody"))


def test_only_records_that_the_stated_blocking_brings_together_are_compared(
    connection: duckdb.DuckDBPyConnection, first_run: FirstRun
) -> None:
    rules = people_rules(blocking=[["postcode:area", "last:1"]])
    records = load_people(connection, first_run.people)
    [rule] = update_similar_pairs(IdentityStore(connection, records, rules, TABLES), TRAINED_AT)
    person = {p[0]: p for p in first_run.people}

    def block(name: str) -> tuple[str | None, str | None]:
        _, _, last, _, postcode, _ = person[name]
        return last and last[0], postcode and postcode[:3]

    def together(pair: frozenset[str]) -> bool:
        return len({block(name) for name in pair}) == 1

    assert len(rule.model.blocking) == 1
    found = kept_pairs(connection)
    assert len(found) > 50
    assert all(together(pair) for pair in found)
    assert not all(together(pair) for pair in first_run.pairs)


def test_a_model_is_the_same_after_it_was_written_and_read(first_run: FirstRun) -> None:
    read = SimilarityModel.from_json(first_run.model.to_json())
    assert read == first_run.model
    assert read.fingerprint == first_run.model.fingerprint
    rules = people_rules(threshold=0.6, review=0.4, cohesion=0.9)
    assert read.serves(rules.match_rules[0], rules.match_keys)
    other = people_rules(blocking=[["birth"]])
    assert not read.serves(other.match_rules[0], other.match_keys)
    for text in ("{}", "[]", "1", '{"rule": "alike"}', first_run.model.to_json()[:-5]):
        with pytest.raises(ValueError, match=r".+"):
            SimilarityModel.from_json(text)
