"""The dbt project of this deployment, one object for parsing and for running."""

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from importlib import metadata
from pathlib import Path

from dagster_dbt import DbtCliResource, DbtProject
from packaging.version import Version

from customer_platform.environment import DBT_PROJECT, Environment, load_environment


class ManifestMissingError(RuntimeError):
    """The dbt project has not been parsed yet, so its models aren't known."""


def dbt_project(environment: Environment | None = None) -> DbtProject:
    """The dbt project, with its target folder under CUSTOMER_PLATFORM_HOME.

    dbt reads the warehouse's path from the process, so the deployment is activated in it.

    Args:
        environment: The deployment, by default the one the process' variables describe.
    """
    environment = environment or load_environment()
    environment.activate()
    return DbtProject(
        project_dir=DBT_PROJECT,
        target_path=environment.dbt_target,
        profiles_dir=DBT_PROJECT,
        target=environment.name,
    )


def is_parsed(project: DbtProject) -> bool:
    """Whether the project has a manifest, and no file of dbt's is newer."""
    return is_newer(project.manifest_path, DBT_PROJECT.rglob("*"))


def is_newer(made: Path, sources: Iterable[Path]) -> bool:
    """Whether a file exists and is at least as new as every source file."""
    if not made.exists():
        return False
    made_at = made.stat().st_mtime_ns
    return all(source.stat().st_mtime_ns <= made_at for source in sources if source.is_file())


def parsed_dbt_project() -> DbtProject:
    """The dbt project and its manifest; in `dg dev` parsed anew when a file of it has changed.

    Raises:
        ManifestMissingError: There is no manifest; the message tells how to make one.
    """
    project = dbt_project()
    # Every run of `dg dev` is a process that loads this: parsing in each would cost it seconds.
    if not is_parsed(project):
        project.prepare_if_dev()
    if not project.manifest_path.exists():
        raise ManifestMissingError(
            f"{project.manifest_path} is missing: run `customer-platform prepare` first "
            "(make demo, make test and make ui do)."
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
    """dbt as it is installed beside this process."""

    @cached_property
    def _cli_version(self) -> Version:
        """The version of dbt, which dagster-dbt starts a dbt process to ask for: two seconds."""
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        """Leaves out the adapter that dagster-dbt reads columns and counts with, as we do not.

        To have one it would read all macros at every start, for seconds, and hold the warehouse.
        """


def dbt_resource(project: DbtProject) -> DbtCliResource:
    """The resource that runs dbt."""
    # A DbtProject is accepted, and brings its target folder; only the annotation says a path.
    return InstalledDbt(project_dir=project)  # type: ignore[arg-type]
