"""The functions that make values comparable, on Spark: those of DuckDB, translated.

They are kept in the schema `default`, where every session and every view finds them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from customer_platform.warehouse.functions import function_statements
from customer_platform.warehouse.functions.countries import country_names
from customer_platform.warehouse.functions.expressions import Call, Node, parse, replaced, uses
from customer_platform.warehouse.functions.spark_words import in_spark_words, literal, written

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMA = "default"
_OWN = Path(__file__).with_name("spark.sql")
_LETTERS = Path(__file__).with_name("unicode.json")
_DEFINITION = re.compile(r"create or replace macro (\w+)\(([^)]*)\) as\s(.*);\s*$", re.S)
_PLACE = re.compile(r"(?<!\\x)\{([a-zA-Z][\w.]*)\}")
# Of private use, so that no text has them.
_PLACES = {
    **{"between": "\ue000", "is": "\ue001"},
    **{"hangul.first": "\u1100", "hangul.first_end": "\u1112"},
    **{"hangul.vowel": "\u1161", "hangul.vowel_end": "\u1175"},
    **{"hangul.last": "\u11a8", "hangul.last_end": "\u11c2"},
    **{"hangul.syllable": "\uac00", "hangul.syllable_end": "\ud7a3"},
}
# Classes that have characters of ASCII which Java's classes lack.
_OF_ASCII = ("Latin", "Common")
_Definition: TypeAlias = tuple[Sequence[str], Sequence[Node]]


def create_functions(session: "SparkSession") -> None:
    """Creates all functions, or puts them in the place of an older version's.

    Args:
        session: A session of Spark that may create functions in the schema `default`.
    """
    statements = spark_statements()
    marker = f"functions_{md5(''.join(statements).encode(), usedforsecurity=False).hexdigest()}"
    if session.catalog.functionExists(f"{SCHEMA}.{marker}"):
        return
    for statement in statements:
        session.sql(statement)
    session.sql(f"create or replace function {SCHEMA}.{marker}() returns boolean return true")


@cache
def spark_statements() -> Sequence[str]:
    """The statement that creates each function, those that it calls before it."""
    definitions = _definitions()
    ordered = dict[str, str]()

    def add(name: str) -> None:
        parameters, nodes = definitions[name]
        body = _written_out(nodes, definitions)
        for called in definitions:
            if called not in ordered and _calls(body, called):
                add(called)
        typed = ", ".join(f"{each} string" for each in parameters)
        returned = "int" if name == "country_number" else "string"
        ordered[name] = (
            f"create or replace function {SCHEMA}.{name}({typed}) returns {returned} "
            f"return {written(body, {each: f'{SCHEMA}.{each}' for each in definitions})}"
        )

    for name in definitions:
        if name not in ordered:
            add(name)
    return tuple(ordered.values())


def _calls(nodes: Sequence[Node], name: str) -> bool:
    return any(
        isinstance(node, Call)
        and (node.name == name or any(_calls(each, name) for each in node.arguments))
        for node in nodes
    )


def _written_out(nodes: Sequence[Node], definitions: Mapping[str, _Definition]) -> list[Node]:
    """A body with others in the place of calls, where that has no argument computed twice.

    Spark lets no function be called with what a lambda has made, so as few are called as can be.
    """
    found: list[Node] = []
    for node in nodes:
        if not isinstance(node, Call):
            found.append(node)
            continue
        arguments = [_written_out(each, definitions) for each in node.arguments]
        parameters, body = definitions.get(node.name, ((), ()))
        if body and all(uses(body, each) < 2 for each in parameters):
            given = dict(zip(parameters, arguments, strict=True))
            found.extend(["(", *replaced(_written_out(body, definitions), given), ")"])
        else:
            found.append(Call(node.name, arguments))
    return found


@cache
def _definitions() -> Mapping[str, _Definition]:
    """By function, its parameters and its body in Spark's words."""
    own = {}
    for statement in re.split(r"(?m)^(?=create or replace macro )", _OWN.read_text("utf-8"))[1:]:
        name, parameters, body = _defined(statement)
        own[name] = (parameters, parse(_filled_in(body), escaped=True))
    extension = parse(_defined(function_statements()["phone_extension"])[2])
    translated = {}
    for name, statement in function_statements().items():
        if name not in own and name != "phone_extension":
            _, parameters, body = _defined(statement)
            nodes = parse(body.replace("phone_extension()", "phone_extension"))
            nodes = replaced(nodes, {"phone_extension": extension})
            sql = in_spark_words(nodes, _letters()["classes"])
            translated[name] = (parameters, parse(sql, escaped=True))
    return {**own, **translated}


def _defined(statement: str) -> tuple[str, list[str], str]:
    """The name, the parameters and the body of a function."""
    definition = _DEFINITION.match(re.sub(r"(?m)^\s*--.*\n?", "", statement))
    if definition is None:
        raise ValueError(f"not a function: {statement[:80]}")
    parameters = [each.strip() for each in definition[2].split(",") if each.strip()]
    return definition[1], parameters, definition[3].strip()


def _filled_in(body: str) -> str:
    """A body of the own file as Spark's SQL: texts escaped, places filled in."""
    filled = re.sub(
        r'r"((?:[^"]|"")*)"',
        lambda found: literal(_PLACE.sub(_in_place, found[1].replace('""', '"'))),
        body,
    )
    return re.sub(r"'\s*\|\|\s*'", "", filled)


def _in_place(found: "re.Match[str]") -> str:
    name = found[1]
    if name in _PLACES:
        return _PLACES[name]
    letters, (first, _, at) = _letters(), name.partition(".")
    if first in letters["classes"]:
        return str(letters["classes"][first])
    if first in ("uncomposed", "ordered"):
        return _beyond_ascii(letters[first])
    value = letters[first][int(at)] if at else letters[first]
    if isinstance(value, str):
        return value
    return _PLACES["between"].join(_PLACES["is"].join(pair) for pair in value)


@cache
def _letters() -> Mapping[str, Any]:
    letters = json.loads(_LETTERS.read_text("utf-8"))
    names = [(name, code) for code, known in country_names().items() for name in known]
    # What Java knows by itself it finds at once, where it tries ranges one by one.
    classes = {
        name: (rf"\p{{{name}}}" if len(name) < 3 else "") + _beyond_ascii(ranges)
        if name not in _OF_ASCII
        else ranges
        for name, ranges in letters["classes"].items()
    }
    return {**letters, "classes": classes, "countries": names}


def _beyond_ascii(ranges: str) -> str:
    """Ranges that no character of ASCII is tried against."""
    return rf"[\x{{80}}-\x{{10FFFF}}&&[{ranges}]]"
