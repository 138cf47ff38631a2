"""What can go wrong while a source is proposed."""


class OnboardingError(ValueError):
    """A source cannot be proposed or written; the message names the file and what to do."""
