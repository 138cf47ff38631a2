"""Regular expressions of DuckDB (RE2) as those of Java."""

import re
from collections.abc import Mapping

_PART = re.compile(r"\\p\{(\w+)\}|\\x\{[0-9A-F]+\}|\\.|\(\?i\)|.", re.S)
# What RE2 takes for the same letter whatever its case, besides the other case.
_ALSO = {"k": "\u212a", "s": "\u017f"}


def java_pattern(pattern: str, classes: Mapping[str, str]) -> str:
    r"""A pattern that finds in Java what another finds in DuckDB.

    There `$` is the end of the text, a point no line feed, `\p{L}` a letter of its own version of
    Unicode, and a bracket in a class stands for itself. In Java `(?i)` means ASCII alone, so both
    cases are written out.

    Args:
        pattern: As DuckDB takes it.
        classes: The code points of a class, as the text inside of the brackets.
    """
    written, in_class, ignores_case = list[str](), False, False
    for found in _PART.finditer(pattern):
        part = found[0]
        if part == "(?i)":
            ignores_case = True
        elif found[1]:
            written.append(classes[found[1]] if in_class else f"[{classes[found[1]]}]")
        elif part == "[" and not in_class:
            in_class = True
            written.append(part)
        elif part == "]" and in_class:
            in_class = False
            written.append(part)
        elif part in "[&" and in_class:
            written.append(f"\\{part}")
        elif part == "$" and not in_class:
            written.append(r"\z")
        elif part == "." and not in_class:
            written.append(r"[^\n]")
        elif ignores_case and part.isalpha():
            written.append(_both_cases(part, found, in_class))
        else:
            written.append(part)
    return "".join(written)


def groups(pattern: str) -> int:
    """How many groups a pattern of Java has that a replacement can name."""
    in_class, count = False, 0
    for found in _PART.finditer(pattern):
        if found[0] in "[]":
            in_class = found[0] == "["
        elif found[0] == "(" and not in_class:
            count += pattern[found.end()] != "?"
    return count


def _both_cases(letter: str, found: "re.Match[str]", in_class: bool) -> str:
    text = found.string
    if in_class and letter.isascii() and "-" in (text[found.end()], text[found.start() - 1]):
        # Of the range a-z, the end of which writes it out.
        return letter if letter == "a" else "zA-Z\u212a\u017f"
    cases = "".join(dict.fromkeys(letter.lower() + letter.upper() + _ALSO.get(letter, "")))
    return cases if in_class else f"[{cases}]"
