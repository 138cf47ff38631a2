"""Reads rules from a rules file or from the YAML of an `IdentityResolution` component."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from customer_platform.errors import RulesError
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.rules_file import load_rules

COMPONENT = "IdentityResolution"

# What the component's attributes have beside the rules.
OTHER_ATTRIBUTES = (
    "entity",
    "records",
    "overrides",
    "owner",
    "bounds",
    "health",
    "match_rate_change",
)


def read_rules(rules: Path | str) -> ResolutionRules:
    """Reads rules, stated alone or as the attributes of a component.

    Args:
        rules: A YAML file, or the text of one.

    Raises:
        RulesError: The file can't be read, or isn't right; every fault on a line of its own, as
            `file:line:column: what is wrong and what to do`.
    """
    if isinstance(rules, str):
        return _read_text(rules, "rules")
    try:
        text = rules.read_bytes().decode()
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        # It says best what is wrong with a file that is no YAML.
        return load_rules(rules)
    return _read_text(text, str(rules)) if _attributes(root) else load_rules(rules)


def _read_text(text: str, name: str) -> ResolutionRules:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        root = None
    attributes = _attributes(root)
    if attributes is not None:
        _check_type(root, name)
        text = _blank_all_but(attributes, text)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rules.yaml"
        file.write_bytes(text.encode())
        try:
            return load_rules(file)
        except RulesError as error:
            raise RulesError(str(error).replace(f"{file}:", f"{name}:")) from None


def _attributes(root: yaml.Node | None) -> yaml.MappingNode | None:
    """The attributes, where the YAML is that of a component."""
    entries = _entries(root)
    attributes = entries.get("attributes")
    return attributes if "type" in entries and isinstance(attributes, yaml.MappingNode) else None


def _entries(root: yaml.Node | None) -> dict[str, yaml.Node]:
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return {key.value: value for key, value in pairs if isinstance(key, yaml.ScalarNode)}


def _check_type(root: yaml.Node | None, name: str) -> None:
    kind = _entries(root)["type"]
    if str(kind.value).rpartition(".")[2] != COMPONENT:
        mark = kind.start_mark
        raise RulesError(
            f"{name}:{mark.line + 1}:{mark.column + 1}: the component {kind.value} has no match "
            f"rules; give the YAML of an {COMPONENT}, or rules alone"
        )


def _blank_all_but(attributes: yaml.MappingNode, text: str) -> str:
    """The rules among the attributes, every character at the line and column where it was."""
    spans = [(0, attributes.start_mark.index), (attributes.end_mark.index, len(text))]
    for key, value in attributes.value:
        if key.value in OTHER_ATTRIBUTES:
            end = value.end_mark.index
            if attributes.flow_style:
                end += len(text[end:]) - len(text[end:].lstrip(" \n,"))
            spans.append((key.start_mark.index, end))
    return _blanked(text, spans)


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    characters = list(text)
    for first, last in spans:
        for position in range(first, last):
            if characters[position] not in "\r\n":
                characters[position] = " "
    return "".join(characters)
