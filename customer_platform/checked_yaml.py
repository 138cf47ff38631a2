"""Reads YAML into pydantic models; every fault is named with file, line and column."""

import os
import types
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import jinja2
import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from customer_platform.errors import FaultyYamlError
from customer_platform.suggestions import suggestion

Model = TypeVar("Model", bound=BaseModel)

_Place = tuple[int | str, ...]
_Fault = tuple[yaml.Node, str]

# What pydantic says, in words of YAML.
_WANTED = {
    "string_type": "should be text",
    "int_type": "should be a whole number",
    "list_type": "should be a list, in brackets",
    "tuple_type": "should be a list, in brackets",
    "string_too_short": "should not be empty",
}


class _Variables:
    """The environment variables, for templates."""

    def __getattr__(self, name: str) -> str:
        if name in os.environ:
            return os.environ[name]
        raise jinja2.UndefinedError(f"the environment variable {name} isn't set")


_TEMPLATES = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)


def read_text(path: Path) -> str:
    """The text of a YAML file.

    Raises:
        FaultyYamlError: It can't be read, or isn't UTF-8.
    """
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise FaultyYamlError(f"{path}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FaultyYamlError(
            f"{path}:{line}:1: byte {error.start} isn't UTF-8; save the file as UTF-8"
        ) from error


def compose(text: str, name: str) -> list[yaml.Node]:
    """The documents in a text, as nodes that know their place; empty ones are left out.

    Args:
        text: The YAML.
        name: Of the file, for messages.

    Raises:
        FaultyYamlError: It is no YAML.
    """
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        raise FaultyYamlError(f"{name}:{_yaml_fault(error)}") from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise FaultyYamlError(
            f"{name}:{line}:1: YAML knows no character {error.character:#x}; take it out"
        ) from error
    return [node for node in nodes if node.tag != "tag:yaml.org,2002:null"]


def entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """The values of a mapping by their keys; none of another node."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return {key.value: value for key, value in pairs if isinstance(key, yaml.ScalarNode)}


def position(node: yaml.Node) -> str:
    """Where a node begins: `line:column`."""
    return f"{node.start_mark.line + 1}:{node.start_mark.column + 1}"


def validated(
    model: type[Model], node: yaml.Node, name: str, example: str = "", *, strict: bool = False
) -> Model:
    """What a node states, as a model.

    Args:
        model: The model.
        node: The node.
        name: Of the file, for messages.
        example: What is said where it is no mapping at all.
        strict: Take numbers and truth values as such alone.

    Raises:
        FaultyYamlError: Something is wrong; every fault has a line, in the order of the file.
    """
    faults = list(_repeated_keys(node))
    try:
        stated = yaml.SafeLoader("").construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise FaultyYamlError(f"{name}:{_yaml_fault(error)}") from error
    if not isinstance(stated, dict):
        raise FaultyYamlError(f"{name}:{position(node)}: a {_kind(stated)} is {example}")
    try:
        found = model.model_validate(stated, strict=strict)
    except ValidationError as error:
        for details in error.errors():
            at = _node_at(node, details["loc"], of_key=details["type"] == "extra_forbidden")
            faults.append((at, _explained(model, dict(details), at)))
    if faults:
        faults.sort(key=lambda fault: fault[0].start_mark.index)
        raise FaultyYamlError("\n".join(f"{name}:{position(at)}: {text}" for at, text in faults))
    return found


def refuse_repeated(root: yaml.Node, name: str) -> None:
    """Refuses mappings that have a key twice, of which YAML would silently take the last.

    Args:
        root: The node.
        name: Of the file, for messages.

    Raises:
        FaultyYamlError: There is one.
    """
    faults = [f"{name}:{position(at)}: {text}" for at, text in _repeated_keys(root)]
    if faults:
        raise FaultyYamlError("\n".join(faults))


def refuse(model: BaseModel, faults: Iterable[tuple[_Place, str]]) -> None:
    """Refuses a model whose parts don't fit together; does nothing where there is no fault.

    Args:
        model: The model.
        faults: Place and text of each.

    Raises:
        ValidationError: There is a fault; it names all with their places.
    """
    details = [
        InitErrorDetails(
            type=PydanticCustomError("rules", "{fault}", {"fault": fault}),
            loc=place,
            input=place[-1],
        )
        for place, fault in faults
    ]
    if details:
        raise ValidationError.from_exception_data(type(model).__name__, details)


def fill_in(root: yaml.Node, name: str) -> None:
    """Replaces `{{ env.NAME }}` in texts by what the variable holds, as Dagster does.

    Args:
        root: The node.
        name: Of the file, for messages.

    Raises:
        FaultyYamlError: The variable isn't set, or the braces hold something else.
    """
    for node in _nodes(root):
        if isinstance(node, yaml.ScalarNode) and "{{" in node.value:
            try:
                node.value = _TEMPLATES.from_string(node.value).render(env=_Variables())
            except jinja2.TemplateError as error:
                raise FaultyYamlError(
                    f"{name}:{position(node)}: {node.value} can't be filled in: {error}"
                ) from error


def has_variables(root: yaml.Node) -> bool:
    """Whether anything is to be filled in."""
    return any(isinstance(node, yaml.ScalarNode) and "{{" in node.value for node in _nodes(root))


def _nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """A node and all below it, each once: an alias may lead to one that it is inside of."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            waiting += [each for pair in node.value for each in pair]


def _yaml_fault(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
    context = f" {error.context}" if error.context else ""
    return (
        f"{place}: this is no YAML: {error.problem}{context}; check indentation, brackets, colons "
        "and quotes here and on the line before"
    )


def _repeated_keys(root: yaml.Node) -> Iterator[_Fault]:
    """Keys that a mapping has twice."""
    for node in _nodes(root):
        lines: dict[str, int] = {}
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
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
            pairs = {key.value: (key, value) for key, value in node.value}
            if step == "[key]" or str(step) not in pairs:
                break
            key, value = pairs[str(step)]
            node = key if of_key and depth == len(place) - 1 else value
    return node


def _explained(model: type[BaseModel], details: dict[str, Any], node: yaml.Node) -> str:
    place: _Place = details["loc"]
    # Neither the key of a mapping nor one of several types is a step in YAML.
    steps = [str(step) for step in place]
    name = ".".join(step for step in steps if step != "[key]" and not step.startswith("literal["))
    kind, value = details["type"], details["input"]
    if kind in ("rules", "value_error"):
        return str(details["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return f"unknown key {place[-1]!r}" + suggestion(
            str(place[-1]), _known_keys(model, place[:-1])
        )
    if kind == "missing":
        above = ".".join(map(str, place[:-1]))
        return f"the key {place[-1]!r} is missing" + (f" in {above}" if above else "")
    if kind in ("model_type", "dict_type"):
        keys = f" of {', '.join(_known_keys(model, place))}" if kind == "model_type" else ""
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


def _known_keys(model: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """The keys that YAML may have at a place below a model."""
    kind: Any = model
    for step in place:
        kind = _plain(kind)
        if get_origin(kind) in (list, dict):
            kind = get_args(kind)[-1]
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = next(
                each.annotation
                for name, each in kind.model_fields.items()
                if step in (name, each.alias)
            )
    return [field.alias or name for name, field in _plain(kind).model_fields.items()]


def _plain(kind: Any) -> Any:
    """A type without what it is annotated with, and that it may be none."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return _plain(next(each for each in get_args(kind) if each is not type(None)))
    return kind


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
