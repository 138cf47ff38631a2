"""Expressions of DuckDB in Spark's words."""

import re
from collections.abc import Callable, Mapping, Sequence

from customer_platform.warehouse.functions.expressions import Call, Node, text_of
from customer_platform.warehouse.functions.patterns import groups, java_pattern

_RENAMED = {
    **{"lower": "unicode_lower", "upper": "unicode_upper"},
    **{"starts_with": "startswith", "ends_with": "endswith"},
}


def literal(text: str) -> str:
    """A text constant of Spark, of ASCII alone: a catalogue may keep no other letters."""
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + "".join(each if each.isascii() else _escaped(each) for each in quoted) + "'"


def _escaped(letter: str) -> str:
    code = ord(letter)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def written(nodes: Sequence[Node], renamed: Mapping[str, str]) -> str:
    """An expression as text, its calls by other names where they have one."""
    return " ".join(
        f"{renamed.get(node.name, node.name)}"
        f"({', '.join(written(each, renamed) for each in node.arguments)})"
        if isinstance(node, Call)
        else node
        for node in nodes
    )


def in_spark_words(nodes: Sequence[Node], classes: Mapping[str, str]) -> str:
    """An expression of DuckDB as one of Spark.

    Args:
        nodes: Its nodes.
        classes: The code points of a class in a regular expression, as text between brackets.
    """
    return _Writer(classes).write(nodes)


class _Writer:
    def __init__(self, classes: Mapping[str, str]) -> None:
        self.classes = classes
        self.calls: Mapping[str, Callable[[Call], str]] = {
            "regexp_replace": self._replace,
            "regexp_matches": self._matches,
            "regexp_full_match": self._full_match,
            "regexp_extract": self._extract,
            "ltrim": self._ltrim,
            "chr": lambda call: literal(chr(int(str(call.arguments[0][0])))),
        }

    def write(self, nodes: Sequence[Node]) -> str:
        parts = [
            self.calls.get(node.name, self._call)(node)
            if isinstance(node, Call)
            else literal(text_of(node))
            if node.startswith("'")
            else node
            for node in nodes
        ]
        # country[2] is its second letter.
        return re.sub(r"\b(\w+) \[ (\d) \]", r"substring(\1, \2, 1)", " ".join(parts))

    def _call(self, call: Call) -> str:
        name = _RENAMED.get(call.name, call.name)
        return f"{name}({', '.join(map(self.write, call.arguments))})"

    def _pattern(self, nodes: Sequence[Node]) -> str:
        texts = [node for node in nodes if node not in ("||", "(", ")")]
        if not all(isinstance(node, str) and node.startswith("'") for node in texts):
            raise ValueError(f"a pattern has to be known: {nodes}")
        return java_pattern("".join(text_of(str(node)) for node in texts), self.classes)

    def _replace(self, call: Call) -> str:
        text, pattern, replacement = call.arguments[:3]
        found = self._pattern(pattern)
        if found.endswith(r")+\z"):
            # Java calls itself for each repetition: beyond a few thousand its stack overflows.
            found = found.removesuffix(r"+\z") + r"{1,200}\z"
        by = self.write(
            [
                re.sub(r"\\(\d)", r"$\1", node) if isinstance(node, str) else node
                for node in replacement
            ]
        )
        if len(call.arguments) == 3 and not (found.startswith("^") and "|" not in found):
            # Spark replaces every match: so the first takes the rest with it, and puts it back.
            by = f"concat({by}, '${groups(found) + 1}')"
            found = f"(?:{found})((?s:.*))"
        return f"regexp_replace({self.write(text)}, {literal(found)}, {by})"

    def _matches(self, call: Call) -> str:
        text, pattern = call.arguments
        return f"({self.write(text)} rlike {literal(self._pattern(pattern))})"

    def _full_match(self, call: Call) -> str:
        text, pattern = call.arguments
        found = self._pattern(pattern)
        if found.endswith((")*", ")+")):
            # Java counts possessive groups, and calls itself for each of the others.
            found += "+"
        whole = literal(rf"^(?:{found})\z")
        return f"({self.write(text)} rlike {whole})"

    def _extract(self, call: Call) -> str:
        text, pattern = call.arguments[:2]
        group = self.write(call.arguments[2]) if len(call.arguments) > 2 else "0"
        return f"regexp_extract({self.write(text)}, {literal(self._pattern(pattern))}, {group})"

    def _ltrim(self, call: Call) -> str:
        text, trimmed = call.arguments
        return f"trim(leading {self.write(trimmed)} from {self.write(text)})"
