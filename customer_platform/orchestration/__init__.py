"""What Dagster runs by itself, and dbt as its assets."""
