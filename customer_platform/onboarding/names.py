"""Names: of columns, as words; of tables and columns, as the platform wants them."""

import re
import unicodedata


def fold(text: str) -> str:
    """Lower case without accents: `Prénom` is `prenom`, `Straße` is `strasse`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words(name: str) -> list[str]:
    """The words of a column name: `customerFirstName` and `Customer first-name` have the same."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[a-z0-9]+", fold(spaced))


def snake_case(name: str) -> str:
    """A name as the platform wants it: lower-case words and digits with single underscores."""
    joined = "_".join(words(name))
    if not joined:
        return ""
    return joined if joined[0].isalpha() else f"n{joined}"


def unique_names(names: list[str]) -> dict[str, str]:
    """Per column the snake-case name that no other column has."""
    taken: dict[str, str] = {}
    for position, name in enumerate(names, start=1):
        wanted = snake_case(name) or f"column_{position}"
        candidate, number = wanted, 2
        while candidate in taken.values():
            candidate, number = f"{wanted}_{number}", number + 1
        taken[name] = candidate
    return taken
