"""Which cluster has which customer ID."""
