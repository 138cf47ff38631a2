from pathlib import Path

import pytest

from customer_platform.environment import load_environment
from customer_platform.errors import EnvironmentVariableError
from customer_platform.new_project import create_project

_SPARK = {
    "CUSTOMER_PLATFORM_WAREHOUSE": "sc://spark.example.com:15002/;token=secret",
    "CUSTOMER_PLATFORM_LAKE": "/lake",
}


def test_without_a_warehouse_the_engine_is_duckdb_in_the_home(tmp_path: Path) -> None:
    environment = load_environment({"CUSTOMER_PLATFORM_HOME": str(tmp_path)})
    assert environment.engine.name == "duckdb"
    assert "CUSTOMER_PLATFORM_WAREHOUSE" not in environment.process_variables
    assert environment.published == tmp_path / "published"


def test_a_spark_server_is_handed_over_to_every_process_and_its_token_to_no_message() -> None:
    environment = load_environment(_SPARK)
    assert environment.engine.name == "spark"
    assert environment.process_variables.items() >= _SPARK.items()
    assert load_environment(environment.process_variables) == environment
    assert environment.published == Path("/lake/published")
    assert "secret" not in f"{environment!r} {environment.engine.address}"


@pytest.mark.parametrize(
    ("url", "lake", "what_to_do"),
    [
        ("/home/warehouse.duckdb", "/lake", "leave it unset for DuckDB.*sc://host:15002"),
        ("bigquery://project/EU", "/lake", "leave it unset for DuckDB.*sc://host:15002"),
        ("sc://", "/lake", "sc://host:15002"),
        ("sc://host:15002", "", "CUSTOMER_PLATFORM_LAKE isn't set.*the same path"),
        ("sc://host:15002", "lake", "the absolute path of a folder"),
        ("sc://host:15002", "s3://bucket/lake", "object stores aren't supported"),
    ],
)
def test_an_engine_that_is_not_known_or_lacks_its_lake_is_refused(
    url: str, lake: str, what_to_do: str
) -> None:
    with pytest.raises(EnvironmentVariableError, match=what_to_do):
        load_environment({"CUSTOMER_PLATFORM_WAREHOUSE": url, "CUSTOMER_PLATFORM_LAKE": lake})


@pytest.mark.parametrize(
    ("stated", "variables"), [("spark", {}), ("duckdb", _SPARK)], ids=["spark", "duckdb"]
)
def test_an_engine_that_is_not_the_one_of_the_project_is_refused(
    stated: str, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_project(tmp_path / "shop", "retail")
    (tmp_path / "shop" / "environments.yaml").write_text(f"development: {{engine: {stated}}}\n")
    monkeypatch.chdir(tmp_path / "shop")
    with pytest.raises(EnvironmentVariableError, match=f"`engine: {stated}`") as refused:
        load_environment(variables)
    assert "secret" not in str(refused.value)
