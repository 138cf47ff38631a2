"""How good records, rules and map are: small frames to show, read from the written tables."""

from typing import TYPE_CHECKING

from customer_platform.identity import sql
from customer_platform.identity.output import OutputTables
from customer_platform.identity.rules import ResolutionRules, check_columns
from customer_platform.identity.staging import columns_of

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection


def rule_statistics(connection: "DuckDBPyConnection", output: OutputTables) -> "pd.DataFrame":
    """What every match rule did at the last resolution.

    Returns:
        One row per rule, in priority order: priority, rule, match_keys, max_records_per_value,
        links (that joined two clusters), linking_values, pairs (of records with an equal value),
        matched_records, matched_share (of all records, from 0 to 1), over_shared_values,
        over_shared_records.
    """
    return _frame(
        connection,
        f"select * replace (cast(pairs as double) as pairs) "
        f"from {output.qualified(output.match_rule_statistics)} order by priority",
    )


def over_shared_values(
    connection: "DuckDBPyConnection", output: OutputTables, limit: int = 20
) -> "pd.DataFrame":
    """The values that link nobody because too many records share them, most shared first.

    Returns:
        One row per rule and value: rule, value, records. The values are personal data.
    """
    return _frame(
        connection,
        f"select rule, value, records from {output.qualified(output.over_shared_values)} "
        f"order by records desc, rule, value limit {limit}",
    )


def key_statistics(
    connection: "DuckDBPyConnection", records: str, rules: ResolutionRules
) -> "pd.DataFrame":
    """How well every match key is filled, ignored values counting as empty.

    Args:
        connection: A connection.
        records: The records: a table name or a query.
        rules: The rules whose keys are counted.

    Returns:
        One row per match key that a rule uses, in the order of the rules' YAML: match_key,
        records, filled, fill_rate (from 0 to 1; 0 without records), distinct_values.
    """
    check_columns(rules, columns_of(connection, records))
    keys = [key for key in rules.match_keys if key in sql.used_keys(rules)]
    counts = ", ".join(
        f"count({sql.key_column(key)}), count(distinct {sql.key_column(key)})" for key in keys
    )
    row = connection.execute(
        f"with keyed as ({sql.keyed_records(records, rules)}) select count(*), {counts} from keyed"
    ).fetchall()[0]
    rows = [
        (key, row[0], filled, filled / row[0] if row[0] else 0.0, distinct)
        for key, filled, distinct in zip(keys, row[1::2], row[2::2], strict=True)
    ]
    import pandas as pd

    return pd.DataFrame(
        rows, columns=["match_key", "records", "filled", "fill_rate", "distinct_values"]
    )


def customer_sizes(connection: "DuckDBPyConnection", customer_id_map: str) -> "pd.DataFrame":
    """How many customers have how many records.

    Returns:
        One row per number of records that occurs, smallest first: records_per_customer,
        customers, records.
    """
    return _frame(
        connection,
        f"select records as records_per_customer, count(*) as customers, "
        f"cast(sum(records) as bigint) as records "
        f"from (select count(*) as records from {sql.relation(customer_id_map)} "
        f"group by customer_id) as sizes group by records_per_customer "
        f"order by records_per_customer",
    )


def largest_customers(
    connection: "DuckDBPyConnection", customer_id_map: str, limit: int = 10
) -> "pd.DataFrame":
    """The customers with the most records.

    Returns:
        One row per customer, largest first: customer_id, records, sources (how many), rules (the
        match rules that link its records, sorted, joined by ', ').
    """
    return _frame(
        connection,
        f"select customer_id, count(*) as records, count(distinct source) as sources, "
        f"coalesce(string_agg(distinct linked_by_rule, ', ' order by linked_by_rule), '') as rules "
        f"from {sql.relation(customer_id_map)} group by customer_id "
        f"order by records desc, customer_id limit {limit}",
    )


def source_overlap(connection: "DuckDBPyConnection", customer_id_map: str) -> "pd.DataFrame":
    """How many customers have records in two sources.

    Returns:
        One row per pair of sources, in both orders, sorted: source, other_source, customers
        (having records in both; with source = other_source: having records in it).
    """
    return _frame(
        connection,
        f"with members as (select distinct source, customer_id "
        f"from {sql.relation(customer_id_map)}), "
        f"sources as (select distinct source from members), "
        f"shared as (select mine.source, theirs.source as other_source, count(*) as customers "
        f"from members as mine join members as theirs using (customer_id) group by all) "
        f"select mine.source, theirs.source as other_source, "
        f"coalesce(shared.customers, 0) as customers "
        f"from sources as mine cross join sources as theirs left join shared "
        f"on shared.source = mine.source and shared.other_source = theirs.source "
        f"order by mine.source, other_source",
    )


def _frame(connection: "DuckDBPyConnection", query: str) -> "pd.DataFrame":
    frame: pd.DataFrame = connection.execute(query).df()
    return frame
