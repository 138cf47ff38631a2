"""Reads rules from a YAML file; what is wrong with them is named with line and column."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from customer_platform.errors import RulesError
from customer_platform.identity.rules import MatchKey, MatchRule, ResolutionRules
from customer_platform.identity.similar_rule import Comparison, Similar
from customer_platform.warehouse.suggestions import suggestion

_Place = tuple[int | str, ...]

# Which model's keys lie below a place in the YAML; a number or a name is a step of its own there.
_MODELS: tuple[tuple[tuple[str, ...], int, type[BaseModel]], ...] = (
    (("match_rules", "similar", "comparisons"), 5, Comparison),
    (("match_rules", "similar"), 3, Similar),
    (("match_rules",), 2, MatchRule),
    (("match_keys",), 2, MatchKey),
)

# What pydantic says, in words of YAML.
_WANTED = {
    "string_type": "should be text",
    "int_type": "should be a whole number",
    "list_type": "should be a list, in brackets",
    "string_too_short": "should not be empty",
}

_EXAMPLE = (
    "rules begin with record_id, match_keys and match_rules, such as\n"
    "record_id: customer_no\n"
    "match_keys:\n"
    "  email: {column: email, normalise: email}\n"
    "match_rules:\n"
    "  - {name: email, match: [email]}"
)


def load_rules(path: Path) -> ResolutionRules:
    """Reads the rules in a YAML file.

    Args:
        path: The file.

    Raises:
        RulesError: The file can't be read, or isn't right; every fault on a line of its own, as
            `file:line:column: what is wrong and what to do`, in the order of the file.
    """
    root = _parse(path)
    if root is None or root.tag == "tag:yaml.org,2002:null":
        raise RulesError(f"{path}:1:1: there are no rules; {_EXAMPLE}")
    faults = list(_repeated_keys(root))
    try:
        stated = yaml.SafeLoader("").construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise RulesError(f"{path}:{_yaml_fault(error)}") from error
    if not isinstance(stated, dict):
        raise RulesError(f"{path}:{_position(root)}: a {_kind(stated)} is no rules; {_EXAMPLE}")
    try:
        rules = ResolutionRules.model_validate(stated, strict=True)
    except ValidationError as error:
        for details in error.errors():
            node = _node_at(root, details["loc"], of_key=details["type"] == "extra_forbidden")
            faults.append((node, _explained(dict(details), node)))
    if faults:
        faults.sort(key=lambda fault: fault[0].start_mark.index)
        raise RulesError("\n".join(f"{path}:{_position(node)}: {text}" for node, text in faults))
    return rules


def _parse(path: Path) -> yaml.Node | None:
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise RulesError(f"{path}: the rules can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RulesError(
            f"{path}:{line}:1: byte {error.start} isn't UTF-8; save the file as UTF-8"
        ) from error
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise RulesError(f"{path}:{_yaml_fault(error)}") from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise RulesError(
            f"{path}:{line}:1: YAML knows no character {error.character:#x}; take it out"
        ) from error
    return node


def _yaml_fault(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
    context = f" {error.context}" if error.context else ""
    return (
        f"{place}: this is no YAML: {error.problem}{context}; check indentation, brackets, colons "
        "and quotes here and on the line before"
    )


def _repeated_keys(root: yaml.Node) -> Iterator[tuple[yaml.Node, str]]:
    """Keys that a mapping has twice, of which YAML would silently take the last."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        # An alias leads to a node that was there before, and may be inside of it.
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            lines: dict[str, int] = {}
            for key, value in node.value:
                waiting.append(value)
                if not isinstance(key, yaml.ScalarNode):
                    continue
                if key.value in lines:
                    yield (
                        key,
                        f"the key {key.value!r} is there already, in line {lines[key.value]}; "
                        "keep one of the two",
                    )
                lines.setdefault(key.value, key.start_mark.line + 1)


def _node_at(root: yaml.Node, place: _Place, *, of_key: bool) -> yaml.Node:
    """The node at a place, or the last above it that is in the file as such."""
    node = root
    for depth, step in enumerate(place):
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                break
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            entries = {key.value: (key, value) for key, value in node.value}
            if step == "[key]" or str(step) not in entries:
                break
            key, value = entries[str(step)]
            node = key if of_key and depth == len(place) - 1 else value
    return node


def _explained(details: dict[str, Any], node: yaml.Node) -> str:
    place: _Place = details["loc"]
    name = ".".join(str(step) for step in place if step != "[key]")
    kind, value = details["type"], details["input"]
    if kind in ("rules", "value_error"):
        return str(details["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return f"unknown key {place[-1]!r}" + suggestion(str(place[-1]), _known_keys(place))
    if kind == "missing":
        above = ".".join(map(str, place[:-1]))
        return f"the key {place[-1]!r} is missing" + (f" in {above}" if above else "")
    if kind in ("model_type", "dict_type"):
        keys = f" of {', '.join(_known_keys((*place, '')))}" if kind == "model_type" else ""
        return f"{name} should be a mapping{keys}; it is {_shown(value)}"
    if kind == "string_type" and place[-1] == "[key]":
        return f"the key {name} is the {_kind(value)} {value}, not text; write it in quotes"
    if kind == "string_type" and isinstance(node, yaml.ScalarNode) and value is not None:
        return (
            f"{name} is the {_kind(value)} {node.value}, not text; write it in quotes: "
            f'"{node.value}"'
        )
    if kind == "too_short":
        fewest = {1: "one entry", 2: "two entries"}[details["ctx"]["min_length"]]
        return f"{name} needs at least {fewest}; it is {_shown(value)}"
    wanted = _WANTED.get(kind, str(details["msg"]).removeprefix("Input "))
    return f"{name} {wanted}; it is {_shown(value)}"


def _known_keys(place: _Place) -> list[str]:
    for names, depth, model in _MODELS:
        steps = [step for step in place if step in names]
        if steps == list(names) and len(place) > depth:
            return [field.alias or name for name, field in model.model_fields.items()]
    return list(ResolutionRules.model_fields)


def _kind(value: object) -> str:
    names = {
        bool: "truth value",
        int: "number",
        float: "number",
        str: "text",
        list: "list",
        dict: "mapping",
    }
    return "value" if value is None else names.get(type(value), type(value).__name__)


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, (dict, list)):
        return f"a {_kind(value)}" if value else f"an empty {_kind(value)}"
    return f"the {_kind(value)} {value!r}"


def _position(node: yaml.Node) -> str:
    return f"{node.start_mark.line + 1}:{node.start_mark.column + 1}"
