"""How well match keys are filled, and which of their values many records share."""

from typing import TYPE_CHECKING

from customer_platform.identity import sql
from customer_platform.identity.quality.frames import frame
from customer_platform.identity.rules import ResolutionRules, check_columns
from customer_platform.identity.staging import columns_of

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
    keys = _used_keys(rules)
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
    most_shared = " union all ".join(
        f"(select {number} as position, {sql.text(key)} as match_key, {column} as value, "
        f"count(*) as records from keyed where {column} is not null group by {column} "
        f"having count(*) > 1 order by records desc, value limit {limit})"
        for number, key in enumerate(_used_keys(rules))
        for column in (sql.key_column(key),)
    )
    return frame(
        connection,
        f"with keyed as materialized ({sql.keyed_records(records, rules)}) "
        f"select match_key, value, records from ({most_shared}) "
        f"order by position, records desc, value",
    )


def _used_keys(rules: ResolutionRules) -> list[str]:
    used = sql.used_keys(rules)
    return [key for key in rules.match_keys if key in used]
