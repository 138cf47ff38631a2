"""What can go wrong while a source is proposed."""

from collections.abc import Sequence


class OnboardingError(ValueError):
    """A source cannot be proposed or written; the message names the file and what to do."""


class UnclearEntityError(OnboardingError):
    """Records whose entity can't be told.

    Attributes:
        table: The table.
        entities: Those that the business model resolves.
    """

    def __init__(self, table: str, entities: Sequence[str]) -> None:
        self.table, self.entities = table, entities
        super().__init__(
            f"table {table!r} holds records, and neither its name nor its columns tell of whom: "
            f"say --entity {' or --entity '.join(entities)}, or --kind other if they are none"
        )
