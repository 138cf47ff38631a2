"""The guide to other orchestrators: its code compiles, and calls what there is."""

import ast
import inspect
import re

import dagster_run
import pytest

from customer_platform.project import REPOSITORY

GUIDE = (REPOSITORY / "docs" / "orchestrators.md").read_text()
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", GUIDE, flags=re.M | re.S)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_compiles_and_calls_the_module_as_it_is(snippet: str) -> None:
    tree = ast.parse(snippet)
    called = {
        node.func.id: node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    for name in ("run_job", "DagsterServer"):
        call = called[name]
        keywords = {word.arg: None for word in call.keywords if word.arg}
        inspect.signature(getattr(dagster_run, name)).bind(*call.args, **keywords)
    imported = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "dagster_run"
        for alias in node.names
    ]
    assert all(hasattr(dagster_run, name) for name in imported)


def test_there_is_a_snippet_for_each_orchestrator_that_has_no_file() -> None:
    assert len(SNIPPETS) == 2
    assert all(f"`{name}`" in GUIDE for name in ("dagster_run.py", "first", "last"))


def test_the_errors_that_the_guide_names_are_all_there_are() -> None:
    errors = {each.__name__ for each in dagster_run.DagsterRunError.__subclasses__()}
    assert {name for name in re.findall(r"`(\w+Error)`", GUIDE)} == errors
