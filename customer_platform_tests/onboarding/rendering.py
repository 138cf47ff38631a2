"""Runs a proposed staging view on the rows it was proposed from, without dbt: that takes longer."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import duckdb
import jinja2
import yaml

from customer_platform.environment import DBT_PROJECT
from customer_platform.ingestion.casts import identifier, literal, to_declared
from customer_platform.onboarding import Entity, Proposal, Wishes
from customer_platform.onboarding.columns import Column
from customer_platform.onboarding.proposal import propose_table
from customer_platform.onboarding.staging_sql import staging_sql
from customer_platform.warehouse.functions import create_functions
from customer_platform_tests.support.onboarding import DAY, PLATFORM

_MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\(.*?{%-?\s*endmacro\s*-?%}", re.S)


class _Returned(Exception):  # noqa: N818 - what dbt's `return` does, and no error
    """The value that a macro returns."""


class _Adapter:
    """dbt's adapter of DuckDB, as far as macros ask it."""

    def __init__(self, macros: Mapping[str, Any]) -> None:
        self._macros = macros

    def dispatch(self, name: str, _package: str) -> Any:
        return self._macros.get(f"duckdb__{name}") or self._macros[f"default__{name}"]

    def quote(self, name: str) -> str:
        return f'"{name}"'


class _Types:
    @staticmethod
    def type_string() -> str:
        return "varchar"


def _return(value: object) -> None:
    raise _Returned(value)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined, autoescape=False
    )
    variables = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())["vars"]
    environment.globals |= {
        "adapter": _Adapter(environment.globals), "dbt": _Types(), "return": _return,
        "var": variables.get,
    }  # fmt: skip
    for path in sorted((DBT_PROJECT / "macros").rglob("*.sql")):
        for macro in _MACRO.finditer(path.read_text()):
            environment.globals[macro[1]] = _macro(environment, macro[1], macro[0])
    return environment


def _macro(environment: jinja2.Environment, name: str, text: str) -> Callable[..., Any]:
    @cache
    def compiled() -> Any:
        return getattr(environment.from_string(text).module, name)

    def call(*arguments: object, **named: object) -> Any:
        try:
            return str(compiled()(*arguments, **named))
        except _Returned as returned:
            return returned.args[0]

    return call


def staged(
    text: str,
    entities: Sequence[Entity],
    table: str = "export",
    later: str = "",
    **wishes: object,
) -> tuple[Proposal, list[dict[str, Any]]]:
    """What is proposed for rows, and those of its staging view in the order of their IDs.

    Args:
        text: A CSV file: a header and rows, parted by commas.
        entities: Those of the business model.
        table: What it is called.
        later: Further rows, which come when the view is there.
        wishes: What the user has said.

    Raises:
        AssertionError: A value doesn't fit the type that is proposed for its column.
    """
    header, *rows = csv.reader(io.StringIO(text))
    columns = ", ".join(map(identifier, header))
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        create_functions(connection)
        connection.execute(
            f"create table delivered as select *, date '{DAY}' as _partition from (values "
            + ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
            + f") as rows({columns})"
        )
        given = dict.fromkeys(header, "VARCHAR")
        proposal = propose_table(connection, "delivered", table, given, Wishes(**wishes), entities)  # type: ignore[arg-type]
        for row in csv.reader(io.StringIO(later)):
            values = ", ".join(map(_literal, row))
            connection.execute(f"insert into delivered values ({values}, date '{DAY}')")
        typed = ", ".join(map(_typed, proposal.columns))
        connection.execute(f"create table loaded as select {typed}, _partition from delivered")
        lost = " or ".join(
            f"(l.{each} is null and d.{each} is not null)" for each in map(identifier, header)
        )
        misfits = connection.execute(
            f"select l.* from delivered as d positional join loaded as l where {lost}"
        ).fetchall()
        assert misfits == []
        sql = staging_sql("app", proposal, PLATFORM)
        view = _environment().from_string(sql).render(source=lambda *_: "loaded")
        found = connection.execute(f"from ({view}) order by 2").fetchall()
        names = [column[0] for column in connection.description or ()]
    return proposal, [dict(zip(names, row, strict=True)) for row in found]


def _literal(value: str) -> str:
    return literal(value) if value else "null::VARCHAR"


def _typed(column: Column) -> str:
    """A column as the loader casts it."""
    name, kind = identifier(column.name), column.type.type.upper()
    return f"{to_declared(name, 'VARCHAR', kind, column.type.format)} as {name}"
