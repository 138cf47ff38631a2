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
from customer_platform.identity.rules import MatchRule, check_columns
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
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


FULL, INCREMENTAL = "full", "incremental"

# All records with what a rule compares, and those of them that are new or have changed.
_COMPARED = "temp.similar_compared"

_NEW = "temp.similar_new"


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


def update_similar_pairs(
    store: IdentityStore, compared_at: datetime, *, retrain: bool = False
) -> list[ComparedRule]:
    """Compares records by every similar rule, and keeps pairs and models.

    New and changed records are compared with all others; pairs of records that are as they were
    stay. A rule whose model is missing, or of another version, has one trained, and all records
    are compared. What is kept is changed in one transaction per rule.

    Args:
        store: All records, and where pairs and models are kept; its connection is outside of a
            transaction.
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
    check_columns(store.rules, store.columns())
    chosen = similar_rules(store.rules)
    if chosen:
        require_splink()
    key_sql.create_functions(store.connection, store.rules)
    create_similar_tables(store)
    create_entity_views(store)
    models = {} if retrain else kept_models(store)
    _forget_other_rules(store, chosen)
    try:
        return [_update_rule(store, rule, models.get(rule.name), moment) for rule in chosen]
    finally:
        for table in (_COMPARED, _NEW):
            store.connection.execute(f"drop table if exists {table}")


def _update_rule(
    store: IdentityStore, rule: MatchRule, model: SimilarityModel | None, moment: datetime
) -> ComparedRule:
    assert rule.similar is not None
    store.connection.execute(
        f"create or replace temp table {sql.bare(_COMPARED)} as "
        f"{compared_records(store.records, store.rules, rule)}"
    )
    refuse_missing_names(store, _COMPARED)
    refuse_repeated(store, _COMPARED)
    everything = model is None or not model.serves(rule, store.rules.match_keys)
    last = None if everything else last_run(store, rule)
    # A wider review band needs pairs that were not kept.
    everything = last is None or last.review > rule.similar.review
    kept_hashes = f"select 1 from {store.quoted.compared_records} as kept"
    store.connection.execute(
        f"create or replace temp table {sql.bare(_NEW)} as select * from {_COMPARED} as mine "
        + (
            ""
            if everything
            else f"where not exists ({kept_hashes} where kept.rule = {sql.literal(rule.name)} "
            f"and kept.record_order = mine.{UNIQUE_ID} "
            f"and kept.compared_hash = mine.compared_hash)"
        )
    )
    compared = _count(store.connection, _NEW)
    known = model
    if everything or model is None:
        found = find_pairs(store.connection, f"from {_COMPARED}", store.rules, rule, model, moment)
        model, pairs = found.model, found.pairs
    elif compared:
        others = candidates(model.blocking, _COMPARED, _NEW, UNIQUE_ID)
        pairs = find_pairs_of_new(store.connection, f"from {_NEW}", others, rule, model)
    else:
        pairs = SimilarPairs.none()
    with transaction(store.connection):
        _replace_pairs(store, rule, pairs, everything=everything)
        if everything:
            keep_model(store, model)
        summary = write_run(
            store,
            rule,
            model,
            moment,
            last,
            records=_count(store.connection, _COMPARED),
            compared=compared,
            everything=everything,
            trained=model is not known,
        )
    return summary


def _replace_pairs(
    store: IdentityStore, rule: MatchRule, pairs: SimilarPairs, *, everything: bool
) -> None:
    """Takes away the pairs of records that are gone or have changed, and adds those found."""
    import pyarrow as pa

    assert rule.similar is not None
    name = sql.literal(rule.name)
    target = store.quoted.similar_pairs
    hashes = store.quoted.compared_records
    if everything:
        store.connection.execute(f"delete from {target} where rule = {name}")
        store.connection.execute(f"delete from {hashes} where rule = {name}")
    else:
        stale = (
            f"select kept.record_order from {hashes} as kept where kept.rule = {name} "
            f"and not exists (select 1 from {_COMPARED} as now "
            f"where now.{UNIQUE_ID} = kept.record_order "
            f"and now.compared_hash = kept.compared_hash)"
        )
        store.connection.execute(
            f"delete from {target} where rule = {name} and (record_order in ({stale}) "
            f"or other_order in ({stale}) or probability < {rule.similar.review})"
        )
        store.connection.execute(
            f"delete from {hashes} where rule = {name} and record_order in ({stale})"
        )
    store.connection.execute(
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
    store.connection.register("similar_found", found)
    try:
        store.connection.execute(
            f"insert into {target} select {name}, nullif(one.source, ''), one.record_id, "
            f"nullif(other.source, ''), other.record_id, found.probability, found.weight, "
            f"found.record, found.other from similar_found as found "
            f"join {_COMPARED} as one on one.{UNIQUE_ID} = found.record "
            f"join {_COMPARED} as other on other.{UNIQUE_ID} = found.other"
        )
    finally:
        store.connection.unregister("similar_found")


def _forget_other_rules(store: IdentityStore, rules: Sequence[MatchRule]) -> None:
    """Takes away what was kept for rules that are no longer there."""
    names = ", ".join(sql.literal(rule.name) for rule in rules) or "''"
    for table in (
        store.tables.similar_pairs,
        store.tables.compared_records,
        store.tables.similar_models,
    ):
        store.connection.execute(
            f"delete from {store.tables.qualified(table)} where rule not in ({names})"
        )


def _count(connection: "DuckDBPyConnection", table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def write_run(
    store: IdentityStore,
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
        store: Where pairs and runs are kept.
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
    pairs = f"from {store.quoted.similar_pairs} where rule = {sql.literal(rule.name)}"
    threshold = threshold_of(rule, model)
    links = f"{pairs} and probability >= {threshold}"
    total, linking, linked = store.connection.execute(
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
    store.connection.execute(
        f"insert into {store.quoted.similar_runs} values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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


def last_run(store: IdentityStore, rule: MatchRule) -> LastRun | None:
    """The last run by a rule; None before the first."""
    rows = store.connection.execute(
        f"select model, threshold, review, coalesce(linked_records / nullif(records, 0), 0) "
        f"from {store.quoted.similar_runs} where rule = ? "
        f"order by compared_at desc limit 1",
        [rule.name],
    ).fetchall()
    return LastRun(*rows[0]) if rows else None
