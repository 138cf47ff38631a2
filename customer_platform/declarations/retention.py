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
        default=None, gt=0, description="Days that files below `logs` and `dbt/logs` are kept."
    )
