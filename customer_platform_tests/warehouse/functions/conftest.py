"""The SQL functions on one connection, over many texts at once."""

from collections.abc import Callable, Sequence

import duckdb
import pytest

from customer_platform.warehouse.functions import create_functions

# The value of an expression over the column `value` for every text, in their order.
Evaluate = Callable[[str, Sequence[str | None]], list[str | None]]


@pytest.fixture(scope="session")
def evaluate() -> Evaluate:
    """Evaluates an expression of the functions."""
    connection = duckdb.connect()
    create_functions(connection)

    def values(expression: str, texts: Sequence[str | None]) -> list[str | None]:
        rows = connection.execute(
            f"select {expression} from (select unnest($1::varchar[]) as value, "
            "generate_subscripts($1::varchar[], 1) as position) order by position",
            [list(texts)],
        ).fetchall()
        return [row[0] for row in rows]

    return values
