"""Which project this is, where its deployment keeps its data, and what it schedules.

Everything else is read from environment variables once, validated, and fails naming the known
values:

- `CUSTOMER_PLATFORM_ENVIRONMENT`: development (default), test, acceptance or production.
- `CUSTOMER_PLATFORM_HOME`: the folder of everything a run writes (default: what `environments.yaml`
  says, else `.customer_platform/` and the business model in the project).
- `CUSTOMER_PLATFORM_LANDING`: the landing zone (default: likewise, else `landing/` in the home).
- `CUSTOMER_PLATFORM_READS`: the home whose raw tables are read (default: that of the environment
  that `environments.yaml` names with `reads`).
- `CUSTOMER_PLATFORM_BUSINESS_MODEL`: one of the project's, which are the folders of its `defs/`
  (default: the only one, or retail).
- `CUSTOMER_PLATFORM_DECISIONS`: the database of stewards' decisions, the URL of an SQLite file or
  of PostgreSQL (default: `decisions.sqlite` in the home).
- `CUSTOMER_PLATFORM_START_DATE`: the first daily partition (default: 2024-01-01).
- `CUSTOMER_PLATFORM_WAREHOUSE`, `CUSTOMER_PLATFORM_LAKE`: the engine, where it isn't DuckDB; see
  `chosen_engine`.
- `CUSTOMER_PLATFORM_UMASK`: the permissions that files of the home don't get, octal (default: 077,
  so that their owner alone may read them).
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from customer_platform import permissions
from customer_platform.chosen_engine import LAKE, WAREHOUSE, ChosenEngine, choose_engine
from customer_platform.environments import FILE as ENVIRONMENTS
from customer_platform.environments import NAMES, EnvironmentSpec, read_environment_spec
from customer_platform.errors import (
    EnvironmentVariableError,
    ProjectError,
    ReleasedProjectError,
)
from customer_platform.project import Project, find_project, read_project

# In a home whose project is released in versions: what leads to the version in force.
VERSIONS = "versions"
CURRENT = "current"
OWNER = "environment"

# In a home whose tables Spark keeps: its lake.
ENGINE = "engine"

# Variables that say where one environment has something; they don't hold for another.
_PATHS = ("CUSTOMER_PLATFORM_LANDING", "CUSTOMER_PLATFORM_PRIVACY", "CUSTOMER_PLATFORM_READS")
ELSEWHERE = (*_PATHS, WAREHOUSE, LAKE)
# In a home whose decisions are in a database of another machine: that they are.
DECISIONS_ELSEWHERE = "decisions-elsewhere"


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


@dataclass(frozen=True)
class Environment:
    """The validated settings of one deployment.

    Attributes:
        project: The project that it runs: that of the version in force, where there are versions.
        name: One of the keys of `AUTOMATION`; also the dbt target.
        home: Absolute folder of everything a run writes.
        business_model: Which folder of the project's definitions is loaded.
        start_date: The first daily partition.
        umask: The permissions that what is written below the home doesn't get.
        stated: What the project's `environments.yaml` says of it.
        version: The folder of the version in force; None where the home has no versions.
        checkout: The project that the working directory is in, which may be another than the one
            in force.
        landing_zone: Where that isn't in the home.
        privacy_folder: Where requests are kept, if neither in the home nor in that which is read.
        reads: The home whose raw tables are read; None where sources land here.
        decisions_url: Where stewards' decisions are kept, if not in the home; may hold a password.
        engine: What keeps and transforms its tables.
    """

    project: Project
    name: str
    home: Path
    business_model: str
    start_date: date
    umask: int = 0o077
    stated: EnvironmentSpec = field(default_factory=EnvironmentSpec)
    version: Path | None = None
    checkout: Project | None = None
    landing_zone: Path | None = None
    privacy_folder: Path | None = None
    reads: Path | None = None
    decisions_url: str | None = field(default=None, repr=False)
    engine: ChosenEngine = field(default_factory=ChosenEngine)

    @property
    def automation(self) -> Automation:
        """What runs by itself here."""
        usual = AUTOMATION[self.name]
        stated = self.stated
        return Automation(
            sensors=usual.sensors if stated.sensors is None else stated.sensors,
            schedules=usual.schedules if stated.schedules is None else stated.schedules,
        )

    @property
    def place(self) -> Path:
        """Where what a version consists of lies: its tables, what is published, its manifest."""
        return self.version or self.home

    @property
    def landing(self) -> Path:
        """The landing zone: one folder per source and table."""
        return self.landing_zone or self.home / "landing"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file: the warehouse, or next to another engine the workshop."""
        return self.place / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """What analysts read: Parquet files, and a DuckDB file of views on them."""
        return (self.engine.lake or self.place) / "published"

    @property
    def published_masked(self) -> Path:
        """The same for those who may not know who people are: personal columns are masked."""
        return (self.engine.lake or self.place) / "published_masked"

    @property
    def privacy(self) -> Path:
        """Requests, certificates and the secret that values are hashed with."""
        return self.privacy_folder or (self.reads or self.home) / "privacy"

    @property
    def decisions(self) -> str:
        """The URL of the database of stewards' decisions, which all versions of the home share.

        Raises:
            EnvironmentVariableError: They are in a database that nobody names here: a run would
                go without them.
        """
        if self.decisions_url is None and (self.home / DECISIONS_ELSEWHERE).exists():
            raise EnvironmentVariableError(
                f"the decisions of {self.home} are in a PostgreSQL database: set "
                "CUSTOMER_PLATFORM_DECISIONS to its URL, or remove "
                f"{self.home / DECISIONS_ELSEWHERE} if they no longer are"
            )
        return self.decisions_url or f"sqlite:///{self.home / 'decisions.sqlite'}"

    @property
    def rewritten_files(self) -> Path:
        """Notes of landed files that were rewritten, and are no new deliveries."""
        return self.privacy / "rewritten_files.jsonl"

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME: runs, event log, schedules."""
        return self.home / "dagster"

    @property
    def dbt_target(self) -> Path:
        """Where dbt writes its manifest and compiled SQL."""
        return self.place / "dbt" / "target"

    @property
    def process_variables(self) -> dict[str, str]:
        """The environment variables that Dagster, dbt and their subprocesses need."""
        paths = (self.landing_zone, self.privacy_folder, self.reads)
        decisions = self.decisions_url
        return {
            **{name: str(path) for name, path in zip(_PATHS, paths, strict=True) if path},
            **({"CUSTOMER_PLATFORM_DECISIONS": decisions} if decisions else {}),
            **self.engine.variables,
            "CUSTOMER_PLATFORM_ENVIRONMENT": self.name,
            "CUSTOMER_PLATFORM_HOME": str(self.home),
            "CUSTOMER_PLATFORM_BUSINESS_MODEL": self.business_model,
            "CUSTOMER_PLATFORM_START_DATE": self.start_date.isoformat(),
            permissions.VARIABLE: f"{self.umask:03o}",
            "CUSTOMER_PLATFORM_DUCKDB": str(self.warehouse),
            "DAGSTER_HOME": str(self.dagster_home),
            # The events of an asset for several days are stored together, as many as this.
            "DAGSTER_EVENT_BATCH_SIZE": "500",
            "DBT_TARGET_PATH": str(self.dbt_target),
            "DBT_LOG_PATH": str(self.place / "dbt" / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }

    @property
    def changeable_project(self) -> Project:
        """The project, for who is about to change it.

        Raises:
            ReleasedProjectError: It is that of a version in force, which only changes by another.
        """
        if self.version is not None:
            raise ReleasedProjectError(
                f"{self.home} runs a released version of the project, {self.version}, which isn't "
                "changed in place: change the project in development, then "
                "`customer-platform plan` and `apply`"
            )
        return self.project

    def activate(self) -> None:
        """Sets the variables and the umask of this process, and puts its tools on PATH.

        What this process starts has them, too: dbt, the daemon, and whatever runs a run.

        dagster-dbt looks for dbt on PATH, where it isn't when the virtual environment that holds
        this process has not been activated in the shell.
        """
        os.umask(self.umask)
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
        ProjectError: The working directory is in no project.
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
    name = _one_of(
        "CUSTOMER_PLATFORM_ENVIRONMENT",
        variables.get("CUSTOMER_PLATFORM_ENVIRONMENT", "development"),
        NAMES,
    )
    checkout = find_project()
    known = checkout.business_models
    business_model = _one_of(
        "CUSTOMER_PLATFORM_BUSINESS_MODEL",
        variables.get("CUSTOMER_PLATFORM_BUSINESS_MODEL")
        or (known[0] if len(known) == 1 else "retail"),
        known,
    )
    stated = read_environment_spec(checkout.root, name)
    home = home_of(checkout, stated, business_model, variables.get("CUSTOMER_PLATFORM_HOME"))
    version = version_in_force(home)
    _refuse_other_name(home, version, name)
    engine = choose_engine(variables, stated.engine)
    _refuse_other_engine(home, engine)
    project = (read_project(version / "project") if version else None) or checkout
    if version:
        # Who may approve is what the version in force says, not what a branch says.
        stated = read_environment_spec(project.root, name)
    reads, read_zone = _read_home(checkout, stated, name, business_model)
    if chosen := variables.get("CUSTOMER_PLATFORM_READS"):
        read_zone = read_zone if reads == Path(chosen).resolve() else Path(chosen, "landing")
        reads = Path(chosen).resolve()
    if reads == home:
        raise ProjectError(f"{name} has the home of the environment that it reads, {home}")
    landing = variables.get("CUSTOMER_PLATFORM_LANDING") or stated.landing
    privacy = variables.get("CUSTOMER_PLATFORM_PRIVACY")
    return Environment(
        project=project,
        name=name,
        home=home,
        business_model=business_model,
        start_date=start_date,
        umask=permissions.read_umask(variables.get(permissions.VARIABLE)),
        stated=stated,
        version=version,
        checkout=checkout,
        landing_zone=_path(checkout, landing, business_model) if landing else read_zone,
        privacy_folder=Path(privacy) if privacy else None,
        reads=reads,
        decisions_url=_decisions(variables.get("CUSTOMER_PLATFORM_DECISIONS")),
        engine=engine,
    )


def _decisions(url: str | None) -> str | None:
    """Checks the URL of the database of decisions, whose password no message may show."""
    if not url:
        return None
    scheme = url.partition("://")[0].partition("+")[0]
    if scheme in ("postgresql", "postgres") or url.startswith("sqlite:////"):
        return url.replace("postgres://", "postgresql://", 1)
    raise EnvironmentVariableError(
        "CUSTOMER_PLATFORM_DECISIONS names no database of decisions: write "
        "postgresql://user:password@host:5432/database or sqlite:////absolute/path.sqlite"
    )


def _refuse_other_name(home: Path, version: Path | None, name: str) -> None:
    """Refuses a home whose versions are another environment's, which has approvers of its own."""
    owner = environment_of(home) if version else None
    if owner and owner != name:
        raise EnvironmentVariableError(
            f"{home} is the home of {owner}, and this would be {name}: set "
            f"CUSTOMER_PLATFORM_ENVIRONMENT={owner}, or name another home"
        )


def _refuse_other_engine(home: Path, engine: ChosenEngine) -> None:
    """Refuses a home whose tables another engine keeps: it would begin again without them."""
    marker = home / ENGINE
    lake = marker.read_text("utf-8").strip() if marker.is_file() else None
    if lake is None and engine.lake and (home / "warehouse.duckdb").exists():
        raise EnvironmentVariableError(
            f"the tables of {home} are on DuckDB, and {WAREHOUSE} names a Spark server: unset it, "
            "or name another home in CUSTOMER_PLATFORM_HOME"
        )
    if lake is not None and lake != str(engine.lake):
        raise EnvironmentVariableError(
            f"the tables of {home} are on Spark, in the lake {lake}: set {WAREHOUSE} to the URL of "
            f"its server, and {LAKE}={lake}; or name another home in CUSTOMER_PLATFORM_HOME"
        )


def environment_of(home: Path) -> str | None:
    """The environment whose versions a home has; None where it has none yet.

    Args:
        home: The home.
    """
    path = home / VERSIONS / OWNER
    return path.read_text("utf-8").strip() if path.is_file() else None


def _read_home(
    checkout: Project, stated: EnvironmentSpec, name: str, business_model: str
) -> tuple[Path | None, Path | None]:
    """The home of the environment that another one reads, and its landing zone."""
    if stated.reads is None:
        return None, None
    other = read_environment_spec(checkout.root, stated.reads)
    if other.reads or stated.reads == name:
        raise ProjectError(
            f"{checkout.root / ENVIRONMENTS}: {name} reads {stated.reads}, which "
            + ("is itself" if stated.reads == name else f"reads {other.reads}")
            + ": name the environment that its sources land in"
        )
    home = home_of(checkout, other, business_model)
    zone = _path(checkout, other.landing, business_model) if other.landing else home / "landing"
    return home, zone


def home_of(
    project: Project, stated: EnvironmentSpec, business_model: str, chosen: str | None = None
) -> Path:
    """The absolute home of an environment.

    Args:
        project: The project.
        stated: What it says of the environment.
        business_model: The business model.
        chosen: What goes before.
    """
    usual = f".customer_platform/{business_model}"
    return _path(project, chosen or stated.home or usual, business_model, not chosen)


def version_in_force(home: Path) -> Path | None:
    """The folder of the version that a home runs; None where it has no versions.

    Args:
        home: The home.

    Raises:
        ProjectError: The home can't be read.
    """
    current = home / VERSIONS / CURRENT
    try:
        return current.resolve() if current.is_symlink() else None
    except PermissionError as error:
        raise ProjectError(
            f"{home} can't be read: it belongs to another user. Run this as that user, or have "
            "CUSTOMER_PLATFORM_UMASK let you read it"
        ) from error


def _path(project: Project, stated: str, business_model: str, in_project: bool = True) -> Path:
    path = Path(stated.replace("{business_model}", business_model)).expanduser()
    return ((project.root if in_project else Path.cwd()) / path).resolve()
