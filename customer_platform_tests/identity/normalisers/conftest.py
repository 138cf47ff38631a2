"""Normalising texts by the engine and by the dbt macros, side by side."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from customer_platform.environment import DBT_PROJECT
from customer_platform.identity.normalisers import normalised

# The macros over the columns `value` and `country`, by the normaliser that has to equal them.
MACROS = {
    "email": "normalise_email('value')",
    "phone": "normalise_phone('value', 'country')",
    "name": "name_key('value')",
    "street": "street_key('value')",
    "postcode": "normalise_postcode('value')",
    "code": "code_key('value')",
}

# Those that only the staging views use.
OF_COUNTRIES = {
    "country": "normalise_country('value')",
    "phone_of_country": "normalise_phone('value', 'code', 'country')",
}

Normalise = Callable[..., list[str | None]]


@pytest.fixture(scope="session")
def macros(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """SQL of every macro, as dbt renders it."""
    rendered = MACROS | OF_COUNTRIES
    folder = Path(tmp_path_factory.mktemp("normalisers"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUSTOMER_PLATFORM_WAREHOUSE", str(folder / "warehouse.duckdb"))
        patch.setenv("DBT_TARGET_PATH", str(folder / "target"))
        patch.setenv("DBT_LOG_PATH", str(folder / "logs"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        result = dbtRunner().invoke(
            [
                "compile",
                "--inline",
                "\n;;\n".join(f"{{{{ {macro} }}}}" for macro in rendered.values()),
                f"--project-dir={DBT_PROJECT}",
                f"--profiles-dir={DBT_PROJECT}",
                "--quiet",
            ]
        )
    assert result.success, result.exception
    compiled: Any = result.result
    expressions = compiled.results[0].node.compiled_code
    return dict(zip(rendered, expressions.split("\n;;\n"), strict=True))


@pytest.fixture(scope="module")
def in_memory() -> duckdb.DuckDBPyConnection:
    """One connection for all examples of a property."""
    return duckdb.connect()


@pytest.fixture
def normalise(in_memory: duckdb.DuckDBPyConnection) -> Normalise:
    """Normalises texts, in their order."""

    def values(
        kind: str, texts: Sequence[str | None], country: str | None = None
    ) -> list[str | None]:
        return evaluate(in_memory, normalised(kind, "value", country), texts)

    return values


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    expression: str,
    texts: Sequence[str | None],
    country: str | None = None,
) -> list[str | None]:
    """The value of an SQL expression over the columns `value` and `country`, for every text."""
    rows = connection.execute(
        f"select {expression} from (select unnest(?::varchar[]) as value, "
        "?::varchar as country, generate_subscripts(?::varchar[], 1) as position) "
        "order by position",
        [list(texts), country, list(texts)],
    ).fetchall()
    return [row[0] for row in rows]
