"""Which engine a deployment's tables are kept and transformed by: DuckDB, or Spark.

- `CUSTOMER_PLATFORM_WAREHOUSE`: not set for DuckDB, whose file is in the home; or the URL of a
  Spark Connect server, `sc://host:15002`, which may hold a token.
- `CUSTOMER_PLATFORM_LAKE`: with Spark, the folder below which its tables are kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from customer_platform.errors import EnvironmentVariableError

WAREHOUSE = "CUSTOMER_PLATFORM_WAREHOUSE"
LAKE = "CUSTOMER_PLATFORM_LAKE"

EngineName = Literal["duckdb", "spark"]

_CONNECT = re.compile(r"sc://([\w.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?(/.*)?")
_KNOWN = "leave it unset for DuckDB in the home, or write sc://host:15002 for Spark Connect"


@dataclass(frozen=True)
class ChosenEngine:
    """The engine of a deployment.

    Attributes:
        name: What it is.
        url: Of Spark, where its Connect server is; may hold a token.
        lake: Of Spark, the absolute folder below which its tables are kept.
    """

    name: EngineName = "duckdb"
    url: str | None = field(default=None, repr=False)
    lake: Path | None = None

    @property
    def address(self) -> str:
        """Where its server is, without what a URL may hold besides; empty of DuckDB."""
        return (self.url or "").split("/;")[0].rstrip("/")

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that say so."""
        stated = {WAREHOUSE: self.url, LAKE: self.lake and str(self.lake)}
        return {name: value for name, value in stated.items() if value}


def choose_engine(variables: Mapping[str, str], stated: EngineName | None) -> ChosenEngine:
    """The engine that a deployment's variables choose.

    Args:
        variables: The environment variables.
        stated: What the project's `environments.yaml` says; None where it says nothing.

    Raises:
        EnvironmentVariableError: A variable holds what isn't known, one is missing, or they
            contradict the project.
    """
    url, lake = variables.get(WAREHOUSE), variables.get(LAKE)
    if not url:
        if stated == "spark":
            raise EnvironmentVariableError(
                f"environments.yaml says `engine: spark`, and {WAREHOUSE} isn't set: set it to the "
                f"URL of the server, such as sc://host:15002, and {LAKE} to the folder of its "
                "tables"
            )
        return ChosenEngine()
    if not _CONNECT.fullmatch(url):
        # A URL may hold a token, which no message shows.
        raise EnvironmentVariableError(f"{WAREHOUSE} names no engine that is known: {_KNOWN}")
    if stated == "duckdb":
        raise EnvironmentVariableError(
            f"environments.yaml says `engine: duckdb`, and {WAREHOUSE} names a Spark server: unset "
            "the variable, or change the file"
        )
    if not lake:
        raise EnvironmentVariableError(
            f"{WAREHOUSE} names a Spark server, and {LAKE} isn't set: set it to the folder below "
            "which tables are kept, which the server and this machine see under the same path"
        )
    if not Path(lake).is_absolute():
        raise EnvironmentVariableError(
            f"{LAKE}={lake!r}: write the absolute path of a folder, which the server and this "
            "machine see under the same path; object stores aren't supported yet"
        )
    return ChosenEngine("spark", url, Path(lake))
