"""The preview of match rules."""

import dagster as dg

from customer_platform.components.preview_job import build_preview_job


@dg.definitions
def preview() -> dg.Definitions:
    """The job that tries rules beside the current map."""
    return dg.Definitions(jobs=[build_preview_job()])
