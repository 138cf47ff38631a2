"""The dbt project of this deployment, one object for parsing and for running."""

from functools import cached_property
from importlib import metadata

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


def parsed_dbt_project() -> DbtProject:
    """The dbt project and its manifest, parsed anew in `dg dev`.

    Raises:
        ManifestMissingError: There is no manifest; the message tells how to make one.
    """
    project = dbt_project()
    project.prepare_if_dev()
    if not project.manifest_path.exists():
        raise ManifestMissingError(
            f"{project.manifest_path} is missing: run `customer-platform prepare` first "
            "(make demo, make test and make ui do)."
        )
    return project


class InstalledDbt(DbtCliResource):
    """dbt as it is installed beside this process."""

    @cached_property
    def _cli_version(self) -> Version:
        """The version of dbt, which dagster-dbt starts a dbt process to ask for: two seconds."""
        return Version(metadata.version("dbt-core"))


def dbt_resource(project: DbtProject) -> DbtCliResource:
    """The resource that runs dbt."""
    # A DbtProject is accepted, and brings its target folder; only the annotation says a path.
    return InstalledDbt(project_dir=project)  # type: ignore[arg-type]
