"""Keeps the similar pairs up to date: compares what is new with all, and nothing else again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from customer_platform.identity import key_sql
from customer_platform.identity.keeping.similar_tables import (
    create_similar_tables,
    keep_model,
    kept_models,
    similar_rules,
)
from customer_platform.identity.keeping.state import create_entity_views
from customer_platform.identity.rules import MatchRule, ResolutionRules, check_columns
from customer_platform.identity.similar.blocking import candidates
from customer_platform.identity.similar.engine import UNIQUE_ID, require_splink
from customer_platform.identity.similar.matching import (
    compared_records,
    find_pairs,
    find_pairs_of_new,
)
from customer_platform.identity.similar.model import SimilarityModel, threshold_of
from customer_platform.identity.similar.pairs import SimilarPairs
from customer_platform.identity.staging import refuse_missing_names, refuse_repeated
from customer_platform.identity.tables import OutputTables
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import columns_of, transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


FULL, INCREMENTAL = "full", "incremental"


@dataclass(frozen=True)
class ComparedRule:
    """What comparing by one rule gave.

    Attributes:
        rule: Name of the rule.
        mode: `full` when all records were compared with all, `incremental` when only new ones.
        trained: Whether a model was trained.
        model: The model.
        records: Records there are.
        compared_records: Those of them that are new or have changed, and were compared.
        pairs: Pairs kept, from the lower end of the review band on.
        links: Those of them that link.
        linked_records: Records in a pair that links.
        to_review: Pairs in the review band.
        previous_match_rate: The match rate of the run before by the same model; None without one.
    """

    rule: str
    mode: str
    trained: bool
    model: SimilarityModel
    records: int
    compared_records: int
    pairs: int
    links: int
    linked_records: int
    to_review: int
    previous_match_rate: float | None

    @property
    def match_rate(self) -> float:
        """Share of the records that are in a pair that links, from 0 to 1."""
        return self.linked_records / self.records if self.records else 0.0


@dataclass(frozen=True)
class LastRun:
    """What the last run by a rule was.

    Attributes:
        model: The fingerprint of its model.
        threshold: The probability from which pairs linked.
        review: The lower end of the review band.
        match_rate: Share of the records in a pair that linked.
    """

    model: str
    threshold: float
    review: float
    match_rate: float


# All records with what a rule compares, and those of them that are new or have changed.
_COMPARED = "temp.similar_compared"
_NEW = "temp.similar_new"


def update_similar_pairs(
    connection: "DuckDBPyConnection",
    records: str,
    rules: ResolutionRules,
    tables: OutputTables,
    compared_at: datetime,
    *,
    retrain: bool = False,
) -> list[ComparedRule]:
    """Compares records by every similar rule, and keeps pairs and models.

    New and changed records are compared with all others; pairs of records that are as they were
    stay. A rule whose model is missing, or of another version, has one trained, and all records
    are compared. What is kept is changed in one transaction per rule.

    Args:
        connection: A connection outside of a transaction.
        records: All records: a table name or a query.
        rules: The rules.
        tables: Where pairs and models are kept.
        compared_at: The time of this run. Without a time zone it is taken as UTC.
        retrain: Train all models anew.

    Raises:
        RulesError: The records lack a column that the rules use.
        RecordsError: A record has no id, or two have the same source and id.
        SimilarRulesError: There is a similar rule, and Splink isn't installed, or no blocking
            compares few enough pairs.
        StateError: A table is where a view of the entity shall be.
    """
    moment = compared_at.astimezone(UTC).replace(tzinfo=None) if compared_at.tzinfo else compared_at
    check_columns(rules, columns_of(connection, records))
    chosen = similar_rules(rules)
    if chosen:
        require_splink()
    key_sql.create_functions(connection, rules)
    create_similar_tables(connection, tables)
    create_entity_views(connection, tables)
    models = {} if retrain else kept_models(connection, tables)
    _forget_other_rules(connection, tables, chosen)
    try:
        return [
            _update_rule(connection, records, rules, rule, tables, models.get(rule.name), moment)
            for rule in chosen
        ]
    finally:
        for table in (_COMPARED, _NEW):
            connection.execute(f"drop table if exists {table}")


def _update_rule(
    connection: "DuckDBPyConnection",
    records: str,
    rules: ResolutionRules,
    rule: MatchRule,
    tables: OutputTables,
    model: SimilarityModel | None,
    moment: datetime,
) -> ComparedRule:
    assert rule.similar is not None
    connection.execute(
        f"create or replace temp table {sql.bare(_COMPARED)} as "
        f"{compared_records(records, rules, rule)}"
    )
    refuse_missing_names(connection, rules, _COMPARED)
    refuse_repeated(connection, rules, _COMPARED)
    everything = model is None or not model.serves(rule, rules.match_keys)
    last = None if everything else last_run(connection, tables, rule)
    # A wider review band needs pairs that were not kept.
    everything = last is None or last.review > rule.similar.review
    kept_hashes = f"select 1 from {tables.qualified(tables.compared_records)} as kept"
    connection.execute(
        f"create or replace temp table {sql.bare(_NEW)} as select * from {_COMPARED} as mine "
        + (
            ""
            if everything
            else f"where not exists ({kept_hashes} where kept.rule = {sql.literal(rule.name)} "
            f"and kept.record_order = mine.{UNIQUE_ID} "
            f"and kept.compared_hash = mine.compared_hash)"
        )
    )
    compared = _count(connection, _NEW)
    known = model
    if everything or model is None:
        found = find_pairs(connection, f"from {_COMPARED}", rules, rule, model, moment)
        model, pairs = found.model, found.pairs
    elif compared:
        others = candidates(model.blocking, _COMPARED, _NEW, UNIQUE_ID)
        pairs = find_pairs_of_new(connection, f"from {_NEW}", others, rule, model)
    else:
        pairs = SimilarPairs.none()
    with transaction(connection):
        _replace_pairs(connection, tables, rule, pairs, everything=everything)
        if everything:
            keep_model(connection, tables, model)
        summary = write_run(
            connection,
            tables,
            rule,
            model,
            moment,
            last,
            records=_count(connection, _COMPARED),
            compared=compared,
            everything=everything,
            trained=model is not known,
        )
    return summary


def _replace_pairs(
    connection: "DuckDBPyConnection",
    tables: OutputTables,
    rule: MatchRule,
    pairs: SimilarPairs,
    *,
    everything: bool,
) -> None:
    """Takes away the pairs of records that are gone or have changed, and adds those found."""
    import pyarrow as pa

    assert rule.similar is not None
    name = sql.literal(rule.name)
    target = tables.qualified(tables.similar_pairs)
    hashes = tables.qualified(tables.compared_records)
    if everything:
        connection.execute(f"delete from {target} where rule = {name}")
        connection.execute(f"delete from {hashes} where rule = {name}")
    else:
        stale = (
            f"select kept.record_order from {hashes} as kept where kept.rule = {name} "
            f"and not exists (select 1 from {_COMPARED} as now "
            f"where now.{UNIQUE_ID} = kept.record_order "
            f"and now.compared_hash = kept.compared_hash)"
        )
        connection.execute(
            f"delete from {target} where rule = {name} and (record_order in ({stale}) "
            f"or other_order in ({stale}) or probability < {rule.similar.review})"
        )
        connection.execute(
            f"delete from {hashes} where rule = {name} and record_order in ({stale})"
        )
    connection.execute(
        f"insert into {hashes} select {name}, {UNIQUE_ID}, compared_hash from {_NEW}"
    )
    found = pa.table(
        {
            "record": pa.array(pairs.records),
            "other": pa.array(pairs.others),
            "weight": pa.array(pairs.weights),
            "probability": pa.array(pairs.probabilities),
        }
    )
    connection.register("similar_found", found)
    try:
        connection.execute(
            f"insert into {target} select {name}, nullif(one.source, ''), one.record_id, "
            f"nullif(other.source, ''), other.record_id, found.probability, found.weight, "
            f"found.record, found.other from similar_found as found "
            f"join {_COMPARED} as one on one.{UNIQUE_ID} = found.record "
            f"join {_COMPARED} as other on other.{UNIQUE_ID} = found.other"
        )
    finally:
        connection.unregister("similar_found")


def _forget_other_rules(
    connection: "DuckDBPyConnection", tables: OutputTables, rules: Sequence[MatchRule]
) -> None:
    """Takes away what was kept for rules that are no longer there."""
    names = ", ".join(sql.literal(rule.name) for rule in rules) or "''"
    for table in (tables.similar_pairs, tables.compared_records, tables.similar_models):
        connection.execute(f"delete from {tables.qualified(table)} where rule not in ({names})")


def _count(connection: "DuckDBPyConnection", table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def write_run(
    connection: "DuckDBPyConnection",
    tables: OutputTables,
    rule: MatchRule,
    model: SimilarityModel,
    moment: datetime,
    last: LastRun | None,
    *,
    records: int,
    compared: int,
    everything: bool,
    trained: bool,
) -> ComparedRule:
    """Adds a run to `similar_runs`, after its pairs were kept; returns what it gave.

    Args:
        connection: A connection.
        tables: Where pairs and runs are kept.
        rule: The similar rule.
        model: Its model.
        moment: The time of the run, UTC.
        last: The run before by the same model.
        records: Records there are.
        compared: Those of them that were compared.
        everything: Whether that were all.
        trained: Whether the model was trained in this run.
    """
    assert rule.similar is not None
    pairs = f"from {tables.qualified(tables.similar_pairs)} where rule = {sql.literal(rule.name)}"
    threshold = threshold_of(rule, model)
    links = f"{pairs} and probability >= {threshold}"
    total, linking, linked = connection.execute(
        f"select (select count(*) {pairs}), (select count(*) {links}), (select count(*) from "
        f"(select record_order {links} union select other_order {links}))"
    ).fetchall()[0]
    summary = ComparedRule(
        rule=rule.name,
        mode=FULL if everything else INCREMENTAL,
        trained=trained,
        model=model,
        records=records,
        compared_records=compared,
        pairs=total,
        links=linking,
        linked_records=linked,
        to_review=total - linking,
        previous_match_rate=last.match_rate
        if last and (last.model, last.threshold) == (model.fingerprint, threshold)
        else None,
    )
    connection.execute(
        f"insert into {tables.qualified(tables.similar_runs)} "
        f"values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            moment,
            summary.rule,
            summary.mode,
            model.fingerprint,
            threshold,
            rule.similar.review,
            summary.records,
            summary.compared_records,
            summary.pairs,
            summary.links,
            summary.linked_records,
            summary.to_review,
        ],
    )
    return summary


def last_run(
    connection: "DuckDBPyConnection", tables: OutputTables, rule: MatchRule
) -> LastRun | None:
    """The last run by a rule; None before the first."""
    rows = connection.execute(
        f"select model, threshold, review, coalesce(linked_records / nullif(records, 0), 0) "
        f"from {tables.qualified(tables.similar_runs)} where rule = ? "
        f"order by compared_at desc limit 1",
        [rule.name],
    ).fetchall()
    return LastRun(*rows[0]) if rows else None
