"""Values that are compared as they are, or but for blanks, hyphens and case."""


def exact(value: str, country: str | None) -> str:
    """SQL of a text as it is; null when it is empty."""
    return f"nullif({value}, '')"


def exact_fragment(part: str) -> str:
    """SQL of a part of a text as it is."""
    return part


def postcode(value: str, country: str | None) -> str:
    """SQL of a postcode in upper case without blanks; null when none is left."""
    return f"nullif({postcode_fragment(value)}, '')"


def postcode_fragment(part: str) -> str:
    """SQL of a part of a postcode in upper case without blanks."""
    return f"upper(replace({part}, ' ', ''))"


def code(value: str, country: str | None) -> str:
    """SQL of a code, such as a card number, in upper case without blanks and hyphens."""
    return f"nullif({code_fragment(value)}, '')"


def code_fragment(part: str) -> str:
    """SQL of a part of a code in upper case without blanks and hyphens."""
    return f"upper(replace(replace({part}, ' ', ''), '-', ''))"
