"""The dbt project of this deployment, one object for parsing and for running."""

import json
import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from importlib import metadata
from itertools import chain
from pathlib import Path

from dagster_dbt import DagsterDbtProjectPreparer, DbtCliResource, DbtProject
from packaging.version import Version

from customer_platform.declarations import VARIABLE, declarations_of, for_dbt
from customer_platform.environment import Environment, load_environment
from customer_platform.errors import EngineError, ManifestMissingError
from customer_platform.project import DBT_PROJECT, Project

# The target of dbt's profile that is no environment's, but an engine.
SPARK = "spark"

# In a project's dbt folder: the link to the one of the software.
_ENGINE = "engine"


def dbt_project(environment: Environment | None = None) -> DbtProject:
    """The dbt project, with its target folder under CUSTOMER_PLATFORM_HOME.

    dbt reads the warehouse's path and what is declared from the process, so the deployment is
    activated in it.

    Args:
        environment: The deployment, by default the one the process' variables describe.

    Raises:
        DeclarationError: A YAML of the business model isn't right.
    """
    environment = environment or load_environment()
    environment.activate()
    os.environ[VARIABLE] = for_dbt(declarations_of(environment))
    link_engine(environment.project)
    return DbtProject(
        project_dir=environment.project.dbt,
        target_path=environment.dbt_target,
        profiles_dir=DBT_PROJECT,
        target=SPARK if environment.engine.name == "spark" else environment.name,
    )


def link_engine(project: Project) -> None:
    """Leads a project's dbt to the macros and descriptions that come with the software.

    dbt reads what lies within the project alone: paths to elsewhere would lead what it compiles
    out of its target folder, and macros of a package have to be called by the package's name. So
    there is a link, as `dbt deps` makes for a local package.

    Args:
        project: The project; a checkout has all of it anyhow.

    Raises:
        EngineError: The link can't be made.
    """
    link = project.dbt / _ENGINE
    if project.dbt == DBT_PROJECT or (link.is_symlink() and link.readlink() == DBT_PROJECT):
        return
    # Put in its place in one step: other processes may be reading through it.
    half = link.with_name(f".{_ENGINE}.{os.getpid()}")
    try:
        half.symlink_to(DBT_PROJECT, target_is_directory=True)
        half.replace(link)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise EngineError(
            f"{link} can't be made a link to {DBT_PROJECT}, where dbt finds the macros of the "
            f"software ({error}): move away what is there, or let this user write to the folder"
        ) from error


def is_parsed(project: DbtProject) -> bool:
    """Whether the manifest is of this version and declarations, and no file of dbt's is newer."""
    version = _version_file(project)
    if not version.exists() or version.read_text() != _version():
        return False
    files = chain(project.project_dir.rglob("*"), DBT_PROJECT.rglob("*"))
    return is_newer(project.manifest_path, files)


def parse(project: DbtProject) -> None:
    """Parse the project again."""
    InstalledPreparer().prepare(project)
    _version_file(project).write_text(_version())


def _version_file(project: DbtProject) -> Path:
    """What holds the version of the software that has parsed a project, and what was declared.

    The files of another version may be older than the manifest: installers keep their times.
    """
    return project.manifest_path.with_name("parsed_by")


def _version() -> str:
    return f"{metadata.version('customer-platform')} {DBT_PROJECT} {os.environ[VARIABLE]}"


def is_newer(made: Path, sources: Iterable[Path]) -> bool:
    """Whether a file exists and is at least as new as every source file."""
    if not made.exists():
        return False
    made_at = made.stat().st_mtime_ns
    return all(source.stat().st_mtime_ns <= made_at for source in sources if source.is_file())


def parsed_dbt_project() -> DbtProject:
    """The dbt project and its manifest; in `dg dev` parsed again when a file of it has changed.

    Raises:
        ManifestMissingError: There is no manifest; the message says how to make one.
    """
    project = dbt_project()
    # Every run of `dg dev` is a process that loads this: parsing in each would cost it seconds.
    if not is_parsed(project) and project.preparer.using_dagster_dev():
        parse(project)
    if not project.manifest_path.exists():
        raise ManifestMissingError(
            f"{project.manifest_path} is missing: run `customer-platform prepare` first "
            "(so do `customer-platform run` and `ui`)."
        )
    return project


def has_models(project: DbtProject, tag: str) -> bool:
    """Whether a parsed project has a model with a tag.

    Args:
        project: The project.
        tag: The tag.
    """
    nodes = json.loads(project.manifest_path.read_text())["nodes"].values()
    return any(node["resource_type"] == "model" and tag in node["tags"] for node in nodes)


class InstalledDbt(DbtCliResource):
    """The dbt installed in this process's environment."""

    @cached_property
    def _cli_version(self) -> Version:
        """The version of dbt, which dagster-dbt starts a dbt process to ask for: two seconds."""
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        """Leaves out the adapter that dagster-dbt reads columns and counts with, as we do not.

        To have one it would read all macros at every start, for seconds, and hold the warehouse.
        """


class InstalledPreparer(DagsterDbtProjectPreparer):
    """Parses a project with that dbt."""

    def _prepare_manifest(self, project: DbtProject) -> None:
        dbt_resource(project).cli(["parse", "--quiet"], target_path=project.target_path).wait()
        self._invalidate_seeds_in_partial_parse(project)


def dbt_resource(project: DbtProject) -> DbtCliResource:
    """The resource that runs dbt."""
    # A DbtProject is accepted, and brings its target folder; only the annotation says a path.
    return InstalledDbt(project_dir=project)  # type: ignore[arg-type]
