"""The unit tests of a business model's dbt models, run beside the tables of its warehouse."""

from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner

from customer_platform.environment import Environment
from customer_platform.project import DBT_PROJECT


def unit_test_results(environment: Environment) -> dict[str, str]:
    """How every unit test ended, by its name.

    Args:
        environment: A deployment that is active in this process, and has been built.
    """
    ran = dbtRunner().invoke(
        ["test", "--select", "test_type:unit", "--quiet", f"--target={environment.name}",
         f"--project-dir={DBT_PROJECT}", f"--profiles-dir={DBT_PROJECT}"]
    )  # fmt: skip
    assert isinstance(ran.result, RunExecutionResult), ran.exception
    return {
        each.node.name: str(each.status)
        for each in ran.result.results
        if each.node.resource_type == "unit_test"
    }
