import json
import re

import pytest

from customer_platform.warehouse.functions import function_statements, unicode_metadata
from customer_platform.warehouse.functions.expressions import parse
from customer_platform.warehouse.functions.patterns import groups, java_pattern
from customer_platform.warehouse.functions.spark import spark_statements
from customer_platform.warehouse.functions.spark_words import in_spark_words, literal

_CLASSES = {"L": "a-zé"}


def test_the_tables_of_letters_are_those_that_duckdb_has() -> None:
    written = json.loads(unicode_metadata.FILE.read_text("utf-8"))
    assert written == json.loads(json.dumps(unicode_metadata.unicode_tables()))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a$", r"a\z"),
        ("[$.]", "[$.]"),
        ("a.b", r"a[^\n]b"),
        (r"\.", r"\."),
        (r"\p{L}+", "[a-zé]+"),
        (r"[^\p{L}0-9]", "[^a-zé0-9]"),
        ("[<(&[]", r"[<(\&\[]"),
        ("(?i)ex", "[eE][xX]"),
        ("(?i)к", "[кК]"),
        ("(?i)k[a-z]", "[kK\u212a][a-zA-Z\u212a\u017f]"),
    ],
)
def test_a_pattern_means_in_java_what_it_means_in_duckdb(pattern: str, expected: str) -> None:
    assert java_pattern(pattern, _CLASSES) == expected


def test_only_groups_that_a_replacement_can_name_are_counted() -> None:
    assert groups(r"(a)(?:b)[(](c(?=d))\(") == 2


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("regexp_replace(x, 'a', 'b', 'g')", "regexp_replace(x, 'a', 'b')"),
        # The first match alone: the rest is put back.
        (
            r"regexp_replace(x, '(a)b', '\1')",
            r"regexp_replace(x, '(?:(a)b)((?s:.*))', concat('$1', '$2'))",
        ),
        ("regexp_replace(x, '^(a)', '\\1')", "regexp_replace(x, '^(a)', '$1')"),
        ("regexp_full_match(x, 'a|b')", r"(x rlike '^(?:a|b)\\z')"),
        ("ltrim(lower(x), '''')", r"trim(leading '\'' from unicode_lower(x))"),
        ("country[2] || chr(57344)", r"substring(country, 2, 1) || '\uE000'"),
    ],
)
def test_an_expression_of_duckdb_is_written_in_the_words_of_spark(
    expression: str, expected: str
) -> None:
    assert in_spark_words(parse(expression), _CLASSES) == expected


def test_a_text_of_spark_is_of_ascii_alone() -> None:
    assert literal("a'b\\é𐐀") == r"'a\'b\\\u00E9\U00010400'"


def test_spark_has_every_function_of_duckdb_under_its_name_and_parameters() -> None:
    def signatures(statements: object) -> set[tuple[str, str]]:
        found = re.findall(
            r"create or replace (?:macro |function default\.)(\w+)\(([^)]*)\)", str(statements)
        )
        return {(name, parameters.replace(" string", "")) for name, parameters in found}

    missing = signatures(list(function_statements().values())) - signatures(spark_statements())
    # What only patterns call, which are written out.
    assert missing == {("phone_extension", "")}
