"""The workbench: what stewards, analysts and service staff see of identities, in the browser.

It reads what is published, and never holds the warehouse. No Dagster import.
"""
