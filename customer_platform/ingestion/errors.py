"""What can go wrong with a delivery: one exception class per thing a person has to do about it."""


def reason_of(error: Exception) -> str:
    """What a library says is wrong, without the statement that it was given."""
    return str(error).partition("\n")[0]


class IngestionError(ValueError):
    """A partition cannot be loaded; the message names the file and what to do."""


class MissingFileError(IngestionError):
    """A required partition has no file in the landing zone."""


class UnreadableFileError(IngestionError):
    """A file is empty, cut off, or not of the declared format."""


class SchemaError(IngestionError):
    """A file lacks a declared column, or names one twice."""


class TooManyRejectsError(IngestionError):
    """A larger share of a file was rejected than the table's `max_reject_rate` allows."""


class TableMismatchError(IngestionError):
    """The raw table in the warehouse holds a column with another type than is now declared."""
