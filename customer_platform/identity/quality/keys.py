"""How well match keys are filled, and which of their values many records share."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_platform.identity import key_sql
from customer_platform.identity.linking.links import OverSharedValue
from customer_platform.identity.quality.frames import frame
from customer_platform.identity.rules import ResolutionRules, check_columns
from customer_platform.identity.tables import OutputTables
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import columns_of

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection


def key_statistics(
    connection: "DuckDBPyConnection", records: str, rules: ResolutionRules
) -> "pd.DataFrame":
    """How well every match key is filled, ignored values counting as empty.

    Args:
        connection: A connection.
        records: The records: a table name or a query.
        rules: The rules whose keys are counted.

    Returns:
        One row per match key that a rule or limit uses, in the order of the rules' YAML:
        match_key, records, filled, fill_rate (from 0 to 1; 0 without records), distinct_values.

    Raises:
        RulesError: The records lack a column that the rules use.
    """
    check_columns(rules, columns_of(connection, records))
    key_sql.create_functions(connection, rules)
    keys = _used_keys(rules)
    counts = ", ".join(
        f"count({key_sql.key_column(key)}), count(distinct {key_sql.key_column(key)})"
        for key in keys
    )
    row = connection.execute(
        f"select count(*), {counts} from ({key_sql.keyed_records(records, rules)})"
    ).fetchall()[0]
    rows = [
        (key, row[0], filled, filled / row[0] if row[0] else 0.0, distinct)
        for key, filled, distinct in zip(keys, row[1::2], row[2::2], strict=True)
    ]
    import pandas as pd

    return pd.DataFrame(
        rows, columns=["match_key", "records", "filled", "fill_rate", "distinct_values"]
    )


def shared_values(
    connection: "DuckDBPyConnection", records: str, rules: ResolutionRules, limit: int = 5
) -> "pd.DataFrame":
    """The values of every match key that most records share, ignored values left out.

    Args:
        connection: A connection.
        records: The records: a table name or a query.
        rules: The rules whose keys are looked at.
        limit: The most values per match key.

    Returns:
        One row per match key and value that at least two records have, in the order of the rules'
        YAML, most shared first: match_key, value, records. The values are personal data.

    Raises:
        RulesError: The records lack a column that the rules use.
    """
    check_columns(rules, columns_of(connection, records))
    key_sql.create_functions(connection, rules)
    most_shared = " union all ".join(
        f"(select {number} as position, {sql.literal(key)} as match_key, {column} as value, "
        f"count(*) as records from keyed where {column} is not null group by {column} "
        f"having count(*) > 1 order by records desc, value limit {limit})"
        for number, key in enumerate(_used_keys(rules))
        for column in (key_sql.key_column(key),)
    )
    return frame(
        connection,
        f"with keyed as materialized ({key_sql.keyed_records(records, rules)}) "
        f"select match_key, value, records from ({most_shared}) "
        f"order by position, records desc, value",
    )


@dataclass(frozen=True)
class ProposedValue:
    """A value that too many people share, and that may be nobody's own.

    Attributes:
        match_key: The key that it is a value of.
        value: The value as it is compared. It is personal data.
        records: Records that share it.
        people: Different names that these have: first names or last names, whichever are more.
    """

    match_key: str
    value: str
    records: int
    people: int

    @property
    def reason(self) -> str:
        """The evidence."""
        return f"{self.records:,} records of {self.people:,} different names share it"

    @property
    def line(self) -> str:
        """The line to add under `ignored_values` of the rules."""
        return f"{self.match_key}: [{json.dumps(self.value, ensure_ascii=False)}]  # {self.reason}"


def proposed_ignored_values(
    over_shared: Iterable[OverSharedValue], rules: ResolutionRules
) -> list[ProposedValue]:
    """Over-shared values that are better ignored: those of many people, by a rule of one key.

    What only many records share isn't proposed: it may be a customer's who comes often. Nor are
    values of a rule of several keys, of which each may be somebody's own.

    Args:
        over_shared: What links nobody.
        rules: The rules.

    Returns:
        The values, those of most people first.
    """
    by_name = {rule.name: rule for rule in rules.match_rules}
    found = {
        (rule.match[0], value.value): ProposedValue(
            rule.match[0], value.value, value.records, value.people or 0
        )
        for value in over_shared
        for rule in (by_name[value.rule],)
        # An asterisk would stand for any characters.
        if value.value is not None and "*" not in value.value and len(rule.match) == 1
        if rule.max_people_per_value and (value.people or 0) > rule.max_people_per_value
    }
    return sorted(
        found.values(), key=lambda each: (-each.people, -each.records, each.match_key, each.value)
    )


def ignored_value_proposals(
    connection: "DuckDBPyConnection", output: OutputTables, rules: ResolutionRules, limit: int = 20
) -> "pd.DataFrame":
    """The over-shared values of a map that are better ignored, as lines of the seed.

    Args:
        connection: A connection.
        output: Where the map is.
        rules: The rules by which it was made.
        limit: The most values.

    Returns:
        One row per value, those of most people first, with the columns of the seed
        `ignored_values`: match_key, value, reason (the evidence). The values are personal data.
    """
    rows = connection.execute(
        f"select rule, value, value_hash, records, people "
        f"from {output.qualified(output.over_shared_values)}"
    ).fetchall()
    names = {rule.name for rule in rules.match_rules}
    proposed = proposed_ignored_values(
        (OverSharedValue(*row) for row in rows if row[0] in names), rules
    )
    import pandas as pd

    return pd.DataFrame(
        [(each.match_key, each.value, each.reason) for each in proposed[:limit]],
        columns=["match_key", "value", "reason"],
    )


def _used_keys(rules: ResolutionRules) -> list[str]:
    used = key_sql.used_keys(rules)
    return [key for key in rules.match_keys if key in used]
