"""customer_platform: one customer model from scattered sources, on Dagster, dbt and DuckDB."""
