"""Runs tests of match rules: made-up records that must, or must never, be one customer.

Each is resolved on its own, by the rules that the entity declares, in a database in memory: no
warehouse is needed, and none is read.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from customer_platform.database_errors import reason_of
from customer_platform.declarations import EntitySpec, KeySource
from customer_platform.declarations.rule_tests import RuleTest
from customer_platform.environment import Environment
from customer_platform.errors import RuleTestsError
from customer_platform.identity.frames import resolve
from customer_platform.identity.keeping.changes import Delta
from customer_platform.identity.keeping.update import update_map
from customer_platform.identity.store import IdentityStore, OutputTables
from customer_platform.stewardship.explain import (
    Explanation,
    RecordName,
    explain_customer,
    explain_pair,
    text,
)
from customer_platform.suggestions import suggestion
from customer_platform.warehouse.duckdb import at_most
from customer_platform.warehouse.functions import create_functions
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    import pyarrow as pa

# A few records take a second; their keys may be SQL that never ends.
_PATIENCE = 10.0
_SCHEMA = "rule_test"
_MOMENT = datetime(2024, 1, 1)


@dataclass(frozen=True)
class RuleTestFailure:
    """Two records that are not what a test asks for.

    Attributes:
        one: The name of a record.
        other: That of another.
        must_be_one: Whether they must be one customer; otherwise they must not.
        explanation: Why they are not, or are, as `customer-platform explain` says it.
    """

    one: str
    other: str
    must_be_one: bool
    explanation: str


@dataclass(frozen=True)
class Tried:
    """What rules make of a few records.

    Attributes:
        customers: Why the records of each customer are one.
        over_shared: Rule, value and records of what too many share to link anyone.
        left_out: Names of the similar rules, which weren't applied.
    """

    customers: tuple[Explanation, ...]
    over_shared: tuple[tuple[str, str, int], ...]
    left_out: tuple[str, ...]


class RuleTester:
    """Runs tests of an entity's rules.

    Similar rules are left out: their models are trained on a company's own records.

    Args:
        entity: The entity.
        ignored: By match key, the values that link no one.
        default_country: The country of a phone number that names none, ISO 3166.
    """

    def __init__(
        self, entity: EntitySpec, ignored: Mapping[str, Sequence[str]], default_country: str
    ) -> None:
        rules = entity.rules
        self.left_out = tuple(rule.name for rule in rules.match_rules if rule.similar is not None)
        self._entity, self._default_country = entity, default_country
        self._rules = rules.model_copy(
            update={
                "match_rules": [rule for rule in rules.match_rules if rule.similar is None],
                "ignored_values": {
                    key: [*rules.ignored_values.get(key, ()), *ignored.get(key, ())]
                    for key in rules.match_keys
                },
            }
        )
        self._connection = duckdb.connect()
        create_functions(self._connection)
        # Match keys may be SQL, which whoever tries rules has typed: it reads no file and no URL.
        self._connection.execute("set enable_external_access = false")

    def failures(self, test: RuleTest) -> list[RuleTestFailure]:
        """What of a test the rules don't do.

        Args:
            test: The test.

        Raises:
            RuleTestsError: A record has an unknown attribute, or a value of another type.
        """
        records = self._keyed(test.place, test.records)
        found = resolve(records, self._rules).customer_id_map.to_pydict()
        customers = dict(
            zip(
                zip(found["source"], found["record_id"], strict=True),
                found["customer_id"],
                strict=True,
            )
        )
        wrong = [
            (one, other, must_be_one)
            for one, other, must_be_one in test.pairs()
            if (customers[_parts(one)] == customers[_parts(other)]) != must_be_one
        ]
        if not wrong:
            return []
        store = self._kept(records)
        return [
            RuleTestFailure(
                one,
                other,
                must_be_one,
                text.render(
                    explain_pair(store, RecordName(*_parts(one)), RecordName(*_parts(other)))
                ),
            )
            for one, other, must_be_one in wrong
        ]

    def tried(self, place: str, records: Mapping[str, Mapping[str, Any]]) -> Tried:
        """What the rules make of records.

        Args:
            place: Where the records stand, for messages.
            records: Attributes by SOURCE:ID.

        Raises:
            RuleTestsError: A record has an unknown attribute or a value of another type, or a
                match key's SQL can't be computed.
        """
        try:
            with at_most(self._connection, _PATIENCE, RuleTestsError):
                keyed = self._keyed(place, records)
        except duckdb.Error as error:
            raise RuleTestsError(f"{place}: {reason_of(error)}") from error
        store = self._kept(keyed)
        customers: dict[str, list[str]] = {}
        for source, record_id, customer in store.connection.execute(
            f"select source, source_record_id, customer_id from {store.quoted.customer_id_map} "
            "order by all"
        ).fetchall():
            customers.setdefault(customer, []).append(f"{source}:{record_id}")
        over_shared = store.connection.execute(
            f"select rule, value, records from {store.quoted.over_shared_values} order by all"
        ).fetchall()
        return Tried(
            tuple(explain_customer(store, customer) for customer in customers),
            tuple(tuple(row) for row in over_shared),
            self.left_out,
        )

    def _keyed(self, place: str, records: Mapping[str, Mapping[str, Any]]) -> "pa.Table":
        """Records with their match keys, as the entity's lookup has them."""
        entity, connection = self._entity, self._connection
        types = {name: attribute.type for name, attribute in entity.attributes.items()}
        columns = ["source varchar", "source_record_id varchar", "updated_at timestamp"]
        columns += [f"{identifier(name)} {kind}" for name, kind in types.items()]
        connection.execute(f"create or replace temp table given ({', '.join(columns)})")
        for name, stated in records.items():
            _check_values(f"{place}: {name}", stated, types)
            row = [*_parts(name), _MOMENT, *(stated.get(each) for each in types)]
            try:
                connection.execute(f"insert into given values ({', '.join('?' * len(row))})", row)
            except duckdb.Error as error:
                raise RuleTestsError(f"{place}: {name}: {reason_of(error)}") from error
        made = {
            _column(name, key): key.sql_over_record(name, self._default_country)
            for name, key in entity.match_keys.items()
        }
        keys = [f"{expression} as {identifier(column)}" for column, expression in made.items()]
        ids = (entity.source, entity.record_id, entity.updated_at)
        named = [
            f"{column} as {identifier(name)}"
            for column, name in zip(("source", "source_record_id", "updated_at"), ids, strict=True)
            if name is not None
        ]
        return connection.sql(f"select {', '.join([*named, *keys])} from given").to_arrow_table()

    def _kept(self, records: "pa.Table") -> IdentityStore:
        """A map of the records, kept as a warehouse would, for explanations."""
        connection = self._connection
        connection.execute(f"drop schema if exists {_SCHEMA} cascade")
        connection.execute(f"create schema {_SCHEMA}")
        connection.register("keyed_records", records)
        connection.execute(f"create table {_SCHEMA}.records as select * from keyed_records")
        connection.unregister("keyed_records")
        tables = OutputTables(_SCHEMA, entity=self._entity.entity)
        delta = Delta(f"{_SCHEMA}.records")
        update_map(connection, delta, self._rules, tables, datetime.now(UTC))
        return IdentityStore(connection, delta.records, self._rules, tables)


def ignored_values(environment: Environment) -> dict[str, list[str]]:
    """By match key, the values that the seeds of a business model say link no one.

    Args:
        environment: A deployment of it.
    """
    seeds = environment.project.dbt / "seeds" / environment.business_model
    found: dict[str, list[str]] = {}
    for name, key in (("ignored_values", None), ("free_mail_domains", "domain")):
        path = seeds / f"{name}.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as lines:
                for row in csv.DictReader(lines):
                    found.setdefault(key or row["match_key"], []).append(row[key or "value"])
    return found


def _parts(name: str) -> tuple[str, str]:
    """Source and id of a record named SOURCE:ID."""
    source, _, record_id = name.partition(":")
    return source, record_id


def _column(name: str, key: KeySource) -> str:
    return key.column or f"{name}_key"


def _check_values(where: str, stated: Mapping[str, Any], types: Mapping[str, str]) -> None:
    for name, value in stated.items():
        if name not in types:
            raise RuleTestsError(f"{where}: unknown attribute {name!r}" + suggestion(name, types))
        if types[name] == "string" and not isinstance(value, str | None):
            raise RuleTestsError(
                f"{where}: {name} is text, and {value!r} isn't; write it in quotes"
            )
        if isinstance(value, list | dict):
            raise RuleTestsError(f"{where}: {name} is a value, and no {type(value).__name__}")
