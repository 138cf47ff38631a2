"""What the floor and Splink's path share: the hashed keys, and the values that link records."""

from typing import TYPE_CHECKING

from customer_platform.identity import ResolutionRules, key_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def read_keys(connection: "DuckDBPyConnection", records: str, rules: ResolutionRules) -> None:
    """Makes the temporary table `keys`: source, record_id, and the hash of each rule's values.

    Args:
        connection: A connection; it no longer keeps rows in order, which costs time.
        records: The records: a query.
        rules: The rules.
    """
    key_sql.create_functions(connection, rules)
    connection.execute("set preserve_insertion_order = false")
    hashes = "".join(
        f", {key_sql.rule_hash(rule)} as rule_{number}"
        for number, rule in enumerate(rules.match_rules)
    )
    connection.execute(
        f"create temp table keys as with keyed as ({key_sql.keyed_records(records, rules)}) "
        f"select source, record_id{hashes} from keyed"
    )


def group_keys(connection: "DuckDBPyConnection", rules: ResolutionRules) -> None:
    """Makes per rule the temporary table `shared_<n>`: value, first, records.

    It has the values that link records: two share one or more, but not more than the rule allows.
    """
    for number, rule in enumerate(rules.match_rules):
        most = rule.max_records_per_value
        few_enough = f" and count(*) <= {most}" if most else ""
        connection.execute(
            f"create temp table shared_{number} as select rule_{number} as value, "
            f"cast(min(rowid) as integer) as first, count(*) as records from keys "
            f"where rule_{number} is not null group by all having count(*) > 1{few_enough}"
        )
