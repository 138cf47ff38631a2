"""What every business model shares: resources, dbt, jobs, automation."""
