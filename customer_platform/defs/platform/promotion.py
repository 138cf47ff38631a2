"""Apply and roll back, as jobs."""

import dagster as dg

from customer_platform.components.promotion_jobs import build_apply_job, build_roll_back_job


@dg.definitions
def promotion() -> dg.Definitions:
    """The jobs that put a version of the project in force."""
    return dg.Definitions(jobs=[build_apply_job(), build_roll_back_job()])
