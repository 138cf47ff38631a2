"""What to say beside a name that isn't known."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggestion(name: str, known: Iterable[str]) -> str:
    """The nearest known name, if there is one, and all known names; starts with a semicolon."""
    names = list(known)
    close = get_close_matches(name, names, n=1)
    return (f"; did you mean {close[0]!r}?" if close else ";") + f" known: {', '.join(names)}"
