"""Expressions of SQL as trees of calls, to write them in the words of another engine."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

_OTHERS = r"|--[^\n]*|\s+|\w+|\|\||->|<>|<=|>=|."
_TOKEN = re.compile(r"'(?:[^']|'')*'" + _OTHERS, re.S)
_TOKEN_ESCAPED = re.compile(r"'(?:[^'\\]|\\.)*'" + _OTHERS, re.S)


@dataclass(frozen=True)
class Call:
    """A call of a function.

    Attributes:
        name: The function.
        arguments: The nodes of each argument.
    """

    name: str
    arguments: Sequence[Sequence["Node"]]


Node: TypeAlias = str | Call


def parse(expression: str, *, escaped: bool = False) -> list[Node]:
    """The tokens of an expression; calls are nodes, comments and blanks left out.

    Args:
        expression: SQL.
        escaped: Whether a backslash in a text constant has the next character stand for itself.
    """
    pattern = _TOKEN_ESCAPED if escaped else _TOKEN
    tokens = [each for each in pattern.findall(expression) if each.strip() and each[:2] != "--"]
    nodes, _ = _read(iter(tokens))
    return nodes


def uses(nodes: Sequence[Node], name: str) -> int:
    """How often a name is used in an expression."""
    return sum(
        sum(uses(each, name) for each in node.arguments) if isinstance(node, Call) else node == name
        for node in nodes
    )


def replaced(nodes: Sequence[Node], names: Mapping[str, Sequence[Node]]) -> list[Node]:
    """An expression with others in the place of names, in brackets unless they are one node."""
    written: list[Node] = []
    for node in nodes:
        if isinstance(node, Call):
            written.append(Call(node.name, [replaced(each, names) for each in node.arguments]))
        elif node in names:
            other = names[node]
            written.extend(other if len(other) == 1 else ["(", *other, ")"])
        else:
            written.append(node)
    return written


def text_of(literal: str) -> str:
    """The text that a constant in quotes stands for."""
    return literal[1:-1].replace("''", "'")


# What a bracket may stand behind without being called.
_WORDS = frozenset({"and", "or", "not", "in", "when", "then", "else", "case", "as"})


def _read(tokens: Iterator[str]) -> tuple[list[Node], str]:
    """The nodes up to a comma or closing bracket, and which one."""
    nodes: list[Node] = []
    for token in tokens:
        if token in (",", ")"):
            return nodes, token
        if token != "(":
            nodes.append(token)
            continue
        arguments = []
        end = ","
        while end == ",":
            argument, end = _read(tokens)
            arguments.append(argument)
        name = nodes[-1] if nodes else ""
        if isinstance(name, str) and re.fullmatch(r"[a-z_]\w*", name) and name not in _WORDS:
            nodes[-1] = Call(name, [each for each in arguments if each])
        else:
            for at, argument in enumerate(arguments):
                nodes.extend(["(" if at == 0 else ",", *argument])
            nodes.append(")")
    return nodes, ""
