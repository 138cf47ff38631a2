"""Where this deployment keeps its data, which business model it runs, and what it schedules.

Everything is read from environment variables once, validated, and fails naming the known values:

- `CUSTOMER_PLATFORM_ENVIRONMENT`: development (default), test, acceptance or production.
- `CUSTOMER_PLATFORM_HOME`: the folder of everything a run writes (default: `.customer_platform/`
  and the business model in the repository).
- `CUSTOMER_PLATFORM_BUSINESS_MODEL`: retail (default), marketplace, b2b, or one's own: a folder of
  `defs/` beside `defs/platform`.
- `CUSTOMER_PLATFORM_START_DATE`: the first daily partition (default: 2024-01-01).
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DBT_PROJECT = REPOSITORY / "dbt"

DEFS = Path(__file__).resolve().parent / "defs"


@dataclass(frozen=True)
class Automation:
    """What runs by itself in an environment as soon as the daemon runs."""

    sensors: bool
    schedules: bool


# In development a file dropped into the landing zone is picked up, and nothing runs at night.
AUTOMATION = {
    "development": Automation(sensors=True, schedules=False),
    "test": Automation(sensors=False, schedules=False),
    "acceptance": Automation(sensors=True, schedules=False),
    "production": Automation(sensors=True, schedules=True),
}


def business_models(defs: Path = DEFS) -> tuple[str, ...]:
    """The business models there are: the folders of `defs/` beside that of the platform.

    Args:
        defs: The folder of the definitions.
    """
    folders = (path.name for path in defs.iterdir() if path.is_dir())
    return tuple(sorted(name for name in folders if name != "platform" and name[0] != "_"))


class EnvironmentVariableError(ValueError):
    """An environment variable holds a value that the platform doesn't know."""


@dataclass(frozen=True)
class Environment:
    """The validated settings of one deployment.

    Attributes:
        name: One of the keys of `AUTOMATION`; also the dbt target.
        home: Absolute folder of everything a run writes.
        business_model: Which folder of `defs/` is loaded beside `defs/platform`.
        start_date: The first daily partition.
    """

    name: str
    home: Path
    business_model: str
    start_date: date

    @property
    def automation(self) -> Automation:
        """What runs by itself here."""
        return AUTOMATION[self.name]

    @property
    def landing(self) -> Path:
        """The landing zone: one folder per source and table."""
        return self.home / "landing"

    @property
    def warehouse(self) -> Path:
        """The DuckDB database file."""
        return self.home / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """What analysts read: Parquet files, and a DuckDB file of views on them."""
        return self.home / "published"

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME: runs, event log, schedules."""
        return self.home / "dagster"

    @property
    def dbt_target(self) -> Path:
        """Where dbt writes its manifest and compiled SQL."""
        return self.home / "dbt" / "target"

    @property
    def process_variables(self) -> dict[str, str]:
        """The environment variables that Dagster, dbt and their subprocesses need."""
        return {
            "CUSTOMER_PLATFORM_ENVIRONMENT": self.name,
            "CUSTOMER_PLATFORM_HOME": str(self.home),
            "CUSTOMER_PLATFORM_BUSINESS_MODEL": self.business_model,
            "CUSTOMER_PLATFORM_START_DATE": self.start_date.isoformat(),
            "CUSTOMER_PLATFORM_WAREHOUSE": str(self.warehouse),
            "DAGSTER_HOME": str(self.dagster_home),
            "DBT_TARGET_PATH": str(self.dbt_target),
            "DBT_LOG_PATH": str(self.home / "dbt" / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }

    def activate(self) -> None:
        """Sets the variables in this process, and puts its tools on PATH.

        dagster-dbt looks for dbt on PATH, where it isn't when the virtual environment that holds
        this process has not been activated in the shell.
        """
        os.environ.update(self.process_variables)
        tools = str(Path(sys.executable).parent)
        path = os.environ.get("PATH", "")
        if tools not in path.split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([tools, path])


def _one_of(variable: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise EnvironmentVariableError(f"{variable}={value!r}: choose one of {', '.join(known)}")
    return value


def load_environment(variables: Mapping[str, str] = os.environ) -> Environment:
    """Reads and validates the deployment's settings.

    Args:
        variables: The environment variables, by default those of the process.

    Raises:
        EnvironmentVariableError: A variable holds an unknown value; the message names the
            variable and the values it may have.
    """
    start = variables.get("CUSTOMER_PLATFORM_START_DATE", "2024-01-01")
    try:
        start_date = date.fromisoformat(start)
    except ValueError as error:
        raise EnvironmentVariableError(
            f"CUSTOMER_PLATFORM_START_DATE={start!r}: write a day as YYYY-MM-DD"
        ) from error
    business_model = _one_of(
        "CUSTOMER_PLATFORM_BUSINESS_MODEL",
        variables.get("CUSTOMER_PLATFORM_BUSINESS_MODEL", "retail"),
        business_models(),
    )
    home = variables.get("CUSTOMER_PLATFORM_HOME") or str(
        REPOSITORY / ".customer_platform" / business_model
    )
    return Environment(
        name=_one_of(
            "CUSTOMER_PLATFORM_ENVIRONMENT",
            variables.get("CUSTOMER_PLATFORM_ENVIRONMENT", "development"),
            tuple(AUTOMATION),
        ),
        home=Path(home).expanduser().resolve(),
        business_model=business_model,
        start_date=start_date,
    )
