"""How a column is declared: which kind of personal data it holds, or that it holds none."""

from typing import Any, Literal, get_args

from customer_platform.errors import PersonalError

PersonalKind = Literal["name", "email", "phone", "date", "address", "identifier", "free_text"]

# A kind; False: not personal; None: nothing is declared, so that it counts as personal.
Personal = PersonalKind | Literal[False] | None

KINDS: tuple[str, ...] = get_args(PersonalKind)


def read_personal(value: Any, where: str) -> Personal:
    """A declaration as it stands in YAML.

    Args:
        value: What was written.
        where: The column, and where it is declared, for the message.

    Raises:
        PersonalError: It is no kind; the message names the column and the kinds.
    """
    if value is None or value is False:
        return value
    for kind in get_args(PersonalKind):
        if value == kind:
            return kind
    raise PersonalError(
        f"{where}: personal is {value!r}; write one of {', '.join(KINDS)}, or false where the "
        "column holds nothing personal"
    )


def strictest(declared: "list[Personal]") -> Personal:
    """What holds for a value that may come from any of several columns.

    Args:
        declared: The declarations of the columns.

    Returns:
        False only where none is personal; the kind that all share; else `free_text`, of which
        nothing is shown. None where there are no columns, or nothing is declared for one.
    """
    if not declared or None in declared:
        return None
    kinds = set(declared)
    return kinds.pop() if len(kinds) == 1 else "free_text"
