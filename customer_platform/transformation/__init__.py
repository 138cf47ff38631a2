"""dbt as Dagster assets: the project, how its models are named, and how a selection is built."""
