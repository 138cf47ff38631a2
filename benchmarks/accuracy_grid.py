"""Measures similar rules on a grid of regimes of made records, beside exact rules and Splink.

    python benchmarks/accuracy_grid.py                  # 80 cells; of few duplicates three seeds
    python benchmarks/accuracy_grid.py --cells 10

Prints per cell pairwise F1 at the default threshold, of the exact rules and of plain Splink; then
the means, in how many cells defaults win and lose by more than 0.01 F1, and how right
probabilities are.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from accuracy_run import scores
from accuracy_sets import plain_splink
from accuracy_sets.regimes import Regime, grid, records

from customer_platform.identity import MatchKey, MatchRule, ResolutionRules
from customer_platform.identity.key_sql import create_functions
from customer_platform.identity.resolve import resolving
from customer_platform.identity.similar import SimilarPairs, find_pairs
from customer_platform.identity.similar.matching import compared_records
from customer_platform.identity.similar_rule import Similar

# What one would write by hand, of columns that are there.
_EXACT = (
    ("email",),
    ("phone", "last"),
    ("first", "last", "dob"),
    ("name", "dob"),
    ("last", "dob", "postcode"),
    ("first", "last", "street", "postcode"),
    ("first", "last", "postcode"),
    ("first", "last", "byear", "bmonth", "bday"),
)
_FEW_DUPLICATES, _SEEDS = 0.05, (1, 2, 3)
_BOUNDS = (0.2, 0.5, 0.7, 0.85, 0.95, 0.98, 1.0001)


def measure_cell(regime: Regime) -> tuple[dict[str, float], npt.NDArray[np.float64]]:
    """F1 per engine; and pairs, and right ones, per band of probabilities."""
    with closing(duckdb.connect()) as connection:
        _load(connection, regime)
        exact = [columns for columns in _EXACT if set(columns) <= set(regime.columns)]
        found = {"exact": _f1(connection, _rules(regime, exact))}
        try:
            clusters = plain_splink.cluster(
                connection, "select * from records", regime.normalisers, exact
            )
            found["splink"] = scores(connection, clusters)["f1"]
        except ValueError:
            # Where there is nothing to learn from, its training ends in an error.
            found["splink"] = 0.0
        found["defaults"], bands = _measure_defaults(connection, regime)
        return found, bands


def measure_defaults(regime: Regime) -> tuple[float, npt.NDArray[np.float64]]:
    """As `measure_cell`, of the defaults alone."""
    with closing(duckdb.connect()) as connection:
        _load(connection, regime)
        return _measure_defaults(connection, regime)


def _load(connection: duckdb.DuckDBPyConnection, regime: Regime) -> None:
    connection.register("given", records(regime))
    connection.execute("create table whole as select 'x' as source, * from given")
    connection.execute("create table records as select * exclude (truth) from whole")
    connection.execute(
        "create table truth as select source, record_id as source_record_id, "
        "truth as person_id from whole"
    )


def _measure_defaults(
    connection: duckdb.DuckDBPyConnection, regime: Regime
) -> tuple[float, npt.NDArray[np.float64]]:
    rules = _rules(regime, review=_BOUNDS[0])
    rule = rules.match_rules[0]
    create_functions(connection, rules)
    compared = compared_records("records", rules, rule)
    pairs = find_pairs(connection, compared, rules, rule, None, datetime.now(UTC))
    f1 = _f1(connection, _rules(regime), models={rule.name: pairs.model})
    return f1, _calibration(connection, compared, pairs.pairs)


def _rules(
    regime: Regime, exact: Sequence[tuple[str, ...]] | None = None, **settings: float
) -> ResolutionRules:
    keys = {name: MatchKey(column=name, normalise=how) for name, how in regime.normalisers.items()}
    rules = [MatchRule(name=" ".join(columns), match=list(columns)) for columns in exact or ()]
    if exact is None:
        similar = Similar.model_validate({"compare": regime.columns, **settings})
        rules = [MatchRule(name="similar", similar=similar)]
    return ResolutionRules(
        record_id="record_id", source="source", match_keys=keys, match_rules=rules
    )


def _f1(connection: duckdb.DuckDBPyConnection, rules: ResolutionRules, **given: Any) -> float:
    with resolving(connection, "records", rules, **given) as resolution:
        connection.register("resolved", resolution.map.reader())
        connection.execute(
            "create or replace table customer_id_map as select source, "
            "record_id as source_record_id, customer_id from resolved"
        )
    return scores(connection, "select * from customer_id_map")["f1"]


def _calibration(
    connection: duckdb.DuckDBPyConnection, compared: str, pairs: SimilarPairs
) -> npt.NDArray[np.float64]:
    connection.register(
        "pairs", pa.table({"a": pairs.records, "b": pairs.others, "p": pairs.probabilities})
    )
    found = connection.execute(
        f"with people as (select record_order, truth from ({compared}) "
        f"join whole using (record_id)) select p, one.truth = other.truth as same from pairs "
        f"join people as one on one.record_order = a join people as other on other.record_order = b"
    ).fetchnumpy()
    probabilities, same = np.asarray(found["p"]), np.asarray(found["same"], dtype=bool)
    bands = [probabilities, probabilities[same]]
    return np.stack([np.histogram(each, np.array(_BOUNDS))[0] for each in bands]).astype(float)


def _cells(count: int) -> Iterator[list[Regime]]:
    """The grid's cells: of few duplicates, the same regime from several seeds."""
    for regime in grid()[:count]:
        few = regime.duplicated == _FEW_DUPLICATES
        yield [replace(regime, seed=seed) for seed in (_SEEDS if few else _SEEDS[:1])]


def print_grid(count: int) -> None:
    """Measures and prints the grid."""
    totals, bands = [], np.zeros((2, len(_BOUNDS) - 1))
    print(f"{'exact':>8}{'Splink':>8}{'defaults':>10}  regime")
    for regimes in _cells(count):
        measured = [measure_cell(regime) for regime in regimes]
        means = [
            float(np.mean([found[engine] for found, _ in measured]))
            for engine in ("exact", "splink", "defaults")
        ]
        bands += sum(band for _, band in measured)
        totals.append(means)
        print(f"{means[0]:>8.3f}{means[1]:>8.3f}{means[2]:>10.3f}  {regimes[0].label}", flush=True)
    exact, splink, defaults = np.array(totals).T
    print(f"{exact.mean():>8.3f}{splink.mean():>8.3f}{defaults.mean():>10.3f}  mean of {count}")
    print(
        f"beside Splink: {(defaults > splink + 0.01).sum()} won and "
        f"{(defaults < splink - 0.01).sum()} lost by more than 0.01; "
        f"{(defaults < exact).sum()} below the exact rules"
    )
    for low, high, pairs, right in zip(_BOUNDS, _BOUNDS[1:], *bands, strict=False):
        print(f"of {pairs:,.0f} pairs of {low:g} to {high:.3g}, {right / max(pairs, 1):.1%} right")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", type=int, default=80)
    print_grid(parser.parse_args().cells)


if __name__ == "__main__":
    main()
