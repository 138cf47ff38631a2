"""Similar pairs and models without training: weights are given, or a function of the values."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from types import MappingProxyType
from zlib import crc32

import duckdb
import pyarrow as pa

from customer_platform.identity import OutputTables, ResolutionRules, key_sql
from customer_platform.identity.keeping.similar_tables import (
    create_similar_tables,
    keep_model,
    similar_rules,
)
from customer_platform.identity.rules import MatchRule
from customer_platform.identity.similar import SimilarityModel, model_version
from customer_platform.identity.similar.blocking import Part, as_sql
from customer_platform.identity.similar.comparisons import compared_attributes, splink_comparison
from customer_platform.identity.similar.engine import UNIQUE_ID
from customer_platform.identity.similar.matching import compared_records
from customer_platform.identity.similar.model import TermFrequencies
from customer_platform.identity.similar.threshold import ExpectedAccuracy
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql
from customer_platform_tests.identity.helpers import KEYS, OUTPUT, Record, Row, load
from customer_platform_tests.identity.reference import Weights, comparable_values, probability

# With a threshold of 0.6 and a review band from 0.4: certain, linking, to review, and not kept.
_WEIGHTS = (60.0, 3.0, 2.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0)
_OF_PAIRS = 24


def stub_weights(rows: Sequence[Row], rules: ResolutionRules) -> Weights:
    """Per similar rule, the weights of the pairs that are similar at all."""
    values = comparable_values(rows, rules)
    found: dict[str, dict[frozenset[Record], float]] = {}
    for rule in similar_rules(rules):
        found[rule.name] = {}
        for one, other in combinations(sorted(values), 2):
            compared = [[values[name][key] for key in rule.keys] for name in (one, other)]
            chance = crc32(repr((rule.name, sorted(compared, key=repr))).encode()) % _OF_PAIRS
            if chance < len(_WEIGHTS):
                found[rule.name][frozenset((one, other))] = _WEIGHTS[chance]
    return found


def keep_pairs(
    connection: duckdb.DuckDBPyConnection,
    rows: Sequence[Row],
    rules: ResolutionRules,
    weights: Weights | None = None,
) -> Weights:
    """Keeps the pairs of all rows as `update_similar_pairs` would; returns all weights."""
    found = stub_weights(rows, rules) if weights is None else weights
    create_similar_tables(IdentityStore(connection, "all_records", rules, OUTPUT))
    load(connection, rows, "all_records")
    for table in (OUTPUT.similar_pairs, OUTPUT.compared_records, OUTPUT.similar_models):
        connection.execute(f"delete from {OUTPUT.qualified(table)}")
    for rule in similar_rules(rules):
        _keep_rule(connection, "all_records", rules, rule, found)
        connection.execute(
            f"insert into {OUTPUT.qualified(OUTPUT.similar_models)} "
            f"values (?, ?, 'stub', timestamp '2026-01-01', 0, '')",
            [rule.name, model_version(rule, rules.match_keys)],
        )
    return found


def keep_compared(
    connection: duckdb.DuckDBPyConnection,
    records: str,
    rules: ResolutionRules,
    weights: Weights = MappingProxyType({}),
    tables: OutputTables = OUTPUT,
) -> None:
    """Keeps pairs of a table's records, with a model and a run, as if all had been compared."""
    create_similar_tables(IdentityStore(connection, records, rules, tables))
    for table in (tables.similar_pairs, tables.compared_records, tables.similar_runs):
        connection.execute(f"delete from {tables.qualified(table)}")
    for rule in similar_rules(rules):
        assert rule.similar is not None
        _keep_rule(connection, records, rules, rule, {rule.name: {}, **weights}, tables)
        model = made_up_model(rules, rule)
        keep_model(IdentityStore(connection, records, rules, tables), model)
        connection.execute(
            f"insert into {tables.qualified(tables.similar_runs)} (compared_at, rule, model, "
            f"threshold, review, records, linked_records) "
            f"values (timestamp '2026-01-01', ?, ?, ?, ?, 0, 0)",
            [rule.name, model.fingerprint, rule.similar.threshold, rule.similar.review],
        )


def made_up_model(rules: ResolutionRules, rule: MatchRule) -> SimilarityModel:
    """A model that Splink can score by: equality of a value that one in 64 has speaks for 5 bits.

    Every other level, down to `not alike`, has the same share of the rest. One in 8 is a smith.
    """
    assert rule.similar is not None
    attributes = compared_attributes(rule.similar, rules.match_keys)
    comparisons = [
        splink_comparison(each).create_comparison_dict("duckdb")
        | {"comparison_description": each.key}
        for each in attributes
    ]
    for comparison in comparisons:
        _, equal, *others = comparison["comparison_levels"]
        equal |= {"m_probability": 0.5, "u_probability": 1 / 64}
        for level in others:
            level |= {"m_probability": 0.5 / len(others), "u_probability": 63 / 64 / len(others)}
    blocking = tuple((Part(each.column),) for each in attributes)
    return SimilarityModel(
        rule=rule.name,
        version=model_version(rule, rules.match_keys),
        trained_at=datetime(2026, 1, 1, tzinfo=UTC),
        records=100,
        settings={
            "link_type": "dedupe_only",
            "unique_id_column_name": UNIQUE_ID,
            "comparisons": comparisons,
            "blocking_rules_to_generate_predictions": [as_sql(each) for each in blocking],
            "probability_two_random_records_match": 1 / 257,
            "retain_matching_columns": False,
            "retain_intermediate_calculation_columns": False,
        },
        blocking=blocking,
        term_frequencies={
            each.column: TermFrequencies({"smith": 1 / 8}, 1 / 64)
            for each in attributes
            if each.term_frequency
        },
        expected=ExpectedAccuracy(0.9, precision=0.99, recall=0.8),
    )


def _keep_rule(
    connection: duckdb.DuckDBPyConnection,
    records: str,
    rules: ResolutionRules,
    rule: MatchRule,
    found: Weights,
    tables: OutputTables = OUTPUT,
) -> None:
    assert rule.similar is not None
    name = sql.literal(rule.name)
    key_sql.create_functions(connection, rules)
    connection.execute(
        f"create or replace temp table compared as {compared_records(records, rules, rule)}"
    )
    connection.execute(
        f"insert into {tables.qualified(tables.compared_records)} "
        f"select {name}, record_order, compared_hash from compared"
    )
    pairs = [
        (sorted(pair)[0], sorted(pair)[1], weight)
        for pair, weight in found[rule.name].items()
        if probability(weight) >= rule.similar.review
    ]
    kept = pa.table(
        {
            "source": pa.array([one[0] for one, _, _ in pairs], pa.string()),
            "id": pa.array([one[1] for one, _, _ in pairs], pa.string()),
            "other_source": pa.array([other[0] for _, other, _ in pairs], pa.string()),
            "other_id": pa.array([other[1] for _, other, _ in pairs], pa.string()),
            "weight": pa.array([weight for *_, weight in pairs], pa.float64()),
            "probability": pa.array([probability(weight) for *_, weight in pairs], pa.float64()),
        }
    )
    connection.register("stub_pairs", kept)
    connection.execute(
        f"insert into {tables.qualified(tables.similar_pairs)} "
        f"select {name}, mine.source, mine.id, mine.other_source, mine.other_id, "
        f"mine.probability, mine.weight, least(one.record_order, other.record_order), "
        f"greatest(one.record_order, other.record_order) from stub_pairs as mine "
        f"join compared as one on one.source = mine.source and one.record_id = mine.id "
        f"join compared as other on other.source = mine.other_source "
        f"and other.record_id = mine.other_id"
    )
    connection.unregister("stub_pairs")


def weights_between(
    *pairs: tuple[str, str, float], rule: str = "similar", source: str = "s"
) -> Weights:
    """Weights of pairs of records of a source, by their ids."""
    return {
        rule: {frozenset(((source, one), (source, other))): weight for one, other, weight in pairs}
    }


def lone_records(ids: str) -> list[Row]:
    """Records of the source s, one per word, whose values are shared by no other."""
    return [("s", name, *(f"{key} of {name}" for key in KEYS)) for name in ids.split()]
