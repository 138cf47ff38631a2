"""The public surface as it is, beside the files that hold what it was."""

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

Compare = Callable[[str, Iterable[str]], None]


@pytest.fixture
def compare(pytestconfig: pytest.Config) -> Compare:
    """Compares lines with those of a file of this folder; with --update-golden, writes them."""

    def lines_are_those_of(name: str, lines: Iterable[str]) -> None:
        path = Path(__file__).parent / name
        found = [line.rstrip() for line in lines]
        if pytestconfig.getoption("update_golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text("\n".join(found) + "\n")
        known = path.read_text().splitlines() if path.exists() else []
        changes = list(difflib.unified_diff(known, found, name, "now", lineterm="", n=1))
        if changes:
            pytest.fail(
                "\n".join(
                    ["The public surface has changed. Where that is meant: make golden", *changes]
                ),
                pytrace=False,
            )

    return lines_are_those_of
