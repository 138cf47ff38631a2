"""What can go wrong with publishing and with reading what is published."""


class IncompleteMastersError(RuntimeError):
    """The masters are not those of a complete run; the message says what to do."""


class PublishedViewError(ValueError):
    """A relation can't be published as a view; the message says why."""


class NotPublishedError(RuntimeError):
    """Nothing is published yet; the message says what publishes it."""


class QueryError(ValueError):
    """A query can't be run; the message has what DuckDB says."""
