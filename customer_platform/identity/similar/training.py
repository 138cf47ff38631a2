"""Trains the model of a similar rule, without labels, on a sample of the records.

What is rare among random pairs (u) comes from random pairs, what is common among pairs of the same
customer (m) from expectation maximisation over blocked pairs, as Splink does both. How likely any
two records are the same is then what the scored pairs of the sample add up to.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from customer_platform.identity.numbers import fetch_numbers
from customer_platform.identity.similar.agreement import FEWEST_PAIRS, Agreement, agreements
from customer_platform.identity.similar.blocking import (
    BlockingRule,
    Part,
    as_sql,
    chosen_rules,
    pairs_on,
)
from customer_platform.identity.similar.columns import quoted
from customer_platform.identity.similar.comparisons import Attribute, splink_comparison
from customer_platform.identity.similar.dependence import as_comparisons, dependences
from customer_platform.identity.similar.engine import UNIQUE_ID, linker
from customer_platform.identity.similar.model import (
    FREQUENT_VALUES,
    SimilarityModel,
    TermFrequencies,
)
from customer_platform.identity.similar.scoring import as_splink, scoring_linker

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from splink import Linker

SAMPLE = "similar_sample"
_SAMPLED_RECORDS = 100_000
_MOST_PAIRS = 1_000_000
_TRAINING_RULES = 3
_RANDOM_PAIRS = 2_000_000
_PAIRS_FOR_PRIOR = 200_000
_SEED = 1
_LEAST_PROBABILITY = 1e-6


def train(
    connection: "DuckDBPyConnection",
    table: str,
    attributes: Sequence[Attribute],
    blocking: Sequence[BlockingRule] | None,
    *,
    rule: str,
    version: str,
    trained_at: datetime,
) -> SimilarityModel:
    """Trains a model.

    Args:
        connection: Of a scratch database.
        table: All records: `UNIQUE_ID` and the attributes' columns.
        attributes: What is compared.
        blocking: Which records to compare; None chooses.
        rule: Name of the match rule.
        version: Of the rule, see `model_version`.
        trained_at: The time, UTC.
    """
    records = connection.execute(f"select count(*) from {table}").fetchall()[0][0]
    frequencies = {
        each.column: _term_frequencies(connection, table, each.column)
        for each in attributes
        if each.term_frequency
    }
    sampled = _sample(connection, table, records)
    rules = (
        list(blocking)
        if blocking is not None
        else chosen_rules(connection, SAMPLE, attributes, records, sampled)
    )
    settings = {
        "link_type": "dedupe_only",
        "unique_id_column_name": UNIQUE_ID,
        "comparisons": [
            splink_comparison(each).create_comparison_dict("duckdb") for each in attributes
        ],
        "blocking_rules_to_generate_predictions": [as_sql(rule) for rule in rules],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }
    trained = linker(connection, SAMPLE, settings)
    found = agreements(connection, SAMPLE, attributes)
    _estimate(trained, training_rules(found, len(attributes)))
    model = _without_certainties(trained.misc.save_model_to_json())
    model["comparisons"] += _dependences(model, found, attributes, sampled)
    model["probability_two_random_records_match"] = _prior(
        connection, model, rules, frequencies, sampled
    )
    return SimilarityModel(
        rule=rule,
        version=version,
        trained_at=trained_at,
        records=records,
        settings=model,
        blocking=tuple(rules),
        term_frequencies=frequencies,
        untrained=tuple(_untrained(trained, attributes)),
    )


def _term_frequencies(connection: "DuckDBPyConnection", table: str, column: str) -> TermFrequencies:
    value = quoted(column)
    rows = connection.execute(
        f"select {value}, count(*) / sum(count(*)) over () as share from {table} "
        f"where {value} is not null group by {value} order by count(*) desc, {value} "
        f"limit {FREQUENT_VALUES + 1}"
    ).fetchall()
    rare = rows[-1][1] if rows else 1.0
    return TermFrequencies(dict(rows[:FREQUENT_VALUES]), rare)


def _sample(connection: "DuckDBPyConnection", table: str, records: int) -> int:
    """Makes `SAMPLE`; returns how many records it has.

    The id is a hash, so that the smallest ids are a random sample, the same each time.
    """
    connection.execute(
        f"create or replace table {SAMPLE} as "
        f"select * from {table} order by {UNIQUE_ID} limit {_SAMPLED_RECORDS}"
    )
    return min(records, _SAMPLED_RECORDS)


def _estimate(trained: "Linker", rules: Sequence[BlockingRule]) -> None:
    trained.training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=_SEED)
    for rule in rules:
        trained.training.estimate_parameters_using_expectation_maximisation(
            as_sql(rule), estimate_without_term_frequencies=True, max_pairs=_MOST_PAIRS
        )


def training_rules(found: Sequence[Agreement], columns: int) -> list[BlockingRule]:
    """Rules to block training by, no attribute in two of them.

    Every attribute is trained by the rules that don't use it. Those are wanted whose pairs are
    the same customer most often.

    Args:
        found: The agreements of the records.
        columns: How many attributes are compared.
    """
    chosen: list[BlockingRule] = []
    used: set[str] = set()
    for each in sorted(found, key=lambda each: (-each.least, -each.pairs, each.columns)):
        # What is left must have something to be trained by.
        fits = not used & set(each.columns) and len(each.columns) < columns
        if fits and each.pairs >= FEWEST_PAIRS and each.least > 0:
            chosen.append(tuple(Part(column) for column in each.columns))
            used |= set(each.columns)
    return chosen[:_TRAINING_RULES]


def _dependences(
    model: dict[str, Any], found: Sequence[Agreement], attributes: Sequence[Attribute], sampled: int
) -> list[dict[str, Any]]:
    """Comparisons that take off what attributes that go together count too much."""
    m, u = {}, {}
    for comparison in model["comparisons"]:
        equal = comparison["comparison_levels"][1]
        m[comparison["output_column_name"]] = equal["m_probability"]
        u[comparison["output_column_name"]] = equal["u_probability"]
    pairs = max(sampled * (sampled - 1) / 2, 1.0)
    return as_comparisons(dependences(found, m, u, pairs), attributes)


def _prior(
    connection: "DuckDBPyConnection",
    model: dict[str, Any],
    blocking: Sequence[BlockingRule],
    frequencies: dict[str, TermFrequencies],
    sampled: int,
) -> float:
    """How likely two random records are the same, so that the scored pairs add up to it.

    The expectation step for this parameter alone, over and over; pairs that no blocking rule
    compares count as different. Of very many pairs, those of some of the records are scored.
    """
    compared = sum(pairs_on(connection, SAMPLE, rule) for rule in blocking)
    one_of = compared // _PAIRS_FOR_PRIOR + 1
    some = [f"{as_sql(rule)} and l.{UNIQUE_ID} % {one_of} = 0" for rule in blocking]
    scoring = scoring_linker(
        connection,
        [SAMPLE],
        model | {"blocking_rules_to_generate_predictions": some},
        frequencies,
    )
    scored = scoring.inference.predict_within(
        as_splink(scoring, SAMPLE), threshold_match_weight=-20.0, warning_mode="never"
    )
    weights: npt.NDArray[np.float64] = fetch_numbers(
        connection, f"select match_weight from {scored.physical_name}"
    )["match_weight"]
    prior = float(model["probability_two_random_records_match"])
    odds = np.log2(prior / (1 - prior))
    evidence = weights - odds
    pairs = max(sampled * (sampled - 1) / 2 / one_of, 1.0)
    for _ in range(50):
        expected = np.sum(1 / (1 + np.exp2(-(evidence + odds))))
        # Neither 0 nor 1: they would make every pair impossible or certain.
        prior = float(np.clip(expected / pairs, 1e-12, 0.5))
        odds = np.log2(prior / (1 - prior))
    return prior


def _without_certainties(model: dict[str, Any]) -> dict[str, Any]:
    """The model, with no level that one of a million pairs of the same customer doesn't reach.

    A level that no such pair was seen at would rule a pair out, whatever else speaks for it.
    """
    for comparison in model["comparisons"]:
        for level in comparison["comparison_levels"]:
            for name in ("m_probability", "u_probability"):
                if level.get(name) is not None:
                    level[name] = max(level[name], _LEAST_PROBABILITY)
    return model


def _untrained(trained: "Linker", attributes: Sequence[Attribute]) -> Iterator[str]:
    """Levels of which m or u couldn't be estimated, as `key: level`."""
    keys = {each.column: each.key for each in attributes}
    for comparison in trained._settings_obj.comparisons:
        for level in comparison._comparison_levels_excluding_null:
            if not (level._has_estimated_m_values and level._has_estimated_u_values):
                yield f"{keys[comparison.output_column_name]}: {level.label_for_charts}"
