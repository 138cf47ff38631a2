"""Finds the similar pairs among records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from customer_platform.identity import key_sql
from customer_platform.identity.matching.records import NumberedPairs
from customer_platform.identity.rules import MatchRule, ResolutionRules
from customer_platform.identity.similar.blocking import stated_rules
from customer_platform.identity.similar.comparisons import Attribute, compared_attributes
from customer_platform.identity.similar.engine import (
    UNIQUE_ID,
    require_splink,
    scratch_database,
)
from customer_platform.identity.similar.model import SimilarityModel, model_version
from customer_platform.identity.similar.pairs import SimilarPairs, numbered
from customer_platform.identity.similar.scoring import score_between, score_within
from customer_platform.identity.similar.training import train
from customer_platform.identity.staging import RECORD_ORDER
from customer_platform.warehouse.duckdb import in_pieces
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from customer_platform.identity.matching.records import RecordOrder

_RECORDS, _NEW = "similar_records", "similar_new"


@dataclass(frozen=True)
class FoundPairs:
    """What comparing records gave.

    Attributes:
        model: The model by which they were compared.
        pairs: Pairs from the lower end of the review band on.
    """

    model: SimilarityModel
    pairs: SimilarPairs


def find_pairs(
    connection: "DuckDBPyConnection",
    compared: str,
    rules: ResolutionRules,
    rule: MatchRule,
    model: SimilarityModel | None,
    trained_at: datetime,
) -> FoundPairs:
    """Compares all records by a similar rule.

    Args:
        connection: A connection; nothing is written in it.
        compared: The query of `compared_records`, or of a table made of it.
        rules: The rules.
        rule: One of them, of kind `similar`.
        model: A model trained before. It is used when it serves the rule as it is now, else one
            is trained.
        trained_at: The time, UTC, for a model that is trained.

    Raises:
        SimilarRulesError: Splink isn't installed, or no blocking compares few enough pairs.
    """
    assert rule.similar is not None
    require_splink()
    attributes = compared_attributes(rule.similar, rules.match_keys)
    with scratch_database(connection) as scratch:
        copy_records(connection, compared, scratch, _RECORDS)
        model = _trained_model(scratch, _RECORDS, rules, rule, attributes, model, trained_at)
        return FoundPairs(model, score_within(scratch, _RECORDS, model, rule.similar.review))


def _trained_model(
    scratch: "DuckDBPyConnection",
    table: str,
    rules: ResolutionRules,
    rule: MatchRule,
    attributes: Sequence[Attribute],
    model: SimilarityModel | None,
    trained_at: datetime,
) -> SimilarityModel:
    """The model given, when it serves the rule as it is now, or one trained on the records."""
    assert rule.similar is not None
    if model is not None and model.serves(rule, rules.match_keys):
        return model
    stated = rule.similar.blocking
    return train(
        scratch,
        table,
        attributes,
        stated_rules(stated, attributes) if stated else None,
        rule=rule.name,
        version=model_version(rule, rules.match_keys),
        trained_at=trained_at,
    )


def find_pairs_of_new(
    connection: "DuckDBPyConnection",
    new: str,
    others: str,
    rule: MatchRule,
    model: SimilarityModel,
) -> SimilarPairs:
    """Compares new records with others and with each other, and not the others among themselves.

    Args:
        connection: A connection; nothing is written in it.
        new: Query of the new records, with the columns of `compared_records`.
        others: Query of the others, of those at least that share a blocking value with a new one.
        rule: A similar rule.
        model: Its model.
    """
    assert rule.similar is not None
    require_splink()
    with scratch_database(connection) as scratch:
        copy_records(connection, new, scratch, _NEW)
        copy_records(connection, others, scratch, _RECORDS)
        least = rule.similar.review
        found = score_within(scratch, _NEW, model, least)
        return found.joined(score_between(scratch, _NEW, _RECORDS, model, least))


def compared_records(records: str, rules: ResolutionRules, rule: MatchRule) -> str:
    """The query of records with what a similar rule compares.

    Columns: source, record_id, record_order (`UNIQUE_ID`), compared_hash, and the normalised value
    of every attribute.
    """
    assert rule.similar is not None
    values = "".join(
        f", {key_sql.key_column(each.key)} as {identifier(each.column)}"
        for each in compared_attributes(rule.similar, rules.match_keys)
    )
    return (
        # 0 stands for no record where hashes are looked up.
        f"select source, record_id, greatest({RECORD_ORDER}, 1::ubigint) as {UNIQUE_ID}, "
        f"{key_sql.compared_hash(rule)} as compared_hash{values} "
        f"from ({key_sql.keyed_records(records, rules, rule.keys)})"
    )


def copy_records(
    connection: "DuckDBPyConnection", query: str, scratch: "DuckDBPyConnection", table: str
) -> None:
    """Copies the compared values of records into a table of another database."""
    given = connection.sql(
        f"select * exclude (source, record_id, compared_hash) from ({query})"
    ).to_arrow_table()
    scratch.register("similar_given", in_pieces(given))
    try:
        scratch.execute(f"create or replace table {table} as from similar_given")
    finally:
        scratch.unregister("similar_given")


def linking_pairs(
    rules: ResolutionRules,
    pairs: Mapping[str, SimilarPairs],
    order: "RecordOrder",
    thresholds: Mapping[str, float],
) -> dict[int, NumberedPairs]:
    """Per position of a similar rule, its pairs by the numbers of the staged records.

    Args:
        rules: The rules.
        pairs: By the name of the rule.
        order: The staged records.
        thresholds: By the name of the rule, the probability from which it links.
    """
    return {
        number: numbered(pairs[rule.name], order, thresholds[rule.name], rule.similar.cohesion)
        for number, rule in enumerate(rules.match_rules)
        if rule.similar
    }
