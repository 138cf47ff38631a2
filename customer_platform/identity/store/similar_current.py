"""The kept pairs that still are what comparing the records would give."""

from typing import TYPE_CHECKING

from customer_platform.identity import key_sql
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.similar import SimilarPairs
from customer_platform.identity.similar.matching import compared_records
from customer_platform.identity.store.similar_tables import (
    kept_models,
    read_pairs,
    similar_rules,
)
from customer_platform.identity.tables import OutputTables
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import table_kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def current_pairs(
    connection: "DuckDBPyConnection", records: str, rules: ResolutionRules, tables: OutputTables
) -> dict[str, SimilarPairs]:
    """The pairs of the similar rules that needn't be found again, by the rule's name.

    These are the rules of which the kept model is of their version, and all records were compared
    as they are now, from as low a probability on.

    Args:
        connection: A connection that may only read.
        records: The records: a table name or a query.
        rules: The rules, also other ones than the pairs were found by.
        tables: Where the pairs are kept.
    """
    if not table_kind(connection, tables.schema, tables.similar_runs):
        return {}
    models = kept_models(connection, tables)
    lowest = dict(
        connection.execute(
            f"select rule, arg_max(review, compared_at) "
            f"from {tables.qualified(tables.similar_runs)} group by rule"
        ).fetchall()
    )
    found: dict[str, SimilarPairs] = {}
    key_sql.create_functions(connection, rules)
    for rule in similar_rules(rules):
        assert rule.similar is not None
        model = models.get(rule.name)
        if model is None or not model.serves(rule, rules.match_keys):
            continue
        if lowest.get(rule.name, 1.0) > rule.similar.review:
            continue
        stale = connection.execute(
            f"select count(*) from ({compared_records(records, rules, rule)}) as mine "
            f"where not exists (select 1 from {tables.qualified(tables.compared_records)} as kept "
            f"where kept.rule = {sql.literal(rule.name)} and kept.record_order = mine.record_order "
            f"and kept.compared_hash = mine.compared_hash)"
        ).fetchall()[0][0]
        if not stale:
            found |= read_pairs(connection, tables, [rule])
    return found
