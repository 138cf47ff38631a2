"""What can be wrong with what identity resolution is given."""

from collections.abc import Iterable


class RulesError(ValueError):
    """The rules don't fit the records: a match key's column, or the record id, isn't there."""


class NamesRecordsError(ValueError):
    """An error whose message names records.

    Attributes:
        records: Source and id of each, so that the message can be shown without them.
    """

    def __init__(self, message: str, records: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.records = tuple(records)


class RecordsError(NamesRecordsError):
    """The records can't be resolved: a record id is missing or given more than once."""


class PreviousMapError(NamesRecordsError):
    """The previous map can't be carried over: a column is missing or a record is in it twice."""


class OverridesError(NamesRecordsError):
    """The overrides of links can't be applied: a kind is unknown, or two contradict each other."""


class StateError(ValueError):
    """The kept map can't be updated in the way asked for."""


class SimilarRulesError(ValueError):
    """A rule of kind `similar` can't be applied: Splink is missing, or its model can't be read."""
