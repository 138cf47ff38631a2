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

from customer_platform.identity.errors import SimilarRulesError
from customer_platform.identity.numbers import fetch_numbers
from customer_platform.identity.similar.agreement import Agreement, agreements
from customer_platform.identity.similar.blocking import (
    BlockingRule,
    as_sql,
    chosen_rules,
    pairs_on,
)
from customer_platform.identity.similar.columns import quoted
from customer_platform.identity.similar.comparisons import Attribute, splink_comparison
from customer_platform.identity.similar.dependence import as_comparisons, dependences
from customer_platform.identity.similar.engine import UNIQUE_ID, linker
from customer_platform.identity.similar.estimation import estimate, telling, training_rules
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
_PAIRS_FOR_PRIOR = 200_000
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

    Raises:
        SimilarRulesError: No blocking rule compares few enough pairs.
    """
    records = connection.execute(f"select count(*) from {table}").fetchall()[0][0]
    frequencies = {
        each.column: _term_frequencies(connection, table, each.column)
        for each in attributes
        if each.term_frequency
    }
    sampled = _sample(connection, table, records)
    rules = blocking or chosen_rules(connection, SAMPLE, attributes, records, sampled)
    if not rules:
        # Without any, Splink compares all records with all.
        raise SimilarRulesError(
            f"match rule {rule!r}: the values that it compares are so common that too many of the "
            f"{records:,} records share them; compare a key that tells records apart better, or "
            "state which records to compare in `blocking`"
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
    found = agreements(connection, SAMPLE, telling(connection, SAMPLE, attributes))
    if records > 1:
        estimate(trained, training_rules(found, len(attributes)))
    model = _without_certainties(trained.misc.save_model_to_json())
    # A random name of Splink's: the same records are to give the same model.
    model.pop("linker_uid", None)
    # Splink describes every custom comparison by the name of its class.
    for comparison, attribute in zip(model["comparisons"], attributes, strict=True):
        comparison["comparison_description"] = attribute.key
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


def _dependences(
    model: dict[str, Any], found: Sequence[Agreement], attributes: Sequence[Attribute], sampled: int
) -> list[dict[str, Any]]:
    """Comparisons that take off what attributes that go together count too much."""
    m, u = {}, {}
    for comparison in model["comparisons"]:
        equal = comparison["comparison_levels"][1]
        # Of too few records neither can be estimated.
        if "m_probability" in equal and "u_probability" in equal:
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
