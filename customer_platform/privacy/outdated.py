"""What is older than declared: how it is found, and how it is told."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Outdated:
    """What is kept no longer, of one table or folder.

    Attributes:
        what: The table, schema.table, or the folder, relative to the home.
        done: What becomes of it, as `deleted` or `anonymised`.
        rows: How many rows.
        files: How many files.
        days: The ISO days that have to be built again, as something follows from these rows.
    """

    what: str
    done: str
    rows: int = 0
    files: int = 0
    days: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutdatedRows:
    """Rows of a table that are kept no longer.

    Attributes:
        what: The name that the table is told by.
        table: The table, as SQL has it.
        condition: SQL that is true of the rows.
        assigned: SQL of what their columns become; of rows that are deleted, nothing.
        is_followed: Whether the masters of their days have to be built again.
    """

    what: str
    table: str
    condition: str
    assigned: str | None = None
    is_followed: bool = False

    @property
    def statement(self) -> str:
        """SQL that deletes or anonymises them."""
        if self.assigned is None:
            return f"delete from {self.table} where {self.condition}"
        return f"update {self.table} set {self.assigned} where {self.condition}"

    def counted(self, connection: "DuckDBPyConnection") -> Outdated | None:
        """How many there are; None where there is none.

        Args:
            connection: The warehouse.
        """
        day = "_partition::varchar" if self.is_followed else "null"
        days = connection.execute(
            f"select {day}, count(*) from {self.table} where {self.condition} group by 1 order by 1"
        ).fetchall()
        if not days:
            return None
        return Outdated(
            self.what,
            "deleted" if self.assigned is None else "anonymised",
            rows=sum(count for _, count in days),
            days=tuple(day for day, _ in days) if self.is_followed else (),
        )
