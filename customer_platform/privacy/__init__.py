"""Personal data: which columns hold it, and what is shown of it. No Dagster."""
