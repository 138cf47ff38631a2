"""Estimates what a model's levels say: u from random pairs, m by expectation maximisation."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from customer_platform.identity.similar.agreement import FEWEST_PAIRS, Agreement
from customer_platform.identity.similar.blocking import BlockingRule, Part, as_sql
from customer_platform.identity.similar.columns import quoted
from customer_platform.identity.similar.comparisons import Attribute

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from splink import Linker

_TRAINING_RULES = 3
_MOST_PAIRS = 1_000_000
_RANDOM_PAIRS = 2_000_000
_SEED = 1
# How often expectation maximisation goes over its pairs, at most; fewer where more is too much.
_ITERATIONS = (25, 12, 6, 3)


def estimate(trained: "Linker", rules: Sequence[BlockingRule]) -> None:
    """Has Splink estimate the u and m of all levels, as far as the records tell them.

    Args:
        trained: Splink's linker on the records to learn from.
        rules: What m is trained by, as `training_rules` chooses it.
    """
    trained.training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=_SEED)
    for rule in rules:
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


def training_rules(found: Sequence[Agreement], columns: int) -> list[BlockingRule]:
    """Rules to block training by: first no attribute in two of them, then what is left untrained.

    Every attribute is trained by the rules that don't use it. Those are wanted whose pairs are
    the same customer most often.

    Args:
        found: The agreements of the records.
        columns: How many attributes are compared.
    """
    best = [
        each
        for each in sorted(found, key=lambda each: (-each.least, -each.pairs, each.columns))
        # What is left must have something to be trained by.
        if each.pairs >= FEWEST_PAIRS and each.least > 0 and len(each.columns) < columns
    ]
    chosen: list[Agreement] = []
    used: set[str] = set()
    for each in best:
        if len(chosen) < _TRAINING_RULES and not used & set(each.columns):
            chosen.append(each)
            used |= set(each.columns)
    for each in best:
        untrained = set.intersection(*(set(other.columns) for other in chosen))
        if untrained - set(each.columns):
            chosen.append(each)
    return [tuple(Part(column) for column in each.columns) for each in chosen]


def telling(
    connection: "DuckDBPyConnection", table: str, attributes: Sequence[Attribute]
) -> list[Attribute]:
    """The attributes with several values: others can't be trained, nor train others."""
    return [each for each in attributes if _has_several_values(connection, table, each.column)]


def _has_several_values(connection: "DuckDBPyConnection", table: str, column: str) -> bool:
    return bool(
        connection.execute(
            f"select min({quoted(column)}) < max({quoted(column)}) from {table}"
        ).fetchall()[0][0]
    )
