"""Which rows of raw tables are a record's: traced through the SQL of the staging views.

A staging view says which column of a source the number of a record is made of, and how. That
expression, over the columns of the raw table, finds the rows of a person, whatever their number of
versions; nobody has to declare it a second time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from customer_platform.errors import PrivacyError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DIALECT = "duckdb"
_VIEWS = "staging"
_RAW = "raw"


@dataclass(frozen=True)
class Traced:
    """Columns of a view as expressions over one raw table.

    Attributes:
        table: The raw table, without its schema.
        expressions: SQL per column.
        columns: The columns of the raw table that each is made of.
    """

    table: str
    expressions: tuple[str, ...]
    columns: tuple[frozenset[str], ...]


class StagingViews:
    """The staging views of a warehouse, to trace columns through."""

    def __init__(self, connection: "DuckDBPyConnection") -> None:
        """Reads the SQL of the views.

        Args:
            connection: The warehouse.
        """
        self._sql: Mapping[str, str] = dict(
            connection.execute(
                "select view_name, sql from duckdb_views() "
                "where schema_name = ? and database_name = current_database()",
                [_VIEWS],
            ).fetchall()
        )
        found: dict[str, dict[str, dict[str, str]]] = {}
        for schema, table, column, kind in connection.execute(
            "select table_schema, table_name, column_name, data_type "
            "from information_schema.columns where table_catalog = current_database()"
        ).fetchall():
            found.setdefault(schema, {}).setdefault(table, {})[column] = kind
        self._columns = found
        self._scopes: dict[str, Scope] = {}

    @cached_property
    def _schema(self) -> MappingSchema:
        schema: dict[str, object] = dict(self._columns)
        return MappingSchema(schema, dialect=_DIALECT)

    def columns(self, view: str) -> list[str]:
        """The columns of a view, none where it isn't there."""
        return list(self._columns.get(_VIEWS, {}).get(view, ()))

    def raw_tables(self, view: str) -> set[str]:
        """The raw tables that a view reads, those of the views below it included."""
        found = set()
        for table in self._scope(view).expression.find_all(exp.Table):
            if table.db == _RAW:
                found.add(table.name)
            elif table.db == _VIEWS:
                found |= self.raw_tables(table.name)
        return found

    def trace(self, view: str, columns: Sequence[str]) -> list[Traced]:
        """What columns of a view are made of, for each raw table that delivers rows of it.

        Aggregates and windows count as the value that they take: the number of a record is the
        same in all of its rows.

        Args:
            view: The view.
            columns: Its columns.

        Raises:
            PrivacyError: The SQL of the view can't be read.
        """
        traced = []
        root = self._scope(view)
        names = [each.alias_or_name.lower() for each in _selected(root)]
        positions = [names.index(column.lower()) for column in columns]
        for leaf in _selects(root):
            selected = _selected(leaf)
            wanted = exp.Tuple(
                expressions=[selected[position].unalias().copy() for position in positions]
            )
            traced += list(self._trace(leaf, _plain(wanted)))
        return traced

    def _scope(self, view: str) -> Scope:
        if view not in self._scopes:
            try:
                statement = parse_one(self._sql[view], dialect=_DIALECT)
                query = statement.expression if isinstance(statement, exp.Create) else statement
                qualified = qualify(
                    query.unnest(), dialect=_DIALECT, schema=self._schema,
                    validate_qualify_columns=False, identify=True,
                )  # fmt: skip
                scope = build_scope(qualified)
            except SqlglotError as error:
                raise PrivacyError(f"the SQL of {_VIEWS}.{view} can't be read: {error}") from error
            if scope is None:
                raise PrivacyError(f"{_VIEWS}.{view} is no query")
            self._scopes[view] = scope
        return self._scopes[view]

    def _trace(self, scope: Scope, wanted: exp.Expression) -> Iterator[Traced]:
        """An expression over the sources of a select, as expressions over raw tables."""
        aliases = {column.table for column in wanted.find_all(exp.Column)}
        if len(aliases) > 1:
            # A record that may come from either side of a join.
            for alternative in _alternatives(wanted):
                yield from self._trace(scope, alternative)
            return
        if not aliases:
            return
        source = scope.sources.get(aliases.pop())
        if isinstance(source, exp.Table) and source.db == _RAW:
            yield _traced(source.name, wanted)
            return
        if isinstance(source, exp.Table):
            if source.db != _VIEWS or source.name not in self._sql:
                return
            source = self._scope(source.name)
        if source is None:
            return
        names = [each.alias_or_name for each in _selected(source)]
        for leaf in _selects(source):
            made = dict(zip(names, _selected(leaf), strict=False))
            if any(column.name not in made for column in wanted.find_all(exp.Column)):
                continue
            replaced = wanted.transform(
                lambda node, made=made: (
                    exp.paren(made[node.name].unalias().copy())
                    if isinstance(node, exp.Column)
                    else node
                )
            )
            yield from self._trace(leaf, _plain(replaced))


def _selected(scope: Scope) -> list[Any]:
    query = scope.expression
    return list(query.selects) if isinstance(query, exp.Query) else []


def _selects(scope: Scope) -> Iterator[Scope]:
    """The selects of a query: itself, or the branches of its union."""
    if isinstance(scope.expression, exp.SetOperation):
        for branch in scope.set_operation_scopes:
            yield from _selects(branch)
    else:
        yield scope


def _plain(expression: exp.Expression) -> exp.Expression:
    """The expression with aggregates and windows as the value that they take."""

    def plain(node: exp.Expression) -> exp.Expression:
        while isinstance(node, exp.Window | exp.Filter) or (
            isinstance(node, exp.AggFunc) and isinstance(node.this, exp.Expression)
        ):
            node = node.this
        return node

    return expression.transform(plain)


def _alternatives(wanted: exp.Expression) -> Iterator[exp.Expression]:
    """The tuple with each argument of the coalesce in it that joins several sources."""
    for coalesce in wanted.find_all(exp.Coalesce):
        parts = [coalesce.this, *coalesce.expressions]
        if len({column.table for column in coalesce.find_all(exp.Column)}) < 2:
            continue
        for part in parts:
            copy = wanted.copy()
            other = next(node for node in copy.find_all(exp.Coalesce) if node == coalesce)
            other.replace(part.copy())
            yield copy
        return


def _values(expression: exp.Expression) -> Iterator[str]:
    """The columns that a value is made of, without those that conditions on it look at."""
    if isinstance(expression, exp.Column):
        yield expression.name
    elif isinstance(expression, exp.Case | exp.If):
        branches = expression.args.get("ifs") or [expression]
        for branch in branches:
            yield from _values(branch.args["true"])
        for other in ("default", "false"):
            if expression.args.get(other) is not None:
                yield from _values(expression.args[other])
    else:
        for child in expression.iter_expressions():
            yield from _values(child)


def _traced(table: str, wanted: exp.Expression) -> Traced:
    columns = []
    expressions = []
    for each in wanted.expressions:
        columns.append(frozenset(_values(each)))
        bare = each.transform(
            lambda node: (
                exp.column(exp.to_identifier(node.name, quoted=True))
                if isinstance(node, exp.Column)
                else node
            )
        )
        expressions.append(bare.sql(dialect=_DIALECT))
    return Traced(table, tuple(expressions), tuple(columns))
