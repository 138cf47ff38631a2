"""What comparing records by the similar rules gave, kept run by run."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from customer_platform.identity.rules import MatchRule
from customer_platform.identity.similar.model import SimilarityModel, threshold_of
from customer_platform.identity.tables import OutputTables
from customer_platform.warehouse import sql

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
