"""How long the platform keeps what it makes itself of personal data."""

from pydantic import BaseModel, ConfigDict, Field


class RetentionSpec(BaseModel):
    """For how many days what may hold personal data is kept; what isn't stated is kept.

    How long the data of a source is kept, its tables say: `keep_days`.
    """

    model_config = ConfigDict(extra="forbid")

    owner: str = Field(description="Email or `team:...` of who answers for it.")
    rejects_days: int | None = Field(
        default=None, gt=0, description="Days that rows are kept which could not be loaded."
    )
    logs_days: int | None = Field(
        default=None,
        gt=0,
        description="Days that files below `logs` and `dbt/logs` are kept, and what steps and "
        "sensors print, below `dagster/storage`.",
    )
    # Not 0, which some would read as none, and others as without end.
    history_days: int | None = Field(
        default=None,
        gt=0,
        description="Days that a version is kept after it has ended, in the histories of the "
        "masters and of the ID maps. The current version always stays.",
    )
    event_log_days: int | None = Field(
        default=None,
        gt=0,
        description="Days that Dagster's runs are kept after they have ended, with their logs, and "
        "the ticks of sensors and schedules. What says which days have landed and been built, and "
        "the last results of checks, always stays.",
    )
