"""Plain Splink on records of any kind: what its documentation leads a new user to.

Its library's comparison per kind of attribute, blocking on single attributes and on two, a prior
from deterministic rules, expectation maximisation on disjoint blocks, and connected components.
"""

import logging
from collections.abc import Mapping, Sequence
from itertools import combinations

import duckdb
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.comparison_creator import ComparisonCreator

RECORDS = "plain_records"
_THRESHOLD = 0.95
_RECALL_OF_RULES = 0.7
# Blocks of more pairs than this per record are left to those of two attributes.
_MOST_PAIRS_PER_RECORD = 30


def cluster(
    connection: duckdb.DuckDBPyConnection,
    records: str,
    kinds: Mapping[str, str],
    exact: Sequence[Sequence[str]],
) -> str:
    """Matches records; returns the query of source, source_record_id and customer_id.

    Args:
        connection: A connection.
        records: The query of source, record_id and the compared columns.
        kinds: Per compared column its normaliser.
        exact: The rules that one would write by hand, for the prior.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    connection.execute(
        f"create or replace table {RECORDS} as "
        f"select *, row_number() over (order by record_id) as unique_id from ({records})"
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on(*columns) for columns in _blocks(connection, list(kinds))
        ],
        comparisons=[_comparison(column, kind) for column, kind in kinds.items()],
    )
    api = DuckDBAPI(connection)
    linker = Linker(api.register(RECORDS, dataset_display_name=RECORDS), settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on(*columns) for columns in exact], recall=_RECALL_OF_RULES
    )
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for columns in _training_blocks(list(kinds)):
        training.estimate_parameters_using_expectation_maximisation(
            block_on(*columns), estimate_without_term_frequencies=True
        )
    scored = linker.inference.predict(threshold_match_probability=_THRESHOLD, warning_mode="never")
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, _THRESHOLD)
    return (
        f"select records.source, records.record_id as source_record_id, "
        f"cast(cluster_id as varchar) as customer_id from {found.physical_name} "
        f"join {RECORDS} as records using (unique_id)"
    )


def _comparison(column: str, kind: str) -> ComparisonCreator:
    if kind == "name":
        return comparisons.NameComparison(column)
    if kind == "date":
        return comparisons.DateOfBirthComparison(column, input_is_string=True)
    if kind == "postcode":
        return comparisons.PostcodeComparison(column)
    if kind == "email":
        return comparisons.EmailComparison(column)
    if kind in ("phone", "code"):
        return comparisons.DamerauLevenshteinAtThresholds(column, [1, 2])
    if kind in ("street", "text"):
        return comparisons.JaroWinklerAtThresholds(column, [0.92, 0.8])
    return comparisons.ExactMatch(column).configure(term_frequency_adjustments=True)


def _blocks(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> list[tuple[str, ...]]:
    most = connection.execute(f"select count(*) from {RECORDS}").fetchall()[0][0]
    most *= _MOST_PAIRS_PER_RECORD
    singles = [(column,) for column in columns if _pairs(connection, (column,)) <= most]
    inside = {column for (column,) in singles}
    return singles + [
        two
        for two in combinations(columns, 2)
        if not inside & set(two) and _pairs(connection, two) <= most
    ]


def _pairs(connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> int:
    listed = ", ".join(columns)
    there = " and ".join(f"{column} is not null" for column in columns)
    return int(
        connection.execute(
            f"select coalesce(sum(n * (n - 1) // 2), 0) from "
            f"(select count(*) as n from {RECORDS} where {there} group by {listed})"
        ).fetchall()[0][0]
    )


def _training_blocks(columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Two or three blocks that no attribute is in twice: two names, a date, an email or a code."""
    if len(columns) < 4:
        return [tuple(columns[:-1]), (columns[-1],)]
    first, second, *others = columns
    if len(others) > 2 and others[0] == "byear":
        return [(first, second), tuple(others)]
    return [(first, second), (others[0],), *([(others[-1],)] if len(others) > 2 else [])]
