"""A proposal for a table of a database, from the rows it holds."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from customer_platform.errors import IngestionError, OnboardingError
from customer_platform.ingestion.database.connection import reading
from customer_platform.ingestion.database.url import read_url
from customer_platform.onboarding.load_mode import LoadMode
from customer_platform.onboarding.platform import Entity
from customer_platform.onboarding.proposal import Proposal, propose_table
from customer_platform.onboarding.vocabulary import snake_case
from customer_platform.onboarding.wishes import Wishes

# Enough to infer types, and little enough to be fetched while somebody waits.
MOST_ROWS = 1_000_000
_TABLE = "rows_of_table"


def propose_database_table(
    variable: str, table: str, wishes: Wishes, entities: Sequence[Entity]
) -> Proposal:
    """Propose a table of a database; it is read up to its first million rows.

    With a column that says when a row was last changed, and that is always filled, the table is
    read by the day of that column; else in full.

    Args:
        variable: Environment variable that holds the database's URL.
        table: Name of the table there.
        wishes: What the user has said.
        entities: Those that the business model resolves.

    Raises:
        OnboardingError: The database can't be read, the table is empty, or a wish can't be
            fulfilled.
        UnclearEntityError: The rows are records, and it isn't clear of which entity.
    """
    try:
        url = read_url(variable)
        with reading(url, table) as reader, duckdb.connect() as rows:
            rows.execute("set TimeZone = 'UTC'")
            columns = ", ".join(reader.columns(table).values())
            query = f"select {columns} from {reader.named(table)} limit {MOST_ROWS}"
            for number, batch in enumerate(reader.batches(query)):
                rows.register("batch", batch)
                rows.execute(
                    f"insert into {_TABLE} select *, null from batch"
                    if number
                    else f"create table {_TABLE} as select *, null::DATE as _partition from batch"
                )
            return _proposed(rows, table, wishes, entities)
    except IngestionError as error:
        raise OnboardingError(str(error)) from error


def _proposed(
    rows: duckdb.DuckDBPyConnection, table: str, wishes: Wishes, entities: Sequence[Entity]
) -> Proposal:
    found = rows.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ? "
        "and column_name <> '_partition' order by column_index",
        [_TABLE],
    ).fetchall()
    if not found:
        raise OnboardingError(f"table {table} holds no rows, so types can't be inferred")
    name = snake_case(table.rpartition(".")[2])
    proposal = propose_table(rows, _TABLE, name, dict(found), wishes, entities)
    notes = list(proposal.notes)
    if proposal.rows == MOST_ROWS:
        notes.append(f"only the first {MOST_ROWS:,} rows were read: check the primary key")
    return replace(proposal, load_mode=_load_mode(proposal, wishes), notes=notes)


def _load_mode(proposal: Proposal, wishes: Wishes) -> LoadMode:
    if wishes.load_mode == "snapshot":
        return LoadMode("snapshot", None, "as asked for")
    for attribute, mode in (("updated_at", "delta"), ("created_at", "append")):
        column = proposal.column_of(attribute)
        if column is None or column.statistics.filled < proposal.rows:
            continue
        if column.type.type not in ("date", "timestamp"):
            # A number of seconds has no day to read by.
            continue
        if wishes.load_mode in (None, mode) and (mode == "delta" or wishes.load_mode == mode):
            return LoadMode(mode, column.name, f"every row has {column.name}; read by its day")
    if wishes.load_mode is not None:
        raise OnboardingError(
            f"--load-mode {wishes.load_mode}: no column that is always filled holds the day of a "
            "row; declare partition_column by hand, or leave the load mode out"
        )
    return LoadMode("snapshot", None, "no column that is always filled says when a row changed")
