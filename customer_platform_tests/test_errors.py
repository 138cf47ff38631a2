"""The tree of errors: one file holds it, and its head shows it."""

import ast
import re

from customer_platform import errors
from customer_platform.project import PACKAGE


def _tree(parent: type, depth: int = 0) -> list[tuple[int, str]]:
    return [(depth, parent.__name__)] + [
        each for child in parent.__subclasses__() for each in _tree(child, depth + 1)
    ]


def test_the_head_of_the_file_shows_every_error_below_its_parent() -> None:
    shown = re.findall(r"^    ([│├└─ ]*)(\w+Error)\b", errors.__doc__ or "", re.MULTILINE)
    assert [(len(lines) // 4, name) for lines, name in shown] == _tree(errors.CustomerPlatformError)


def test_no_other_file_defines_an_error() -> None:
    defined = {
        f"{path.relative_to(PACKAGE)}: {node.name}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        and path.name != "errors.py"
        and any(
            "Error" in ast.unparse(base) or "Exception" in ast.unparse(base) for base in node.bases
        )
    }
    assert defined == set()
