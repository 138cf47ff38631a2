"""How large customers are, which sources they share, and what the last run changed."""

from typing import TYPE_CHECKING

from customer_platform.identity.quality.frames import frame
from customer_platform.identity.tables import OutputTables
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection


def customer_sizes(connection: "DuckDBPyConnection", customer_id_map: str) -> "pd.DataFrame":
    """How many customers have how many records.

    Returns:
        One row per number of records that occurs, smallest first: records_per_customer,
        customers, records.
    """
    return frame(
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
    return frame(
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
    return frame(
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


def last_changes(connection: "DuckDBPyConnection", output: OutputTables) -> "pd.DataFrame":
    """What the last run changed, by the reason.

    Returns:
        One row per reason, sorted: reason, new_records, moved_records (to another customer),
        deleted_records.
    """
    return frame(
        connection,
        f"select reason, count(*) filter (where previous_customer_id is null) as new_records, "
        f"count(*) filter (where previous_customer_id is not null and customer_id is not null) "
        f"as moved_records, count(*) filter (where customer_id is null) as deleted_records "
        f"from {output.qualified(output.customer_id_changes)} where changed_at = "
        f"(select max(resolved_at) from {output.qualified(output.resolution_runs)}) "
        f"group by reason order by reason",
    )
