"""What can't be explained."""


class ExplainError(ValueError):
    """There is nothing to explain: the customer or record isn't there, or the map is broken."""
