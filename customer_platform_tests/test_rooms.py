"""The rooms of the package: imports run one way, and libraries know no Dagster."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

from customer_platform.project import PACKAGE

LIBRARIES = (
    "ingestion",
    "identity",
    "stewardship",
    "onboarding",
    "publishing",
    "declarations",
    "privacy",
    "workbench",
)


def _imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _rooms() -> "nx.DiGraph[str]":
    """A folder or file of the package, and an arrow to each that it imports from."""
    rooms: nx.DiGraph[str] = nx.DiGraph()
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).with_suffix("").parts[0]
        for module in _imported(path):
            parts = module.split(".")
            if parts[0] == PACKAGE.name and len(parts) > 1 and parts[1] != room:
                rooms.add_edge(room, parts[1], at=f"{path.relative_to(PACKAGE)}: {module}")
    return rooms


def test_no_arrow_between_rooms_runs_back() -> None:
    rooms = _rooms()
    assert rooms.number_of_edges() > 50
    assert [
        [rooms.edges[arrow]["at"] for arrow in zip(cycle, [*cycle[1:], cycle[0]], strict=True)]
        for cycle in nx.simple_cycles(rooms)
    ] == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_does_not_import_dagster(library: str) -> None:
    assert [
        f"{path.relative_to(PACKAGE)}: {module}"
        for path in (PACKAGE / library).rglob("*.py")
        for module in _imported(path)
        if module.split(".")[0].startswith("dagster")
    ] == []


def test_loading_the_components_compiles_and_parses_nothing() -> None:
    # Every process that loads the definitions would wait for it: the web server, each run.
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, customer_platform.components; "
            "print({'numba', 'sqlglot', 'splink'} & set(sys.modules) or 'none')",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "none"
