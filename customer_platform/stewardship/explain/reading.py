"""Reads what an explanation needs from the warehouse: few rows, by name."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from customer_platform.identity import key_sql
from customer_platform.identity.rules import MatchRule, ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.model import (
    KeyValue,
    RecordName,
)
from customer_platform.stewardship.explain.sharing import (
    HITS,
    MEMBERS,
    count_people_of,
    count_sharing,
)
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_WANTED = "explain_wanted"


@dataclass(frozen=True)
class Member:
    """A row of the map."""

    name: RecordName
    customer_id: str
    rule: str | None
    linked_to: RecordName | None
    valid_from: datetime | None
    reason: str | None


@dataclass
class KeyedMembers:
    """The values of some records, and who shares them.

    Attributes:
        values: Per record, the value of every match key that rules use.
        hashes: Per record, one hash per rule, None where a key has no value.
        sharing: Per position of a rule and hash, how many of all records have it; only for
            hashes that two or more of the wanted records have.
        people: Of those that too many people share to link by, how many different names the
            records have.
    """

    values: dict[RecordName, dict[str, str | None]] = field(default_factory=dict)
    hashes: dict[RecordName, tuple[int | None, ...]] = field(default_factory=dict)
    sharing: dict[tuple[int, int], int] = field(default_factory=dict)
    people: dict[tuple[int, int], int] = field(default_factory=dict)

    def sharing_of(self, name: RecordName, number: int) -> int:
        """How many of all records have a record's values of a rule; 1 where no other is known."""
        value = self.hashes[name][number]
        return 1 if value is None else self.sharing.get((number, value), 1)

    def people_of(self, name: RecordName, number: int) -> int | None:
        """How many names share a record's values of a rule, when those are too many to link."""
        value = self.hashes[name][number]
        return None if value is None else self.people.get((number, value))

    def are_linking(self, rule: MatchRule, name: RecordName, number: int) -> bool:
        """Whether few enough records and people have a record's values of a rule to link them."""
        most = rule.max_records_per_value
        few = most is None or self.sharing_of(name, number) <= most
        return few and self.people_of(name, number) is None


def columns(connection: "DuckDBPyConnection", table: str) -> list[str]:
    """Names of a table's columns, in lower case."""
    described = connection.execute(f"describe {table}").fetchall()
    return [str(row[0]).lower() for row in described]


def read_members(store: IdentityStore, customer_ids: Sequence[str]) -> list[Member]:
    """The map's rows of some customers, by source and record id."""
    there = columns(store.connection, store.quoted.customer_id_map)
    rows = store.rows(
        "stewardship/members",
        {"customer_ids": list(customer_ids)},
        reason="reason" if "reason" in there else "null",
    )
    return [
        Member(
            name=RecordName(row[0], row[1]),
            customer_id=row[2],
            rule=row[3],
            linked_to=RecordName(row[4], row[5]) if row[5] is not None else None,
            valid_from=row[6],
            reason=row[7],
        )
        for row in rows
    ]


def read_values(store: IdentityStore, names: Sequence[RecordName]) -> KeyedMembers:
    """Reads the match keys of some records and counts who else has the values they share.

    The records are filtered before their keys are normalised; the count then needs one pass over
    all of them, and is left out when no two of the wanted records share a value. Evidence that is
    published has an index of the values, which makes the pass unnecessary.

    Args:
        store: The records and the rules. Temporary tables are made and dropped.
        names: The wanted records.
    """
    hashes = [f"hash_{number}" for number in range(len(store.rules.match_rules))]
    key_sql.create_functions(store.connection, store.rules)
    with _temporary_tables(store.connection):
        store.connection.execute(
            f"create or replace temp table {_WANTED} as "
            f"select unnest($1::varchar[]) as of_source, unnest($2::varchar[]) as of_record",
            [[name.source for name in names], [name.record_id for name in names]],
        )
        record_id = f"cast({sql.identifier(store.rules.record_id)} as varchar)"
        # By numbers first: other columns are read of those rows alone.
        numbers = sql.listed({name.record_id for name in names}) or "null"
        wanted = (
            f"select * from (select * from {sql.relation(store.records)} "
            f"where {record_id} in ({numbers})) semi join {_WANTED} "
            f"on {record_id} = of_record and {key_sql.source_value(store.rules)} = of_source"
        )
        store.connection.execute(
            f"create or replace temp table {MEMBERS} as select *, {_hashes(store.rules)} "
            f"from ({key_sql.keyed_records(wanted, store.rules)})"
        )
        found = _fetch_members(store, hashes)
        shared = _shared_hashes(store.connection, hashes)
        if shared:
            found.sharing.update(count_sharing(store, shared))
            found.people.update(count_people_of(store, shared))
    return found


def ordered(left: RecordName, right: RecordName) -> tuple[RecordName, RecordName]:
    """The two names in their order."""
    return (left, right) if left <= right else (right, left)


@contextmanager
def _temporary_tables(connection: "DuckDBPyConnection") -> Iterator[None]:
    try:
        yield
    finally:
        for table in (_WANTED, MEMBERS, HITS):
            connection.execute(f"drop table if exists temp.{table}")


def _hashes(rules: ResolutionRules) -> str:
    return ", ".join(
        f"{_value_hash(rule)} as hash_{number}" for number, rule in enumerate(rules.match_rules)
    )


def _value_hash(rule: MatchRule) -> str:
    """What records that a rule matches have in common; nothing by a similar rule."""
    return "cast(null as ubigint)" if rule.similar else key_sql.rule_hash(rule)


def _fetch_members(store: IdentityStore, hashes: Sequence[str]) -> KeyedMembers:
    keys = ordered_keys(store.rules)
    found = KeyedMembers()
    names = ", ".join([*(key_sql.key_column(key) for key in keys), *hashes])
    for row in store.connection.execute(
        f"select source, record_id, {names} from temp.{MEMBERS}"
    ).fetchall():
        name = RecordName(row[0], row[1])
        found.values[name] = dict(zip(keys, row[2 : 2 + len(keys)], strict=True))
        found.hashes[name] = tuple(row[2 + len(keys) :])
    return found


def ordered_keys(rules: ResolutionRules) -> list[str]:
    """The match keys that the rules use, in the order of the rules' YAML."""
    used = key_sql.used_keys(rules)
    return [key for key in rules.match_keys if key in used]


def _shared_hashes(connection: "DuckDBPyConnection", hashes: Sequence[str]) -> list[int]:
    """Positions of the rules by which two or more of the wanted records match."""
    counts = ", ".join(f"count({column}) - count(distinct {column})" for column in hashes)
    row = connection.execute(f"select {counts} from temp.{MEMBERS}").fetchall()[0]
    return [number for number, repeated in enumerate(row) if repeated]


def key_value(keyed: KeyedMembers, rules: ResolutionRules, name: RecordName, key: str) -> KeyValue:
    """A match key of a record; its value is None when the record isn't there any more."""
    value = keyed.values.get(name, {}).get(key)
    return KeyValue(key, rules.match_keys[key].column, value)
