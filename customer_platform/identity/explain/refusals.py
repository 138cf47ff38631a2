"""The links that a constraint refused, as far as they touch some customers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from customer_platform.identity.explain.model import KeyValue, RecordName, RefusedLink
from customer_platform.identity.explain.reading import has_table, source_text
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.tables import OutputTables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LIMIT = "limit "


def read_refused_links(
    connection: "DuckDBPyConnection",
    tables: OutputTables,
    rules: ResolutionRules,
    customer_ids: Sequence[str],
    *,
    between: bool = False,
) -> tuple[RefusedLink, ...]:
    """Refused links by priority of their rule, then by name.

    Args:
        connection: A connection.
        tables: Where the tables are; without a table of refused links there are none.
        rules: The rules.
        customer_ids: The customers.
        between: Only links of which both sides are among the customers; otherwise one suffices.
    """
    if not has_table(connection, tables, tables.refused_links):
        return ()
    rows = connection.execute(
        f"select rule, {source_text('source')}, source_record_id, customer_id, "
        f"{source_text('other_source')}, other_record_id, other_customer_id, refused_by, "
        f"cast(this_side as varchar), cast(other_side as varchar) "
        f"from {tables.qualified(tables.refused_links)} "
        f"where customer_id in (select unnest($1::varchar[])) {'and' if between else 'or'} "
        f"other_customer_id in (select unnest($1::varchar[]))",
        [list(customer_ids)],
    ).fetchall()
    refused = [
        RefusedLink(
            rule=row[0],
            record=RecordName(row[1], row[2]),
            customer_id=row[3],
            other=RecordName(row[4], row[5]),
            other_customer_id=row[6],
            refused_by=row[7],
            this_side=_side(rules, row[7], row[8]),
            other_side=_side(rules, row[7], row[9]),
        )
        for row in rows
    ]
    priority = {rule.name: number for number, rule in enumerate(rules.match_rules)}
    return tuple(
        sorted(
            refused,
            key=lambda link: (priority.get(link.rule, -1), link.record, link.other),
        )
    )


def _side(rules: ResolutionRules, refused_by: str, value: str | None) -> KeyValue:
    key = refused_by.removeprefix(_LIMIT) if refused_by.startswith(_LIMIT) else ""
    column = rules.match_keys[key].column if key in rules.match_keys else key
    return KeyValue(key=key, column=column, value=value)
