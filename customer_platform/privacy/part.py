"""The rows of a person in one table."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from customer_platform.warehouse.sql import identifier

MASTER = "master"


@dataclass(frozen=True, eq=False)
class Part:
    """The rows of a person in one table.

    Attributes:
        schema: Its schema.
        table: Its name.
        rows: How many there are.
        marked: Temporary table with their row numbers, `row_id`.
        assigned: By column, SQL of what it becomes, where the rows stay; empty where they go.
        is_named: Whether the rows are of the person; else they are of others, and refer to it.
    """

    schema: str
    table: str
    rows: int
    marked: str
    assigned: Mapping[str, str] = field(default_factory=dict)
    is_named: bool = True

    @property
    def name(self) -> str:
        """Schema and name."""
        return f"{self.schema}.{self.table}"

    @property
    def quoted(self) -> str:
        """The same, as SQL writes it."""
        return f"{identifier(self.schema)}.{identifier(self.table)}"
