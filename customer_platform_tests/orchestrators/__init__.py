"""Tests of examples/, which no folder of the package has a mirror of.

What shops with another orchestrator copy is tested as they run it: by a copy in a DAGs folder, in
an environment of Airflow's own without Dagster, against a Dagster that is served.
"""
