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

# What stands around the value that an aggregate or window takes.
_AROUND_A_VALUE = (
    exp.Window, exp.Filter, exp.Order, exp.Distinct, exp.IgnoreNulls, exp.RespectNulls,
)  # fmt: skip


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
        # Names as a query has them once it is qualified, which is in lower case.
        self._sql: Mapping[str, str] = dict(
            connection.execute(
                "select lower(view_name), sql from duckdb_views() "
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

    def trace(self, view: str, columns: Sequence[str], *, strict: bool = False) -> list[Traced]:
        """What columns of a view are made of, for each raw table that delivers rows of it.

        Aggregates and windows count as the value that they take: the number of a record is the
        same in all of its rows.

        Args:
            view: The view.
            columns: Its columns.
            strict: Whether to refuse what can't be traced, and not leave it out.

        Raises:
            PrivacyError: The SQL of the view can't be read, or something can't be traced.
        """
        traced: list[Traced] = []
        untraced: list[exp.Expression] = []
        for leaf, made in _branches(self._scope(view)):
            selected = [made.get(column.lower(), exp.null()).copy() for column in columns]
            wanted = exp.Tuple(expressions=selected)
            traced += list(self._trace(leaf, _plain(wanted), untraced))
        if strict and untraced:
            raise PrivacyError(
                f"staging.{view}: whom {untraced[0].sql(dialect=_DIALECT)} names can't be traced "
                "to rows of raw tables: make it of the columns of one raw table, row by row"
            )
        return traced

    def constants(self, view: str, column: str) -> set[str] | None:
        """What a column of a view is, where its SQL says so; None where rows have to tell."""
        return self._constants(self._scope(view), column)

    def _constants(self, scope: Scope, column: str) -> set[str] | None:
        found: set[str] = set()
        for leaf, made in _branches(scope):
            stated: Any = made.get(column.lower())
            while isinstance(stated, exp.Cast | exp.Paren):
                stated = stated.this
            if isinstance(stated, exp.Literal) and stated.is_string:
                found.add(stated.this)
                continue
            source = leaf.sources.get(stated.table) if isinstance(stated, exp.Column) else None
            if isinstance(source, exp.Table) and source.db == _VIEWS and source.name in self._sql:
                source = self._scope(source.name)
            below = self._constants(source, stated.name) if isinstance(source, Scope) else None
            if below is None:
                return None
            found |= below
        return found

    def _scope(self, view: str) -> Scope:
        view = view.lower()
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

    def _trace(
        self, scope: Scope, wanted: exp.Expression, untraced: list[exp.Expression]
    ) -> Iterator[Traced]:
        """An expression over the sources of a select, as expressions over raw tables."""
        aliases = {column.table for column in wanted.find_all(exp.Column)}
        if len(aliases) > 1:
            # A record that may come from either side of a join.
            alternatives = list(_alternatives(wanted))
            if not alternatives:
                untraced.append(wanted)
            for alternative in alternatives:
                yield from self._trace(scope, alternative, untraced)
            return
        if not aliases:
            if next(wanted.find_all(exp.Query), None) is not None:
                untraced.append(wanted)
            return
        source = scope.sources.get(aliases.pop())
        if isinstance(source, exp.Table) and source.db == _RAW:
            yield _traced(source.name, wanted)
            return
        if isinstance(source, exp.Table):
            if source.db != _VIEWS:
                # A seed, which says nothing of anybody.
                return
            source = self._scope(source.name) if source.name in self._sql else None
        if source is None:
            untraced.append(wanted)
            return
        for leaf, made in _branches(source):
            if any(column.name.lower() not in made for column in wanted.find_all(exp.Column)):
                untraced.append(wanted)
                continue
            replaced = wanted.transform(
                lambda node, made=made: (
                    exp.paren(made[node.name.lower()].copy())
                    if isinstance(node, exp.Column)
                    else node
                )
            )
            yield from self._trace(leaf, _plain(replaced), untraced)


def _selected(scope: Scope) -> list[Any]:
    query = scope.expression
    return list(query.selects) if isinstance(query, exp.Query) else []


def _branches(scope: Scope) -> Iterator[tuple[Scope, Mapping[str, Any]]]:
    """The selects of a query, itself or those of its union, and what each makes of its columns.

    The columns of a union have the names of the first select, and come from the others in its
    order, or by their names where the union says so.
    """
    names = [each.alias_or_name.lower() for each in _selected(scope)]
    if not isinstance(scope.expression, exp.SetOperation):
        yield scope, dict(zip(names, map(_unaliased, _selected(scope)), strict=True))
        return
    for branch in scope.set_operation_scopes:
        own = [each.alias_or_name.lower() for each in _selected(branch)]
        by_name = scope.expression.args.get("by_name")
        named = own if by_name else names
        for leaf, made in _branches(branch):
            yield (
                leaf,
                {name: made[mine] for name, mine in zip(named, own, strict=False) if mine in made},
            )


def _unaliased(expression: Any) -> Any:
    return expression.unalias()


def _plain(expression: exp.Expression) -> exp.Expression:
    """The expression with aggregates and windows as the value that they take."""

    def plain(node: exp.Expression) -> exp.Expression:
        while isinstance(node, _AROUND_A_VALUE) or (
            isinstance(node, exp.AggFunc) and isinstance(node.this, exp.Expression)
        ):
            node = node.expressions[0] if isinstance(node, exp.Distinct) else node.this
        return node

    return expression.transform(plain)


def _alternatives(wanted: exp.Expression) -> Iterator[exp.Expression]:
    """The tuple with each value of the coalesce or case in it that joins several sources."""
    for choice in wanted.find_all(exp.Expression):
        if not isinstance(choice, exp.Coalesce | exp.Case | exp.If):
            continue
        if len({column.table for column in choice.find_all(exp.Column)}) < 2:
            continue
        for part in _choices(choice):
            copy = wanted.copy()
            other = next(node for node in copy.find_all(type(choice)) if node == choice)
            other.replace(part.copy())
            yield copy
        return


def _choices(choice: exp.Expression) -> list[exp.Expression]:
    """What a coalesce, case or if may be."""
    if isinstance(choice, exp.Coalesce):
        return [choice.this, *choice.expressions]
    found = [each.args["true"] for each in choice.args.get("ifs") or [choice]]
    others = [choice.args.get(name) for name in ("default", "false")]
    return [*found, *(each for each in others if each is not None)]


def _values(expression: exp.Expression) -> Iterator[str]:
    """The columns that a value is made of, without those that conditions on it look at."""
    if isinstance(expression, exp.Column):
        yield expression.name
    elif isinstance(expression, exp.Case | exp.If):
        for choice in _choices(expression):
            yield from _values(choice)
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
