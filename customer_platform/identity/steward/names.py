"""Records as a steward names them, checked against those there are."""

from typing import TYPE_CHECKING

from customer_platform.errors import OverrideRefusedError
from customer_platform.identity import key_sql
from customer_platform.identity.explain.model import RecordName
from customer_platform.identity.rules import ResolutionRules
from customer_platform.warehouse import sql
from customer_platform.warehouse.suggestions import suggestion

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SUGGESTIONS = 3
_CLOSE = 0.85


def parse_record(text: str, rules: ResolutionRules) -> RecordName:
    """Reads SOURCE:ID, or ID where the rules name no source. The id may have colons.

    Raises:
        OverrideRefusedError: There is no source or no id.
    """
    if not rules.source:
        return RecordName("", text.strip())
    source, _, record_id = (part.strip() for part in text.partition(":"))
    if not source or not record_id:
        raise OverrideRefusedError(f"{text!r} names no record: write SOURCE:ID, as in crm:12")
    return RecordName(source, record_id)


def require_record(
    connection: "DuckDBPyConnection", records: str, rules: ResolutionRules, name: RecordName
) -> None:
    """Checks that a record is there.

    Args:
        connection: A connection.
        records: The records: a table name or a query.
        rules: Which say what names a record.
        name: The record.

    Raises:
        OverrideRefusedError: It isn't; names the closest ids, or the sources there are.
    """
    named = (
        f"(select {key_sql.source_value(rules)} as source, "
        f"cast({sql.identifier(rules.record_id)} as varchar) as record_id "
        f"from {sql.relation(records)})"
    )
    there = connection.execute(
        f"select count(*) from {named} where source = ? and record_id = ?",
        [name.source, name.record_id],
    ).fetchall()[0][0]
    if there:
        return
    sources = [
        row[0]
        for row in connection.execute(
            f"select distinct source from {named} where source is not null order by source"
        ).fetchall()
    ]
    if name.source not in sources:
        raise OverrideRefusedError(
            f"there is no source {name.source!r}{suggestion(name.source, sources)}"
        )
    similarity = "jaro_winkler_similarity(lower(record_id), lower($2))"
    close = connection.execute(
        f"select source, record_id from {named} where (source = $1 and {similarity} >= {_CLOSE}) "
        f"or record_id = $2 order by source = $1 desc, {similarity} desc, source, record_id "
        f"limit {_SUGGESTIONS}",
        [name.source, name.record_id],
    ).fetchall()
    meant = " or ".join(str(RecordName(*row)) for row in close)
    raise OverrideRefusedError(
        f"{records} has no record {name}" + (f"; did you mean {meant}?" if meant else "")
    )
