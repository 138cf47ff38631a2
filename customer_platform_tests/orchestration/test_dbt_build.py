import os

import pytest

from customer_platform.orchestration.dbt_build import (
    _environment,
    build_arguments,
    partition_variables,
)


def test_models_seeds_and_data_tests_are_built_but_no_unit_tests() -> None:
    assert build_arguments() == ["build", "--exclude-resource-type", "unit_test"]


def test_the_days_of_the_run_are_given_to_dbt_in_its_environment_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CUSTOMER_PLATFORM_PARTITION_TO", "2024-01-01")
    monkeypatch.delenv("CUSTOMER_PLATFORM_PARTITION_FROM", raising=False)
    with _environment(partition_variables("2024-01-02", "2024-01-05")):
        assert os.environ["CUSTOMER_PLATFORM_PARTITION_FROM"] == "2024-01-02"
        assert os.environ["CUSTOMER_PLATFORM_PARTITION_TO"] == "2024-01-05"
    assert "CUSTOMER_PLATFORM_PARTITION_FROM" not in os.environ
    assert os.environ["CUSTOMER_PLATFORM_PARTITION_TO"] == "2024-01-01"
