"""Which relations of the masters are published, and how."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedRelation:
    """A relation of the schema `master` that is published.

    Attributes:
        name: Its name.
        source: The relation that its files hold; the relation itself when None.
        by_day: Whether it has files per day, of which only changed days are written again.
        since: For a relation that only grows, the column by which its new rows are told.
        view: SQL of the published view over its files, `{files}`; all of their columns when None.
    """

    name: str
    source: str | None = None
    by_day: bool = False
    since: str | None = None
    view: str | None = None

    @property
    def table(self) -> str:
        """The relation that is read."""
        return f"master.{self.source or self.name}"


DAY = "partition_date"

# The versions of a customer end when the next begins, as in master.customers_history.
_HISTORY = f"""
select * exclude (is_deleted), valid_to is null as is_current
from (
    select *, lead(valid_from) over (partition by customer_id order by valid_from) as valid_to
    from {"{files}"}
)
where not is_deleted
"""

RELATIONS = (
    PublishedRelation("customers"),
    PublishedRelation(
        "customers_history", source="customer_changes", since="valid_from", view=_HISTORY
    ),
    PublishedRelation("customer_records"),
    PublishedRelation("transactions", by_day=True),
    PublishedRelation("returns"),
    PublishedRelation("events", by_day=True),
    PublishedRelation("sessions", by_day=True),
    PublishedRelation("restatements"),
)
