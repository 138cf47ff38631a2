"""Which relations of the masters are published, and how."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

DAY = "partition_date"

# A version ends when the next begins, as in the histories of the masters.
_HISTORY = """
select * exclude (is_deleted), valid_to is null as is_current
from (
    select *, lead(valid_from) over (partition by {key} order by valid_from) as valid_to
    from {{files}}
)
where not is_deleted
"""


class PublishedRelation(BaseModel):
    """A relation of the schema `master` that is published."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="Its name.")
    source: str | None = Field(
        default=None, description="The relation that its files hold, where that is another."
    )
    as_view: bool = Field(
        default=False,
        description="Whether it is a view for readers, too, with the query that it has in the "
        "warehouse, over other published relations: what depends on the day is then computed when "
        "it is read, not when it was published.",
    )
    by_day: bool = Field(
        default=False,
        description="Whether it has files per day, and only changed days are written again.",
    )
    since: str | None = Field(
        default=None,
        description="Of a relation that only grows, the column that its new rows are known by.",
    )
    versions_of: str | None = Field(
        default=None,
        description="Of a relation of versions (valid_from, is_deleted), the column of what they "
        "are versions of; readers get valid_to and is_current.",
    )
    withhold: tuple[str, ...] = Field(
        default=(),
        description="Columns that no reader gets: neither of the publication, nor of the masked "
        "one.",
    )

    @model_validator(mode="after")
    def _files_are_of_one_kind(self) -> "PublishedRelation":
        if self.by_day and self.since:
            raise ValueError(f"{self.name} is either `by_day` or grows `since`, not both")
        if self.as_view and (self.source or self.by_day or self.since or self.versions_of):
            raise ValueError(f"{self.name} is `as_view`: it has no options of files")
        if self.as_view and self.withhold:
            raise ValueError(
                f"{self.name} is `as_view`: withhold the columns of the relation that it reads"
            )
        if needed := sorted({*self.needed, self.versions_of or ""} & set(self.withhold)):
            raise ValueError(f"{self.name} is published by {needed[0]}, which can't be withheld")
        return self

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that the publication itself reads, as they are."""
        versions = ("valid_from", "is_deleted") if self.versions_of else ()
        return (*((DAY,) if self.by_day else ()), *filter(None, [self.since]), *versions)

    @property
    def table(self) -> str:
        """The relation that is read."""
        return f"master.{self.source or self.name}"

    @property
    def view(self) -> str:
        """SQL of the published view over its files, `{files}`."""
        if self.versions_of is None:
            return "select * from {files}"
        return _HISTORY.format(key=self.versions_of)
