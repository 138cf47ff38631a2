"""Trains the model of a similar rule, without labels, on a sample of the records.

What is common among random pairs (u) comes from random pairs, as Splink estimates it; what is
common among pairs of one customer (m), how likely any two records are, and what different people
share together comes from the pairs that blocking compares, see `mixture`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from customer_platform.errors import SimilarRulesError
from customer_platform.identity.similar.blocking import (
    BlockingRule,
    Part,
    as_sql,
    chosen_rules,
    pairs_on,
)
from customer_platform.identity.similar.comparisons import Attribute, splink_comparison
from customer_platform.identity.similar.defaults import Evidence, default_m, default_u
from customer_platform.identity.similar.dependence import (
    as_comparisons,
    rarity_comparisons,
    taken_off_twins,
    twins_comparison,
)
from customer_platform.identity.similar.engine import UNIQUE_ID, linker
from customer_platform.identity.similar.mixture import (
    ComparedPairs,
    Mixture,
    learn,
    shared_frequency,
)
from customer_platform.identity.similar.model import (
    FREQUENT_VALUES,
    SimilarityModel,
    TermFrequencies,
)
from customer_platform.identity.similar.scoring import as_splink, scoring_linker
from customer_platform.identity.similar.threshold import best_threshold
from customer_platform.warehouse.duckdb import fetch_numbers
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE = "similar_sample"
_SAMPLED_RECORDS = 100_000
_PAIRS_LOOKED_AT = 500_000
_RANDOM_PAIRS = 2_000_000
_SEED = 1
# The defaults of u count as so many pairs.
_PAIRS_OF_DEFAULT_U = 100


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
    holders = {
        each.column: _holders(connection, table, each.column)
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
    if records > 1:
        trained.training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=_SEED)
    model = trained.misc.save_model_to_json()
    # A random name of Splink's: the same records are to give the same model.
    model.pop("linker_uid", None)
    # Splink describes every custom comparison by the name of its class.
    for comparison, attribute in zip(model["comparisons"], attributes, strict=True):
        comparison["comparison_description"] = attribute.key
    pairs = _compared_pairs(connection, model, attributes, rules, holders, sampled)
    evidence = _evidence(connection, model, attributes, holders, sampled)
    found, probabilities = learn(pairs, evidence, sampled)
    _write(model, found, attributes)
    return SimilarityModel(
        rule=rule,
        version=version,
        trained_at=trained_at,
        records=records,
        settings=model,
        blocking=tuple(rules),
        term_frequencies={
            each.column: holders[each.column].shared(float(u[-1]))
            for each, u in zip(attributes, found.u, strict=True)
            if each.term_frequency
        },
        expected=best_threshold(probabilities),
        untrained=tuple(_untrained(model, found, attributes)),
    )


@dataclass(frozen=True)
class _Holders:
    """How many records have each value of an attribute.

    Attributes:
        records: Records with any value.
        frequent: Records by value, of the most frequent ones.
        rare: Records that have the rarest of them, to be taken for any other.
    """

    records: int
    frequent: Mapping[str, int]
    rare: int

    @property
    def shares(self) -> TermFrequencies:
        """As shares of the records."""
        return TermFrequencies(
            {value: count / self.records for value, count in self.frequent.items()},
            self.rare / max(self.records, 1),
        )

    def shared(self, u: float) -> TermFrequencies:
        """As how common a value is that two records share."""
        counts = np.array([*self.frequent.values(), self.rare])
        *shares, rare = shared_frequency(counts, u, self.records).tolist()
        return TermFrequencies(dict(zip(self.frequent, shares, strict=True)), rare)


def _holders(connection: "DuckDBPyConnection", table: str, column: str) -> _Holders:
    value = identifier(column)
    rows = connection.execute(
        f"select {value}, count(*), sum(count(*)) over () from {table} "
        f"where {value} is not null group by {value} order by count(*) desc, {value} "
        f"limit {FREQUENT_VALUES + 1}"
    ).fetchall()
    frequent = {value: count for value, count, _ in rows[:FREQUENT_VALUES]}
    # Where all values are known, another is one that comes with new records.
    rare = rows[-1][1] if len(rows) > FREQUENT_VALUES else 1
    return _Holders(int(rows[0][2]) if rows else 0, frequent, rare)


def _sample(connection: "DuckDBPyConnection", table: str, records: int) -> int:
    """Makes `SAMPLE`; returns how many records it has.

    The id is a hash, so that the smallest ids are a random sample, the same each time.
    """
    connection.execute(
        f"create or replace table {SAMPLE} as "
        f"select * from {table} order by {UNIQUE_ID} limit {_SAMPLED_RECORDS}"
    )
    return min(records, _SAMPLED_RECORDS)


def _compared_pairs(
    connection: "DuckDBPyConnection",
    model: Mapping[str, Any],
    attributes: Sequence[Attribute],
    blocking: Sequence[BlockingRule],
    holders: Mapping[str, _Holders],
    sampled: int,
) -> ComparedPairs:
    """The sample's pairs that blocking compares; of very many, those of some of the records."""
    compared = sum(pairs_on(connection, SAMPLE, rule) for rule in blocking)
    one_of = compared // _PAIRS_LOOKED_AT + 1
    some = [f"{as_sql(rule)} and l.{UNIQUE_ID} % {one_of} = 0" for rule in blocking]
    settings = dict(model) | {
        "blocking_rules_to_generate_predictions": some,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
    }
    scoring = scoring_linker(
        connection, [SAMPLE], settings, {name: each.shares for name, each in holders.items()}
    )
    scored = scoring.inference.predict_within(as_splink(scoring, SAMPLE), warning_mode="never")
    levels = [f"cast(gamma_{each.column} as tinyint) as g{n}" for n, each in enumerate(attributes)]
    shares = [
        f"cast(tf_{each.column}_l as double) as f{n}"
        for n, each in enumerate(attributes)
        if each.term_frequency
    ]
    columns = fetch_numbers(
        connection, f"select {', '.join([*levels, *shares])} from {scored.physical_name}"
    )
    scored.drop_table_from_database_and_remove_from_cache()
    count = len(columns["g0"])
    found = np.stack([columns[f"g{n}"] for n in range(len(attributes))], axis=1)
    return ComparedPairs(
        levels=found,
        twins=taken_off_twins(found, attributes, [_levels(each) for each in model["comparisons"]]),
        holders=np.stack(
            [
                np.rint(np.nan_to_num(columns[f"f{n}"]) * holders[each.column].records)
                if each.term_frequency
                else np.zeros(count)
                for n, each in enumerate(attributes)
            ],
            axis=1,
        ).astype(np.float32),
        all_pairs=max(sampled * (sampled - 1) / 2 / one_of, 1.0),
    )


def _evidence(
    connection: "DuckDBPyConnection",
    model: Mapping[str, Any],
    attributes: Sequence[Attribute],
    holders: Mapping[str, _Holders],
    sampled: int,
) -> Evidence:
    """What is known of the attributes before pairs are looked at."""
    of_same, of_others, values = [], [], []
    for comparison, attribute in zip(model["comparisons"], attributes, strict=True):
        levels = _levels(comparison)
        present = connection.execute(
            f"select count({identifier(attribute.column)}) from {SAMPLE}"
        ).fetchall()[0][0]
        pairs = present * (present - 1) / 2
        seen = np.array([level.get("u_probability") or 0.0 for level in levels])
        # Splink's are of a sample of the pairs; equal values can be counted.
        equal = pairs_on(connection, SAMPLE, (Part(attribute.column),)) / max(pairs, 1)
        rest = seen[:-1].sum()
        seen = np.array([*(seen[:-1] * ((1 - equal) / rest if rest else 0)), equal])
        # Of few records the default; a level that no random pair is at isn't impossible.
        weight = min(pairs, _RANDOM_PAIRS) if seen.sum() else 0
        u = seen * weight + default_u(attribute, len(levels)) * _PAIRS_OF_DEFAULT_U
        of_same.append(default_m(attribute, len(levels)))
        of_others.append(u / u.sum())
        values.append(present / max(sampled, 1))
    return Evidence(
        of_same,
        of_others,
        values,
        [holders[each.column].records if each.term_frequency else 0 for each in attributes],
        [each.kind for each in attributes],
    )


def _levels(comparison: Mapping[str, Any]) -> list[Any]:
    """A comparison's levels by Splink's number: nothing alike first, equal last."""
    return [
        level for level in comparison["comparison_levels"][::-1] if not level.get("is_null_level")
    ]


def _write(model: dict[str, Any], found: Mixture, attributes: Sequence[Attribute]) -> None:
    """Writes what was learned into Splink's settings."""
    for comparison, m, u in zip(model["comparisons"], found.m, found.u, strict=True):
        for level, of_same, of_others in zip(_levels(comparison), m, u, strict=True):
            level["m_probability"], level["u_probability"] = float(of_same), float(of_others)
    levels = [_levels(each) for each in model["comparisons"]]
    model["comparisons"] = [
        *model["comparisons"],
        *as_comparisons(found.givens, attributes, levels),
        *rarity_comparisons(found.together, attributes, levels),
        *twins_comparison(attributes, levels),
    ]
    model["probability_two_random_records_match"] = found.prior


def _untrained(
    model: Mapping[str, Any], found: Mixture, attributes: Sequence[Attribute]
) -> Iterator[str]:
    """Levels at which no pair of one customer is expected, as `key: level`."""
    for comparison, attribute, seen in zip(
        model["comparisons"], attributes, found.seen, strict=False
    ):
        for level, pairs in zip(_levels(comparison)[::-1], seen[::-1], strict=True):
            if pairs < 1:
                yield f"{attribute.key}: {level['label_for_charts']}"
