from customer_platform.partitions import days_of_run, range_tags


def test_the_days_of_a_run_are_its_partition_or_its_range_or_none() -> None:
    assert days_of_run({"dagster/partition": "2024-01-02"}) == ("2024-01-02", "2024-01-02")
    assert days_of_run(range_tags("2024-01-02", "2024-01-05")) == ("2024-01-02", "2024-01-05")
    assert days_of_run({"dagster/schedule_name": "daily"}) is None
