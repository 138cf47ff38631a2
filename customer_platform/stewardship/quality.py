"""How good records, rules and map are: small frames to show, read from the written tables."""

from typing import TYPE_CHECKING

from customer_platform.identity import key_sql
from customer_platform.identity.matching.links import (
    OverSharedValue,
    proposed_ignored_values,
)
from customer_platform.identity.rules import ResolutionRules, check_columns
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain import fragile_customers
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import read_frame

if TYPE_CHECKING:
    import pandas as pd


def key_statistics(store: IdentityStore) -> "pd.DataFrame":
    """How well every match key is filled, ignored values counting as empty.

    Args:
        store: The records, and the rules whose keys are counted.

    Returns:
        One row per match key that a rule or limit uses, in the order of the rules' YAML:
        match_key, records, filled, fill_rate (from 0 to 1; 0 without records), distinct_values.

    Raises:
        RulesError: The records lack a column that the rules use.
    """
    check_columns(store.rules, store.columns())
    key_sql.create_functions(store.connection, store.rules)
    keys = _used_keys(store.rules)
    counts = ", ".join(
        f"count({key_sql.key_column(key)}), count(distinct {key_sql.key_column(key)})"
        for key in keys
    )
    row = store.connection.execute(
        f"select count(*), {counts} from ({key_sql.keyed_records(store.records, store.rules)})"
    ).fetchall()[0]
    rows = [
        (key, row[0], filled, filled / row[0] if row[0] else 0.0, distinct)
        for key, filled, distinct in zip(keys, row[1::2], row[2::2], strict=True)
    ]
    import pandas as pd

    return pd.DataFrame(
        rows, columns=["match_key", "records", "filled", "fill_rate", "distinct_values"]
    )


def shared_values(store: IdentityStore, limit: int = 5) -> "pd.DataFrame":
    """The values of every match key that most records share, ignored values left out.

    Args:
        store: The records, and the rules whose keys are looked at.
        limit: The most values per match key.

    Returns:
        One row per match key and value that at least two records have, in the order of the rules'
        YAML, most shared first: match_key, value, records. The values are personal data.

    Raises:
        RulesError: The records lack a column that the rules use.
    """
    check_columns(store.rules, store.columns())
    key_sql.create_functions(store.connection, store.rules)
    most_shared = " union all ".join(
        f"(select {number} as position, {sql.literal(key)} as match_key, {column} as value, "
        f"count(*) as records from keyed where {column} is not null group by {column} "
        f"having count(*) > 1 order by records desc, value limit {limit})"
        for number, key in enumerate(_used_keys(store.rules))
        for column in (key_sql.key_column(key),)
    )
    return read_frame(
        store.connection,
        f"with keyed as materialized ({key_sql.keyed_records(store.records, store.rules)}) "
        f"select match_key, value, records from ({most_shared}) "
        f"order by position, records desc, value",
    )


def ignored_value_proposals(store: IdentityStore, limit: int = 20) -> "pd.DataFrame":
    """The over-shared values of a map that are better ignored, as lines of the seed.

    Args:
        store: The map, made by the store's rules.
        limit: The most values.

    Returns:
        One row per value, those of most people first, with the columns of the seed
        `ignored_values`: match_key, value, reason (the evidence). The values are personal data.
    """
    rows = store.connection.execute(
        f"select rule, value, value_hash, records, people from {store.quoted.over_shared_values}"
    ).fetchall()
    names = {rule.name for rule in store.rules.match_rules}
    proposed = proposed_ignored_values(
        (OverSharedValue(*row) for row in rows if row[0] in names), store.rules
    )
    import pandas as pd

    return pd.DataFrame(
        [(each.match_key, each.value, each.reason) for each in proposed[:limit]],
        columns=["match_key", "value", "reason"],
    )


def _used_keys(rules: ResolutionRules) -> list[str]:
    used = key_sql.used_keys(rules)
    return [key for key in rules.match_keys if key in used]


def rule_statistics(store: IdentityStore) -> "pd.DataFrame":
    """What every match rule did.

    Returns:
        One row per rule, in priority order: priority, rule, match_keys, max_records_per_value,
        max_people_per_value, links (that joined two clusters), customers_by_it_alone (customers of
        several records that no other rule and no override links), linking_values, pairs (of records
        with an equal value), matched_records, matched_share (of all records, from 0 to 1),
        over_shared_values, over_shared_records.
    """
    return store.frame("stewardship/rule_statistics")


def over_shared_values(store: IdentityStore, limit: int = 20) -> "pd.DataFrame":
    """The values that link nobody because too many records or people share them.

    Returns:
        One row per rule and value, most shared first: rule, value, records, people (different
        names that these records have; null where no key names a person). The values are personal
        data.
    """
    return read_frame(
        store.connection,
        f"select rule, value, records, people from {store.quoted.over_shared_values} "
        f"order by records desc, rule, value limit {limit}",
    )


def refused_link_statistics(store: IdentityStore) -> "pd.DataFrame":
    """How many links were refused, and by what.

    Returns:
        One row per rule and what refused its links, most links first: refused_by (`limit KEY` or
        `override different`), rule, links, customers (that the refused links would have joined to
        others).
    """
    return store.frame("stewardship/refused_link_statistics")


def customer_sizes(store: IdentityStore) -> "pd.DataFrame":
    """How many customers have how many records.

    Returns:
        One row per number of records that occurs, smallest first: records_per_customer,
        customers, records.
    """
    return store.frame("stewardship/customer_sizes")


def largest_customers(store: IdentityStore, limit: int = 10) -> "pd.DataFrame":
    """The customers with the most records.

    Returns:
        One row per customer, largest first: customer_id, records, sources (how many), rules (the
        match rules that link its records, sorted, joined by ', ').
    """
    return store.frame("stewardship/largest_customers", limit=str(limit))


def source_overlap(store: IdentityStore) -> "pd.DataFrame":
    """How many customers have records in two sources.

    Returns:
        One row per pair of sources, in both orders, sorted: source, other_source, customers
        (having records in both; with source = other_source: having records in it).
    """
    return store.frame("stewardship/source_overlap")


def last_changes(store: IdentityStore) -> "pd.DataFrame":
    """What the last run changed, by the reason.

    Returns:
        One row per reason, sorted: reason, new_records, moved_records (to another customer),
        deleted_records.
    """
    return store.frame("stewardship/last_changes")


def quality_report(store: IdentityStore) -> "dict[str, pd.DataFrame]":
    """How good the records, the rules and the map are.

    Args:
        store: The map, made by the store's rules. Without the view `customer_id_changes`, as after
            a one-off resolution, the report has no `changes`.

    Returns:
        By name, in this order: `match_keys` (see `key_statistics`), `shared_values`,
        `match_rules` (see `rule_statistics`), `over_shared_values`, `ignored_value_proposals`,
        `refused_links_per_rule` (see `refused_link_statistics`), `customer_sizes`,
        `source_overlap` (only when records have a source), `changes` (see `last_changes`),
        `largest_customers`, `fragile_customers`. The columns `value` hold personal data.

    Raises:
        RulesError: The records lack a column that the rules use.
    """
    report = {
        "match_keys": key_statistics(store),
        "shared_values": shared_values(store),
        "match_rules": rule_statistics(store),
        "over_shared_values": over_shared_values(store),
        "ignored_value_proposals": ignored_value_proposals(store),
        "refused_links_per_rule": refused_link_statistics(store),
        "customer_sizes": customer_sizes(store),
    }
    if store.rules.source:
        report["source_overlap"] = source_overlap(store)
    if store.has(store.tables.customer_id_changes):
        report["changes"] = last_changes(store)
    report["largest_customers"] = largest_customers(store)
    report["fragile_customers"] = fragile_customers(store)
    return report
