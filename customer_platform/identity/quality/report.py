"""Everything that tells how good a map is, as one set of frames."""

from typing import TYPE_CHECKING

from customer_platform.identity.explain import fragile_customers
from customer_platform.identity.quality import customers, keys, rules
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.tables import OutputTables
from customer_platform.warehouse.duckdb import table_kind

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection


def quality_report(
    connection: "DuckDBPyConnection",
    output: OutputTables,
    records: str,
    resolution_rules: ResolutionRules,
) -> "dict[str, pd.DataFrame]":
    """How good the records, the rules and the map are.

    Args:
        connection: A connection.
        output: Where the map is. Without the view `customer_id_changes`, as after a one-off
            resolution, the report has no `changes`.
        records: The records: a table name or a query.
        resolution_rules: The rules by which the map was made.

    Returns:
        By name, in this order: `match_keys` (see `key_statistics`), `shared_values`,
        `match_rules` (see `rule_statistics`), `over_shared_values`, `ignored_value_proposals`,
        `refused_links_per_rule` (see `refused_link_statistics`), `customer_sizes`,
        `source_overlap` (only when records have a source), `changes` (see `last_changes`),
        `largest_customers`, `fragile_customers`. The columns `value` hold personal data.

    Raises:
        RulesError: The records lack a column that the rules use.
    """
    customer_id_map = output.qualified(output.customer_id_map)
    report = {
        "match_keys": keys.key_statistics(connection, records, resolution_rules),
        "shared_values": keys.shared_values(connection, records, resolution_rules),
        "match_rules": rules.rule_statistics(connection, output),
        "over_shared_values": rules.over_shared_values(connection, output),
        "ignored_value_proposals": keys.ignored_value_proposals(
            connection, output, resolution_rules
        ),
        "refused_links_per_rule": rules.refused_link_statistics(connection, output),
        "customer_sizes": customers.customer_sizes(connection, customer_id_map),
    }
    if resolution_rules.source:
        report["source_overlap"] = customers.source_overlap(connection, customer_id_map)
    if table_kind(connection, output.schema, output.customer_id_changes):
        report["changes"] = customers.last_changes(connection, output)
    report["largest_customers"] = customers.largest_customers(connection, customer_id_map)
    report["fragile_customers"] = fragile_customers(connection, output, records, resolution_rules)
    return report
