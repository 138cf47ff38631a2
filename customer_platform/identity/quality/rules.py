"""What match rules, limits and overrides did."""

from typing import TYPE_CHECKING

from customer_platform.identity.quality.frames import frame
from customer_platform.identity.tables import OutputTables

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection


def rule_statistics(connection: "DuckDBPyConnection", output: OutputTables) -> "pd.DataFrame":
    """What every match rule did.

    Returns:
        One row per rule, in priority order: priority, rule, match_keys, max_records_per_value,
        max_people_per_value, links (that joined two clusters), customers_by_it_alone (customers of
        several records that no other rule and no override links), linking_values, pairs (of records
        with an equal value), matched_records, matched_share (of all records, from 0 to 1),
        over_shared_values, over_shared_records.
    """
    return frame(
        connection,
        f"with alone as (select rule, count(*) as customers from ("
        f"select any_value(cast(linked_by_rule as varchar)) as rule "
        f"from {output.qualified(output.customer_id_map)} where linked_by_rule is not null "
        f"group by customer_id having count(distinct linked_by_rule) = 1) group by rule) "
        f"select priority, statistics.rule, match_keys, max_records_per_value, "
        f"max_people_per_value, links, "
        f"coalesce(alone.customers, 0) as customers_by_it_alone, linking_values, "
        f"cast(pairs as double) as pairs, matched_records, matched_share, over_shared_values, "
        f"over_shared_records "
        f"from {output.qualified(output.match_rule_statistics)} as statistics "
        f"left join alone on alone.rule = statistics.rule order by priority",
    )


def over_shared_values(
    connection: "DuckDBPyConnection", output: OutputTables, limit: int = 20
) -> "pd.DataFrame":
    """The values that link nobody because too many records or people share them.

    Returns:
        One row per rule and value, most shared first: rule, value, records, people (different
        names that these records have; null where no key names a person). The values are personal
        data.
    """
    return frame(
        connection,
        f"select rule, value, records, people from {output.qualified(output.over_shared_values)} "
        f"order by records desc, rule, value limit {limit}",
    )


def refused_link_statistics(
    connection: "DuckDBPyConnection", output: OutputTables
) -> "pd.DataFrame":
    """How many links were refused, and by what.

    Returns:
        One row per rule and what refused its links, most links first: refused_by (`limit KEY` or
        `override different`), rule, links, customers (that the refused links would have joined to
        others).
    """
    refused = output.qualified(output.refused_links)
    return frame(
        connection,
        f"with sides as (select refused_by, rule, customer_id from {refused} "
        f"union all select refused_by, rule, other_customer_id from {refused}) "
        f"select refused_by, rule, count(*) // 2 as links, "
        f"count(distinct customer_id) as customers from sides "
        f"group by refused_by, rule order by links desc, refused_by, rule",
    )
