"""The links that a match rule asks for: one statement per rule, integers only."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity import sql
from customer_platform.identity.numbers import fetch_numbers
from customer_platform.identity.rules import MatchRule, ResolutionRules
from customer_platform.identity.staging import NUMBERS, RECORDS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Values of the rule at hand that two records or more share: value (hash), first, records.
_SHARED = "temp.resolution_shared"


@dataclass(frozen=True)
class Stars:
    """What one rule found: each record beside the first record with the same value.

    Attributes:
        records: Record numbers, each at most once.
        firsts: Per entry, the first record with the same value.
        values: Values that link records.
        pairs: Pairs of records with an equal value, over those values.
        matched_records: Records with such a value.
        over_shared: The values that link nobody because too many records share them, each with
            its number of records, most shared first.
    """

    records: npt.NDArray[np.int32]
    firsts: npt.NDArray[np.int32]
    values: int
    pairs: int
    matched_records: int
    over_shared: list[tuple[str, int]]


def find_stars(
    connection: "DuckDBPyConnection", records: str, rules: ResolutionRules, number: int
) -> Stars:
    """Finds who is linked by the rule at position `number`.

    Args:
        connection: A connection in which the records are staged.
        records: The relation they were staged from, for the text of over-shared values.
        rules: The rules.
        number: Position of the rule.
    """
    rule = rules.match_rules[number]
    linking = f"records <= {rule.max_records_per_value}" if rule.max_records_per_value else "true"
    connection.execute(
        f"create or replace temp table resolution_shared as "
        f"select rule_{number} as value, cast(min(rowid) as integer) as first, "
        f"count(*) as records from {NUMBERS} where rule_{number} is not null "
        f"group by rule_{number} having count(*) > 1"
    )
    try:
        values, pairs, matched, too_many = connection.execute(
            f"select count(*) filter (where {linking}), "
            f"coalesce(sum(records * (records - 1) // 2) filter (where {linking}), 0), "
            f"coalesce(sum(records) filter (where {linking}), 0), "
            f"count(*) filter (where not ({linking})) from {_SHARED}"
        ).fetchall()[0]
        stars = fetch_numbers(
            connection,
            f"select cast(numbers.rowid as integer) as record, shared.first "
            f"from {NUMBERS} as numbers join {_SHARED} as shared "
            f"on numbers.rule_{number} = shared.value "
            f"where {linking} and numbers.rowid <> shared.first",
        )
        over_shared = _over_shared(connection, records, rules, rule) if too_many else []
    finally:
        connection.execute(f"drop table {_SHARED}")
    return Stars(
        records=stars["record"],
        firsts=stars["first"],
        values=values,
        pairs=int(pairs),
        matched_records=int(matched),
        over_shared=over_shared,
    )


def _over_shared(
    connection: "DuckDBPyConnection", records: str, rules: ResolutionRules, rule: MatchRule
) -> list[tuple[str, int]]:
    """The text of the over-shared values, read from the first record that has each."""
    columns = ", ".join(f"keyed.{sql.key_column(key)}" for key in rule.match)
    return connection.execute(
        f"with keyed as ({sql.keyed_records(records, rules)}), "
        f"firsts as (select staged.source, staged.record_id, shared.records "
        f"from {_SHARED} as shared join {NUMBERS} as numbers on numbers.rowid = shared.first "
        f"join {RECORDS} as staged on staged.rowid = numbers.record_row "
        f"where shared.records > {rule.max_records_per_value}) "
        f"select concat_ws(' + ', {columns}) as value, firsts.records "
        f"from firsts join keyed using (source, record_id) order by firsts.records desc, value"
    ).fetchall()
