from customer_platform.transformation.build import build_arguments, partition_variables


def test_models_seeds_and_data_tests_are_built_but_no_unit_tests() -> None:
    assert build_arguments({}) == ["build", "--exclude-resource-type", "unit_test"]


def test_the_days_of_the_run_are_given_to_dbt_as_text() -> None:
    variables = partition_variables("2024-01-02", "2024-01-05")
    assert build_arguments(variables)[-2:] == [
        "--vars",
        "{partition_from: '2024-01-02', partition_to: '2024-01-05'}",
    ]
