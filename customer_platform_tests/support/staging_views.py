"""Runs staging views on DuckDB, rendered as dbt renders them, which itself would take longer."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import duckdb
import jinja2
import pyarrow as pa
import yaml
from duckdb.func import FunctionNullHandling, PythonUDFType

from customer_platform.ingestion.casts import to_declared
from customer_platform.onboarding import Entity, Proposal, Wishes
from customer_platform.onboarding.attributes import Column
from customer_platform.onboarding.proposal import propose_table
from customer_platform.onboarding.staging_sql import staging_sql
from customer_platform.project import DBT_PROJECT
from customer_platform.warehouse.functions import create_functions
from customer_platform.warehouse.sql import identifier, literal
from customer_platform_tests.support.onboarding import DAY, PLATFORM

_MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\(.*?{%-?\s*endmacro\s*-?%}", re.S)


class _Returned(Exception):  # noqa: N818 - what dbt's `return` does, and no error
    """The value that a macro returns."""


class _Adapter:
    """dbt's adapter of DuckDB, as far as macros ask it."""

    def __init__(self, macros: Mapping[str, Any]) -> None:
        self._macros = macros

    def dispatch(self, name: str, _package: str = "") -> Any:
        return self._macros.get(f"duckdb__{name}") or self._macros[f"default__{name}"]

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'


class _Types:
    @staticmethod
    def type_string() -> str:
        return "varchar"


def _return(value: object = None) -> None:
    raise _Returned(value)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined, autoescape=False
    )
    variables = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())["vars"]
    environment.globals |= {
        "adapter": _Adapter(environment.globals), "dbt": _Types(), "return": _return,
        "var": variables.__getitem__, "modules": {"re": re}, "config": lambda **_: "",
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


def _with_functions() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    create_functions(connection)
    return connection


@cache
def _real_functions() -> duckdb.DuckDBPyConnection:
    """A database in which phone numbers are read by the real function."""
    return _with_functions()


@cache
def _scratch() -> duckdb.DuckDBPyConnection:
    """A database whose tables every call of `staged` makes again: its functions take longer."""
    return _with_functions()


def _normalise_phones(numbers: pa.Array, countries: pa.Array) -> pa.Array:
    if numbers.null_count == len(numbers):
        return numbers
    given = pa.table({"number": numbers, "country": countries})
    with _real_functions().cursor() as cursor:
        cursor.register("given", given)
        read = cursor.sql("select normalise_phone(number, country) as phone from given")
        phones: pa.Table = read.to_arrow_table()
        return phones["phone"]


def _plan_phones_once(connection: duckdb.DuckDBPyConnection) -> None:
    """Has phone numbers read in another database: DuckDB plans the function in every query anew."""
    made = "select count(*) from duckdb_functions() where function_name = 'normalise_phones'"
    if connection.execute(made).fetchall() == [(0,)]:
        connection.create_function(
            "normalise_phones",
            _normalise_phones,
            ["varchar", "varchar"],
            "varchar",
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )
        connection.execute(
            "create or replace macro normalise_phone(x, country) as normalise_phones(x, country)"
        )


def _raw_of_its_name(_: str, table: str) -> str:
    return f'raw."{table}"'


def render(view: str, source: Callable[[str, str], str] = _raw_of_its_name) -> str:
    """The SQL of a staging view.

    Args:
        view: Its SQL with Jinja.
        source: What stands for a table of a source, by default that of its name in schema `raw`.
    """
    return _environment().from_string(view).render(source=source)


def rows_of_view(
    view: str,
    connection: duckdb.DuckDBPyConnection,
    source: Callable[[str, str], str] = _raw_of_its_name,
    where: str = "true",
) -> list[dict[str, Any]]:
    """The rows of a staging view.

    Args:
        view: Its SQL with Jinja.
        connection: Where the tables are that it reads.
        source: What stands for a table of a source, by default that of its name in schema `raw`.
        where: Which of its rows.
    """
    create_functions(connection)
    _plan_phones_once(connection)
    sql = render(view, source)
    result = connection.execute(f"select * from ({sql}) where {where} order by all")
    columns = [column[0] for column in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


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
    with _scratch().cursor() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"create or replace table delivered as select *, date '{DAY}' as _partition "
            "from (values "
            + ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
            + f") as rows({columns})"
        )
        given = dict.fromkeys(header, "VARCHAR")
        proposal = propose_table(connection, "delivered", table, given, Wishes(**wishes), entities)  # type: ignore[arg-type]
        for row in csv.reader(io.StringIO(later)):
            values = ", ".join(map(_literal, row))
            connection.execute(f"insert into delivered values ({values}, date '{DAY}')")
        typed = ", ".join(map(_typed, proposal.columns))
        connection.execute(
            f"create or replace table loaded as select {typed}, _partition from delivered"
        )
        lost = " or ".join(
            f"(l.{each} is null and d.{each} is not null)" for each in map(identifier, header)
        )
        misfits = connection.execute(
            f"select l.* from delivered as d positional join loaded as l where {lost}"
        ).fetchall()
        assert misfits == []
        view = staging_sql("app", proposal, PLATFORM)
        return proposal, rows_of_view(view, connection, lambda *_: "loaded")


def _literal(value: str) -> str:
    return literal(value) if value else "null::VARCHAR"


def _typed(column: Column) -> str:
    """A column as the loader casts it."""
    name, kind = identifier(column.name), column.type.type.upper()
    return f"{to_declared(name, 'VARCHAR', kind, column.type.format)} as {name}"
