"""What an override can be refused for."""


class OverrideRefusedError(ValueError):
    """An override can't be written down or taken out; the message says why and what to do."""
