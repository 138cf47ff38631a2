"""Estimates what a model's levels say: u from random pairs, m by expectation maximisation."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from customer_platform.identity.similar.blocking import BlockingRule, Part, as_sql, pairs_on
from customer_platform.identity.similar.columns import quoted
from customer_platform.identity.similar.comparisons import Attribute

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from splink import Linker

# What is wanted of a rule to block training by: enough pairs to learn from, and not too many.
_FEWEST_PAIRS, _MOST_PAIRS = 30, 1_000_000
_RANDOM_PAIRS = 5_000_000
_SEED = 1
# How often expectation maximisation goes over its pairs, at most; fewer where more is too much.
_ITERATIONS = (25, 12, 6, 3)


def estimate(
    trained: "Linker",
    connection: "DuckDBPyConnection",
    table: str,
    attributes: Sequence[Attribute],
) -> None:
    """Has Splink estimate the u and m of all levels, as far as the records tell them.

    Args:
        trained: Splink's linker on the table.
        connection: The linker's.
        table: The records to learn from.
        attributes: What is compared.
    """
    trained.training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=_SEED)
    for rule in _training_rules(connection, table, attributes):
        _maximise_expectation(trained, rule)


def _maximise_expectation(trained: "Linker", rule: BlockingRule) -> None:
    """Has Splink estimate what the rule's pairs tell, in as many iterations as it bears.

    Where few records are told apart perfectly, the m of levels that never agree shrinks with
    every iteration, to less than Splink takes. All else is settled some iterations before.
    """
    settings = trained._settings_obj
    before = settings.core_model_settings.copy()
    for iterations in _ITERATIONS:
        settings.training_settings = replace(settings.training_settings, max_iterations=iterations)
        try:
            trained.training.estimate_parameters_using_expectation_maximisation(
                as_sql(rule), estimate_without_term_frequencies=True, max_pairs=_MOST_PAIRS
            )
        except ValueError as error:
            if "below the minimum" not in str(error) or iterations == _ITERATIONS[-1]:
                raise
            # Splink has left out what the rule blocks by, and puts it back at the end only.
            settings.core_model_settings = before.copy()
        else:
            return


def _training_rules(
    connection: "DuckDBPyConnection", table: str, attributes: Sequence[Attribute]
) -> list[BlockingRule]:
    """Rules to block training by, no attribute in two of them.

    Every attribute is trained by the rules that don't use it. Those are wanted whose pairs are
    the same customer most often: that have the most pairs for what chance would give.
    """
    everything = connection.execute(f"select count(*) from {table}").fetchall()[0][0]
    all_pairs = max(everything * (everything - 1) / 2, 1)
    # One that is empty or the same everywhere can't be trained, nor train others.
    telling = [each for each in attributes if _has_several_values(connection, table, each.column)]
    singles = {each.column: pairs_on(connection, table, (Part(each.column),)) for each in telling}
    found = []
    for length in (1, 2):
        for group in combinations(telling, length):
            rule = tuple(Part(each.column) for each in group)
            pairs = singles[rule[0].column] if length == 1 else pairs_on(connection, table, rule)
            if not _FEWEST_PAIRS <= pairs <= 20 * _MOST_PAIRS:
                continue
            by_chance = all_pairs * float(np.prod([singles[p.column] / all_pairs for p in rule]))
            found.append((pairs / max(by_chance, 1.0), pairs, rule))
    chosen: list[BlockingRule] = []
    used: set[str] = set()
    for _, _, rule in sorted(found, reverse=True):
        columns = {part.column for part in rule}
        # What is left must have something to be trained by.
        if not columns & used and len(columns) < len(telling):
            chosen.append(rule)
            used |= columns
    return chosen[:3] if len(chosen) > 1 else chosen


def _has_several_values(connection: "DuckDBPyConnection", table: str, column: str) -> bool:
    return bool(
        connection.execute(
            f"select min({quoted(column)}) < max({quoted(column)}) from {table}"
        ).fetchall()[0][0]
    )
