"""Tests of match rules: small made-up records that must, or must never, be one customer.

A business model keeps them in `defs/<model>/tests/*.yaml`. Each is resolved on its own, by the
rules that the entity declares, in a database in memory: no warehouse is needed, and none is read.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from customer_platform import checked_yaml
from customer_platform.database_errors import reason_of
from customer_platform.declarations import EntitySpec, KeySource
from customer_platform.declarations.match_keys import NORMALISERS
from customer_platform.environment import Environment
from customer_platform.errors import RuleTestsError
from customer_platform.identity.frames import resolve
from customer_platform.identity.keeping.changes import Delta
from customer_platform.identity.keeping.update import update_map
from customer_platform.identity.store import IdentityStore, OutputTables
from customer_platform.stewardship.explain import RecordName, explain_pair, text
from customer_platform.warehouse.functions import create_functions
from customer_platform.warehouse.sql import identifier, literal
from customer_platform.warehouse.suggestions import suggestion

if TYPE_CHECKING:
    import pyarrow as pa

_EXAMPLE = "no file of rule tests: give the keys entity and tests"
_SCHEMA = "rule_test"
_MOMENT = datetime(2024, 1, 1)


class RuleTest(BaseModel):
    """A test: records, and which of them must, or must never, be one customer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="What the rules do, as a sentence.")
    reason: str = Field(description="Why they must.")
    records: dict[str, dict[str, Any]] = Field(
        min_length=2,
        description="The records by SOURCE:ID: attributes, as the staging views deliver them.",
    )
    same: list[str] = Field(default_factory=list, description="Records that must be one customer.")
    different: list[str] = Field(
        default_factory=list, description="Records of which no two may be one customer."
    )

    _place: str = PrivateAttr("")

    @property
    def place(self) -> str:
        """Where it stands: `file:line:column`."""
        return self._place

    @model_validator(mode="after")
    def _says_something(self) -> "RuleTest":
        if not self.same and not self.different:
            raise ValueError("a test needs same, different or both: lists of its records")
        for kind in ("same", "different"):
            names: list[str] = getattr(self, kind)
            if len(names) == 1:
                raise ValueError(f"{kind} has one record only; name those it is compared with")
            for name in names:
                if name not in self.records:
                    raise ValueError(
                        f"{kind} names the unknown record {name!r}" + suggestion(name, self.records)
                    )
        for name in self.records:
            source, _, record_id = name.partition(":")
            if not source or not record_id:
                raise ValueError(f"the record {name!r} is named SOURCE:ID, such as crm:1")
        return self

    def pairs(self) -> Iterator[tuple[str, str, bool]]:
        """What is asked of two records each: their names, and whether they are one customer."""
        # Each and the next are enough to say that all are one.
        yield from ((one, other, True) for one, other in pairwise(self.same))
        yield from ((one, other, False) for one, other in combinations(self.different, 2))


class RuleTestFile(BaseModel):
    """A file of tests."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entity: str = Field(description="The entity whose rules are tested.")
    people: dict[str, Any] = Field(
        default_factory=dict, description="Attributes that records take over by YAML's anchors."
    )
    tests: list[RuleTest] = Field(min_length=1)


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


def read_rule_tests(path: Path) -> RuleTestFile:
    """Reads a file of tests.

    Args:
        path: The file.

    Raises:
        RuleTestsError: It isn't right; every fault as `file:line:column: what is wrong`.
    """
    try:
        nodes = checked_yaml.compose(checked_yaml.read_text(path), str(path))
        if len(nodes) != 1:
            raise RuleTestsError(f"{path}: it has {len(nodes)} YAML documents, and needs one")
        found = checked_yaml.validated(RuleTestFile, nodes[0], str(path), _EXAMPLE)
    except checked_yaml.FaultyYamlError as error:
        raise RuleTestsError(str(error)) from error
    tests = checked_yaml.entries(nodes[0])["tests"]
    for test, node in zip(found.tests, tests.value, strict=True):
        test._place = f"{path}:{checked_yaml.position(node)}"
    return found


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

    def failures(self, test: RuleTest) -> list[RuleTestFailure]:
        """What of a test the rules don't do.

        Args:
            test: The test.

        Raises:
            RuleTestsError: A record has an unknown attribute, or a value of another type.
        """
        records = self._keyed(test)
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

    def _keyed(self, test: RuleTest) -> "pa.Table":
        """The records of a test with their match keys, as the entity's lookup has them."""
        entity, connection = self._entity, self._connection
        types = {name: attribute.type for name, attribute in entity.attributes.items()}
        columns = ["source varchar", "source_record_id varchar", "updated_at timestamp"]
        columns += [f"{identifier(name)} {kind}" for name, kind in types.items()]
        connection.execute(f"create or replace temp table given ({', '.join(columns)})")
        for name, stated in test.records.items():
            _check_values(f"{test.place}: {name}", stated, types)
            row = [*_parts(name), _MOMENT, *(stated.get(each) for each in types)]
            try:
                connection.execute(f"insert into given values ({', '.join('?' * len(row))})", row)
            except duckdb.Error as error:
                raise RuleTestsError(f"{test.place}: {name}: {reason_of(error)}") from error
        keys = [
            f"{_key_sql(name, key, self._default_country)} as {identifier(_column(name, key))}"
            for name, key in entity.match_keys.items()
        ]
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


def files_of_tests(folder: Path) -> list[Path]:
    """The files of tests of a business model, in the order of their names.

    Args:
        folder: Its folder in `defs`.
    """
    return sorted((folder / "tests").glob("*.yaml"))


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


def default_country(environment: Environment) -> str:
    """The country of phone numbers that name none: the var of the dbt project."""
    project = yaml.safe_load((environment.project.dbt / "dbt_project.yml").read_text("utf-8"))
    return str(project["vars"]["default_country"])


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


def _key_sql(name: str, key: KeySource, default_country: str) -> str:
    """SQL of a match key over a record, as dbt's macro `match_keys` writes it."""
    if key.column is not None:
        return identifier(key.column)
    if key.sql is not None:
        return key.sql
    function = NORMALISERS[str(key.normalise)][0]
    arguments = [identifier(each) for each in key.attributes(name)]
    if function == "normalise_phone":
        country = [*arguments[1:], literal(default_country)]
        arguments = [arguments[0], f"coalesce({', '.join(country)})"]
    return f"{function}({', '.join(arguments)})"
