"""Adds to lists and mappings in a YAML file, takes out of lists, and leaves the rest as it is."""

from collections.abc import Collection, Sequence

import yaml

from customer_platform.errors import OnboardingError

Path = Sequence[str | int]


def append_item(text: str, path: Path, item: Sequence[str], file: object) -> str:
    """Add an item behind the last one of a list.

    Args:
        text: The file's content.
        path: The keys, and positions in lists, that lead to the list.
        item: The lines of the item; the first starts with `- `.
        file: Named in an error.

    Raises:
        OnboardingError: There is no such list, or it has items written in brackets.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    node, key = _find(root, path), _key(root, path)
    if key is not None and _is_empty(node):
        return _into_empty(text, key, node, item)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        raise OnboardingError(
            f"{file}: {_dotted(path)} is no list of one item a line; add by hand: {' '.join(item)}"
        )
    return _behind(text, node.value[0], node.value[-1], item)


def remove_items(text: str, path: Path, positions: Collection[int], file: object) -> str:
    """Take items out of a list; one that loses its last is left empty: `[]`.

    Args:
        text: The file's content.
        path: The keys, and positions in lists, that lead to the list.
        positions: Those of the items, from 0.
        file: Named in an error.

    Raises:
        OnboardingError: There is no such list, or it is written in brackets.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    node, key = _find(root, path), _key(root, path)
    if key is None or not isinstance(node, yaml.SequenceNode) or node.flow_style:
        raise OnboardingError(
            f"{file}: {_dotted(path)} is no list of one item a line; take out by hand: item "
            f"{', '.join(str(position + 1) for position in sorted(positions))}"
        )
    lines = text.splitlines(keepends=True)
    for position in positions:
        item = node.value[position]
        for number in range(item.start_mark.line, _last_line(item) + 1):
            lines[number] = ""
    if len(positions) == len(node.value):
        lines[key.end_mark.line] = _with_value(lines[key.end_mark.line], key, " []")
    return "".join(lines)


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
    if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value:
        raise OnboardingError(
            f"{file}: {_dotted(path)} is no mapping of one key a line; add by hand: "
            f"{' '.join(entry)}"
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


def _is_empty(node: yaml.Node | None) -> bool:
    """Whether a list has no items: `[]`, or nothing behind its key."""
    if isinstance(node, yaml.SequenceNode):
        return not node.value
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _into_empty(text: str, key: yaml.Node, node: yaml.Node | None, item: Sequence[str]) -> str:
    """Adds the first item below the key of a list that is empty."""
    assert node is not None
    before, after = text[: key.end_mark.index], text[node.end_mark.index :]
    rest, newline, behind = after.partition("\n")
    blanks = " " * (key.start_mark.column + 2)
    added = "".join(f"{blanks}{each}\n" for each in item)
    return f"{before}:{rest}{newline or chr(10)}{added}{behind}"


def _with_value(line: str, key: yaml.Node, value: str) -> str:
    """The line of a key with a value behind its colon."""
    colon = line.index(":", key.end_mark.column) + 1
    return f"{line[:colon]}{value}{line[colon:]}"


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path if isinstance(part, str))


def _key(root: yaml.Node | None, path: Path) -> yaml.Node | None:
    """The key that a path ends with, None where it ends with none, or inside braces."""
    above = _find(root, path[:-1])
    if not isinstance(above, yaml.MappingNode) or above.flow_style:
        return None
    return next((key for key, _ in above.value if key.value == path[-1]), None)


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
