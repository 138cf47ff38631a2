"""What speaks for and against two records being the same: the contribution of each attribute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from customer_platform.identity import key_sql
from customer_platform.identity.rules import MatchRule, ResolutionRules
from customer_platform.identity.similar.comparisons import Attribute, compared_attributes
from customer_platform.identity.similar.dependence import GIVEN, RARITY, TWINS
from customer_platform.identity.similar.engine import require_splink, scratch_database
from customer_platform.identity.similar.matching import compared_records
from customer_platform.identity.similar.model import SimilarityModel
from customer_platform.identity.similar.scoring import as_splink, scoring_linker
from customer_platform.warehouse import sql
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Source (empty where the rules name none) and id of a record.
Name = tuple[str, str]

_LEFT, _RIGHT, _PAIR = "similar_left", "similar_right", "pair"


@dataclass(frozen=True)
class Contribution:
    """What the values of one attribute say.

    Attributes:
        key: The match key.
        left: The one record's value.
        right: The other's.
        level: How alike they are, in words.
        weight: The match weight of being so alike: log2 of how much likelier it is of the same
            customer than of two; negative when it speaks against. 0 without a value.
        rarity: What is added because the shared value is rarer, or commoner, than most.
    """

    key: str
    left: str | None
    right: str | None
    level: str
    weight: float
    rarity: float


@dataclass(frozen=True)
class ScoredPair:
    """How likely two records are the same, and why.

    Attributes:
        probability: From 0 to 1.
        weight: The match weight: log2 of the odds; the prior and all contributions add up to it.
        prior: The match weight of any two records.
        contributions: One per attribute, in the order of the rule; then one for each that is worth
            less because the two are equal in another, too.
    """

    probability: float
    weight: float
    prior: float
    contributions: tuple[Contribution, ...]


def score_pairs(
    connection: "DuckDBPyConnection",
    records: str,
    rules: ResolutionRules,
    rule: MatchRule,
    model: SimilarityModel,
    pairs: Sequence[tuple[Name, Name]],
) -> dict[tuple[Name, Name], ScoredPair]:
    """Scores given pairs, also those that no blocking rule would compare.

    Args:
        connection: A connection; nothing is written in it.
        records: The records: a table name or a query.
        rules: The rules.
        rule: A similar rule.
        model: Its model.
        pairs: Pairs of records; one of which a record isn't there has no score.

    Raises:
        SimilarRulesError: Splink isn't installed.
    """
    require_splink()
    assert rule.similar is not None
    if not pairs:
        return {}
    attributes = compared_attributes(rule.similar, rules.match_keys)
    values = _values(connection, records, rules, rule, attributes, pairs)
    there = [pair for pair in dict.fromkeys(pairs) if values.keys() >= set(pair)]
    if not there:
        return {}
    with scratch_database(connection) as scratch:
        for table, side in ((_LEFT, 0), (_RIGHT, 1)):
            _make_side(scratch, table, attributes, [values[pair[side]] for pair in there])
        settings = dict(model.settings) | {
            "unique_id_column_name": _PAIR,
            "blocking_rules_to_generate_predictions": [f"l.{_PAIR} = r.{_PAIR}"],
            "retain_matching_columns": True,
            "retain_intermediate_calculation_columns": True,
        }
        made = scoring_linker(scratch, [_LEFT, _RIGHT], settings, model.term_frequencies)
        scored = made.inference.predict_between(
            as_splink(made, _LEFT), as_splink(made, _RIGHT), warning_mode="never"
        )
        rows = scratch.sql(f"from {scored.physical_name}").to_arrow_table().to_pylist()
    levels = _levels(model)
    prior = _log_odds(model.settings["probability_two_random_records_match"])
    return {
        there[row[f"{_PAIR}_l"]]: _scored(
            row, there[row[f"{_PAIR}_l"]], attributes, values, levels, prior
        )
        for row in rows
    }


def _values(
    connection: "DuckDBPyConnection",
    records: str,
    rules: ResolutionRules,
    rule: MatchRule,
    attributes: Sequence[Attribute],
    pairs: Sequence[tuple[Name, Name]],
) -> dict[Name, dict[str, str | None]]:
    """By name of a record, its normalised value of every attribute, by column."""
    names = sorted({name for pair in pairs for name in pair})
    listed = ", ".join(f"({sql.literal(source)}, {sql.literal(name)})" for source, name in names)
    # Only these records are normalised, not all of them.
    wanted = (
        f"select * from {sql.relation(records)} where ({key_sql.source_value(rules)}, "
        f"cast({sql.identifier(rules.record_id)} as varchar)) in (values {listed})"
    )
    columns = ", ".join(identifier(each.column) for each in attributes)
    key_sql.create_functions(connection, rules)
    rows = connection.execute(
        f"select source, record_id, {columns} from ({compared_records(wanted, rules, rule)})"
    ).fetchall()
    return {
        (row[0], row[1]): dict(zip((each.column for each in attributes), row[2:], strict=True))
        for row in rows
    }


def _make_side(
    scratch: "DuckDBPyConnection",
    table: str,
    attributes: Sequence[Attribute],
    rows: Sequence[Mapping[str, str | None]],
) -> None:
    import pyarrow as pa

    given = pa.table(
        {_PAIR: pa.array(range(len(rows)), pa.int64())}
        | {
            each.column: pa.array([row[each.column] for row in rows], pa.string())
            for each in attributes
        }
    )
    scratch.register("similar_given", given)
    scratch.execute(f"create or replace table {table} as from similar_given")
    scratch.unregister("similar_given")


def _levels(model: SimilarityModel) -> dict[tuple[str, int], str]:
    """By column and Splink's number of the level, its label."""
    found = {}
    for comparison in model.settings["comparisons"]:
        levels = comparison["comparison_levels"]
        number = sum(not level.get("is_null_level") for level in levels)
        for level in levels:
            if level.get("is_null_level"):
                found[comparison["output_column_name"], -1] = "no value"
            else:
                number -= 1
                found[comparison["output_column_name"], number] = level["label_for_charts"]
    return found


def _log_odds(probability: float) -> float:
    from math import log2

    return log2(probability / (1 - probability))


def _scored(
    row: Mapping[str, Any],
    pair: tuple[Name, Name],
    attributes: Sequence[Attribute],
    values: Mapping[Name, Mapping[str, str | None]],
    levels: Mapping[tuple[str, int], str],
    prior: float,
) -> ScoredPair:
    found = [_contribution(row, pair, each, each.column, values, levels) for each in attributes]
    # What an attribute says less because it goes with another is a comparison of its own.
    found += [
        _contribution(row, pair, each, each.column + ending, values, levels)
        for ending in (GIVEN, RARITY, TWINS)
        for each in attributes
        if row.get(f"mw_{each.column}{ending}") or row.get(f"mw_tf_adj_{each.column}{ending}")
    ]
    return ScoredPair(
        probability=row["match_probability"],
        weight=row["match_weight"],
        prior=prior,
        contributions=tuple(found),
    )


def _contribution(
    row: Mapping[str, Any],
    pair: tuple[Name, Name],
    attribute: Attribute,
    comparison: str,
    values: Mapping[Name, Mapping[str, str | None]],
    levels: Mapping[tuple[str, int], str],
) -> Contribution:
    weight, rarity = row[f"mw_{comparison}"], row.get(f"mw_tf_adj_{comparison}") or 0.0
    if comparison.endswith(RARITY):
        # What it takes off is of the value's rarity, and says nothing of how rare it is.
        weight, rarity = rarity, 0.0
    return Contribution(
        key=attribute.key,
        left=values[pair[0]][attribute.column],
        right=values[pair[1]][attribute.column],
        level=levels[comparison, row[f"gamma_{comparison}"]],
        weight=weight,
        rarity=rarity,
    )
