"""What can be wrong with what identity resolution is given."""


class RulesError(ValueError):
    """The rules don't fit the records: a match key's column, or the record id, isn't there."""


class RecordsError(ValueError):
    """The records can't be resolved: a record id is missing or given more than once."""


class PreviousMapError(ValueError):
    """The previous map can't be carried over: a column is missing or a record is in it twice."""


class OverridesError(ValueError):
    """The overrides of links can't be applied: a kind is unknown, or two contradict each other."""


class StateError(ValueError):
    """The kept map can't be updated in the way asked for."""


class SimilarRulesError(ValueError):
    """A rule of kind `similar` can't be applied: Splink is missing, or its model can't be read."""
