from pathlib import Path

import pytest

from customer_platform.environment import (
    AUTOMATION,
    REPOSITORY,
    EnvironmentVariableError,
    load_environment,
)


def test_without_variables_it_is_development_in_the_repository() -> None:
    environment = load_environment({})
    assert environment.name == "development"
    assert environment.home == REPOSITORY / ".customer_platform" / "retail"
    assert environment.business_model == "retail"


def test_everything_a_run_writes_lies_under_the_home(tmp_path: Path) -> None:
    environment = load_environment({"CUSTOMER_PLATFORM_HOME": str(tmp_path)})
    paths = (
        environment.landing,
        environment.warehouse,
        environment.dagster_home,
        environment.dbt_target,
    )
    assert all(path.is_relative_to(tmp_path) for path in paths)
    written = [
        environment.process_variables[name]
        for name in (
            "CUSTOMER_PLATFORM_WAREHOUSE",
            "DAGSTER_HOME",
            "DBT_TARGET_PATH",
            "DBT_LOG_PATH",
        )
    ]
    assert all(Path(path).is_relative_to(tmp_path) for path in written)


@pytest.mark.parametrize(
    ("variable", "value", "known"),
    [
        ("CUSTOMER_PLATFORM_ENVIRONMENT", "prod", "production"),
        ("CUSTOMER_PLATFORM_BUSINESS_MODEL", "retailer", "retail"),
        ("CUSTOMER_PLATFORM_START_DATE", "01-12-2010", "YYYY-MM-DD"),
    ],
)
def test_an_unknown_value_fails_naming_the_variable_and_what_it_may_be(
    variable: str, value: str, known: str
) -> None:
    with pytest.raises(EnvironmentVariableError, match=f"{variable}='{value}'.*{known}"):
        load_environment({variable: value})


def test_only_production_runs_its_schedules_and_tests_run_nothing_by_themselves() -> None:
    assert [name for name, automation in AUTOMATION.items() if automation.schedules] == [
        "production"
    ]
    assert not AUTOMATION["test"].sensors
    assert AUTOMATION["development"].sensors


def test_no_telemetry_leaves_by_default() -> None:
    assert load_environment({}).process_variables["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    assert "telemetry:\n  enabled: false" in (REPOSITORY / "dagster.yaml").read_text()
    assert "[tool.dg.cli.telemetry]\nenabled = false" in (REPOSITORY / "pyproject.toml").read_text()
