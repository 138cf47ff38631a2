"""The tables in which similar pairs and their models are kept."""

from collections.abc import Sequence
from datetime import datetime

from customer_platform.errors import StateError
from customer_platform.identity import key_sql
from customer_platform.identity.rules import MatchRule, ResolutionRules
from customer_platform.identity.similar import SimilarityModel, SimilarPairs, model_version
from customer_platform.identity.similar.matching import compared_records
from customer_platform.identity.similar.model import settled_threshold
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import fetch_numbers


def similar_rules(rules: ResolutionRules) -> list[MatchRule]:
    """The rules of kind `similar`, in priority order."""
    return [rule for rule in rules.match_rules if rule.similar]


def create_similar_tables(store: IdentityStore) -> None:
    """Makes the tables of pairs, models and runs where they aren't there."""
    store.execute("identity/create_similar_tables")


def kept_models(store: IdentityStore) -> dict[str, SimilarityModel]:
    """The kept models, by the name of their rule."""
    if not store.has(store.tables.similar_models):
        return {}
    rows = store.connection.execute(
        f"select rule, model from {store.quoted.similar_models}"
    ).fetchall()
    return {rule: SimilarityModel.from_json(text) for rule, text in rows}


def kept_thresholds(store: IdentityStore) -> dict[str, float]:
    """The probability from which each similar rule links: stated, or chosen by its kept model."""
    chosen: dict[str, float | None] = {}
    unstated = any(
        rule.similar.threshold is None for rule in store.rules.match_rules if rule.similar
    )
    if unstated and store.has(store.tables.similar_models):
        chosen = dict(
            store.connection.execute(
                f"select rule, cast(json_extract_string(model, '$.expected.threshold') as double) "
                f"from {store.quoted.similar_models}"
            ).fetchall()
        )
    return {
        rule.name: settled_threshold(rule, chosen.get(rule.name))
        for rule in similar_rules(store.rules)
    }


def model_fingerprints(store: IdentityStore) -> dict[str, str]:
    """The fingerprints of the models of the similar rules, by their names."""
    if not store.has(store.tables.similar_models):
        return {}
    kept = dict(
        store.connection.execute(
            f"select rule, fingerprint from {store.quoted.similar_models}"
        ).fetchall()
    )
    return {rule.name: kept[rule.name] for rule in similar_rules(store.rules) if rule.name in kept}


def keep_model(store: IdentityStore, model: SimilarityModel) -> None:
    """Keeps a model in the place of the rule's former one."""
    target = store.quoted.similar_models
    store.connection.execute(f"delete from {target} where rule = ?", [model.rule])
    trained_at: datetime = model.trained_at.replace(tzinfo=None)
    store.connection.execute(
        f"insert into {target} values (?, ?, ?, ?, ?, ?)",
        [
            model.rule,
            model.version,
            model.fingerprint,
            trained_at,
            model.records,
            model.to_json(),
        ],
    )


def read_pairs(
    store: IdentityStore, rules: Sequence[MatchRule], among: str | None = None
) -> dict[str, SimilarPairs]:
    """The kept pairs of similar rules, by their names.

    Args:
        store: Where the pairs are kept.
        rules: The similar rules.
        among: A table with a column record_order: only pairs of which it has both records.
    """
    some = "".join(
        f" and {column} in (select record_order from {among})"
        for column in ("record_order", "other_order")
        if among
    )
    found = {}
    for rule in rules:
        columns = fetch_numbers(
            store.connection,
            f"select record_order, other_order, match_weight "
            f"from {store.quoted.similar_pairs} "
            f"where rule = {sql.literal(rule.name)}{some}",
        )
        found[rule.name] = SimilarPairs.of(
            columns["record_order"], columns["other_order"], columns["match_weight"]
        )
    return found


def refuse_stale_pairs(store: IdentityStore, staged: str) -> None:
    """Refuses records that have not been compared as they are now, by the rules as they are now.

    Args:
        store: Where the pairs are kept, and the rules.
        staged: The records as staged, those at least that are new or have changed.

    Raises:
        StateError: There are some; says how many, and by which rule.
    """
    _refuse_other_versions(store)
    for number, rule in enumerate(store.rules.match_rules):
        if rule.similar is None:
            continue
        there = store.has(store.tables.compared_records)
        stale = store.connection.execute(
            f"select count(*) from {staged} as mine"
            + (
                f" where not exists (select 1 from {store.quoted.compared_records} "
                f"as kept where kept.rule = {sql.literal(rule.name)} "
                f"and kept.record_order = mine.record_order "
                f"and kept.compared_hash = mine.rule_{number})"
                if there
                else ""
            )
        ).fetchall()[0][0]
        if stale:
            raise StateError(
                f"{stale:,} records have not been compared by the rule {rule.name!r} as they are "
                f"now: update {store.tables.read_as(store.tables.similar_pairs)} first"
            )


def _refuse_other_versions(store: IdentityStore) -> None:
    """Refuses pairs that a rule has found when it compared otherwise, or kept fewer of them."""
    if not store.has(store.tables.similar_models):
        return
    kept = {
        rule: (version, review)
        for rule, version, review in store.connection.execute(
            f"select models.rule, models.version, (select arg_max(review, compared_at) "
            f"from {store.quoted.similar_runs} as runs where runs.rule = models.rule) "
            f"from {store.quoted.similar_models} as models"
        ).fetchall()
    }
    for rule in similar_rules(store.rules):
        assert rule.similar is not None
        version, review = kept.get(rule.name, (None, None))
        if version is not None and version != model_version(rule, store.rules.match_keys):
            change = "compares otherwise"
        elif review is not None and review > rule.similar.review:
            change = f"has a wider review band (from {rule.similar.review}, it was {review})"
        else:
            continue
        raise StateError(
            f"the rule {rule.name!r} {change} than when "
            f"{store.tables.read_as(store.tables.similar_pairs)} was last updated: update it first"
        )


def current_pairs(store: IdentityStore) -> dict[str, SimilarPairs]:
    """The pairs of the similar rules that needn't be found again, by the rule's name.

    These are the rules of which the kept model is of their version, and all records were compared
    as they are now, from as low a probability on.

    Args:
        store: The records, and rules that may be other ones than the pairs were found by; a
            connection that only reads is enough.
    """
    if not store.has(store.tables.similar_runs):
        return {}
    models = kept_models(store)
    lowest = dict(
        store.connection.execute(
            f"select rule, arg_max(review, compared_at) "
            f"from {store.quoted.similar_runs} group by rule"
        ).fetchall()
    )
    found: dict[str, SimilarPairs] = {}
    key_sql.create_functions(store.connection, store.rules)
    for rule in similar_rules(store.rules):
        assert rule.similar is not None
        model = models.get(rule.name)
        if model is None or not model.serves(rule, store.rules.match_keys):
            continue
        if lowest.get(rule.name, 1.0) > rule.similar.review:
            continue
        stale = store.connection.execute(
            f"select count(*) from ({compared_records(store.records, store.rules, rule)}) as mine "
            f"where not exists (select 1 from {store.quoted.compared_records} as kept "
            f"where kept.rule = {sql.literal(rule.name)} and kept.record_order = mine.record_order "
            f"and kept.compared_hash = mine.compared_hash)"
        ).fetchall()[0][0]
        if not stale:
            found |= read_pairs(store, [rule])
    return found
