"""Adds to lists and mappings in a YAML file, and leaves every other character of it alone."""

from collections.abc import Sequence

import yaml

from customer_platform.onboarding.errors import OnboardingError

Path = Sequence[str | int]


def append_item(text: str, path: Path, item: Sequence[str], file: object) -> str:
    """Add an item behind the last one of a list.

    Args:
        text: The file's content.
        path: The keys, and positions in lists, that lead to the list.
        item: The lines of the item, the first of which starts with `- `.
        file: Named in an error.

    Raises:
        OnboardingError: There is no such list, or it is written in brackets.
    """
    node = _find(yaml.compose(text, Loader=yaml.SafeLoader), path)
    where = ".".join(str(part) for part in path if isinstance(part, str))
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        raise OnboardingError(
            f"{file}: {where} is no list of one item a line; add by hand: {' '.join(item)}"
        )
    return _behind(text, node.value[0], node.value[-1], item)


def append_key(text: str, path: Path, entry: Sequence[str], file: object) -> str:
    """Add a key behind the last one of a mapping.

    Args:
        text: The file's content.
        path: The keys, and positions in lists, that lead to the mapping.
        entry: The lines of the key and its value.
        file: Named in an error.

    Raises:
        OnboardingError: There is no such mapping, or it is written in braces.
    """
    node = _find(yaml.compose(text, Loader=yaml.SafeLoader), path)
    where = ".".join(str(part) for part in path if isinstance(part, str))
    if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value:
        raise OnboardingError(
            f"{file}: {where} is no mapping of one key a line; add by hand: {' '.join(entry)}"
        )
    return _behind(text, node.value[0][0], node.value[-1][1], entry)


def _behind(text: str, first: yaml.Node, last: yaml.Node, added: Sequence[str]) -> str:
    """Adds lines behind the last node of a collection, as far to the right as its first."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    line = lines[first.start_mark.line]
    blanks = " " * (line.index("-") if line.lstrip().startswith("-") else first.start_mark.column)
    after = _last_line(last) + 1
    return "".join([*lines[:after], *(f"{blanks}{each}\n" for each in added), *lines[after:]])


def _find(node: yaml.Node | None, path: Path) -> yaml.Node | None:
    for part in path:
        if isinstance(part, int) and isinstance(node, yaml.SequenceNode):
            node = node.value[part] if part < len(node.value) else None
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == part), None)
        else:
            return None
    return node


def _last_line(node: yaml.Node) -> int:
    """The line on which the text of a node ends; its own end mark is that of what follows."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    # Text in a block ends at the start of the line behind it.
    return node.end_mark.line - (1 if node.end_mark.column == 0 else 0)
