"""Renders a staging view as dbt does, with the project's macros, and runs it on DuckDB."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import duckdb
import jinja2
import yaml

from customer_platform.environment import DBT_PROJECT
from customer_platform.warehouse.functions import create_functions

_VARS = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())["vars"]
_MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\(.*?endmacro\s*-?%}", re.S)


class _Returned(BaseException):
    def __init__(self, value: object) -> None:
        self.value = value


class _Adapter:
    """What macros ask of dbt's adapter."""

    def __init__(self, macros: Mapping[str, Callable[..., object]]) -> None:
        self._macros = macros

    def dispatch(self, name: str, _package: str = "") -> Callable[..., object]:
        return self._macros.get(f"duckdb__{name}") or self._macros[f"default__{name}"]

    @staticmethod
    def quote(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'


class _Types:
    @staticmethod
    def type_string() -> str:
        return "varchar"


def _return(value: object = None) -> None:
    raise _Returned(value)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    macros: dict[str, Callable[..., object]] = {}
    environment.globals.update(
        adapter=_Adapter(macros), dbt=_Types(), source=lambda source, table: f'raw."{table}"',
        var=_VARS.__getitem__, modules={"re": re},
    )  # fmt: skip
    environment.globals["return"] = _return
    found: dict[str, str] = {}
    for path in sorted((DBT_PROJECT / "macros").rglob("*.sql")):
        found.update((match[1], match[0]) for match in _MACRO.finditer(path.read_text()))
    modules: dict[str, Any] = {}
    macros.update((name, _macro(modules, name)) for name in found)
    # A name is looked up when a macro is read, and each is read by itself: all are there before.
    environment.globals.update(macros)
    modules.update((name, environment.from_string(text).module) for name, text in found.items())
    return environment


def _macro(modules: Mapping[str, Any], name: str) -> Callable[..., object]:
    def call(*arguments: object, **named: object) -> object:
        try:
            return getattr(modules[name], name)(*arguments, **named)
        except _Returned as returned:
            return returned.value

    return call


def rows_of(
    view: str, connection: duckdb.DuckDBPyConnection, where: str = "true"
) -> list[dict[str, Any]]:
    """The rows of a staging view over the tables in schema `raw`.

    Args:
        view: Its SQL with Jinja.
        connection: Where the raw tables are.
        where: Which of them.
    """
    create_functions(connection)
    sql = _environment().from_string(view).render()
    result = connection.execute(f"select * from ({sql}) where {where} order by all")
    columns = [column[0] for column in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
