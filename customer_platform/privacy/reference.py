"""References: pairs of columns that name a record, its source and its number there."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp, parse_one

from customer_platform.declarations import Entity
from customer_platform.privacy.people import PersonRecord, records_of
from customer_platform.warehouse.sql import identifier

# What identifies facts, in staging views and in masters.
KEYS_OF_FACTS = ("event_id", "transaction_id")

# Stands for the table in the query of its rows; regular expressions in it may have braces, too.
RELATION = "{relation}"


@dataclass(frozen=True)
class Reference:
    """What names a record in a row.

    Attributes:
        source: SQL of its source.
        number: SQL of its number there.
        columns: The columns that the number is made of.
        made_of: The columns that source and number are made of.
        entities: By source, the entity that the record is of.
        owner: The entity whose record the row itself is; None where it only refers to one.
    """

    source: str
    number: str
    columns: frozenset[str]
    made_of: frozenset[str]
    entities: Mapping[str, str] = field(hash=False)
    owner: str | None = None

    def among(
        self, entities: Mapping[str, Entity], records: Iterable[PersonRecord]
    ) -> list[tuple[str, str]]:
        """Source and number of those records that this may name."""
        records = list(records)
        return sorted(
            {
                pair
                for name in set(self.entities.values())
                for pair in records_of(entities, name, records)
                if self.entities.get(pair[0]) == name
            }
        )


@dataclass(frozen=True)
class RawTraces:
    """Where a raw table names persons.

    Attributes:
        references: The records that its rows name.
        visitors: SQL of the visitor that a row is of, and the columns it is made of.
        keys: By name of a key of facts, as `event_id`, SQL of it.
        delivers_facts: Whether rows are facts, which stay without the person.
    """

    references: tuple[Reference, ...] = ()
    visitors: tuple[tuple[str, frozenset[str]], ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    delivers_facts: bool = False


def columns_in(*expressions: str) -> frozenset[str]:
    """The columns that SQL reads, those of conditions included.

    Args:
        expressions: SQL over the columns of one table.
    """
    return frozenset(
        column.name
        for expression in expressions
        for column in parse_one(expression, dialect="duckdb").find_all(exp.Column)
    )


def distinct_rows(relation: str, columns: Collection[str]) -> str:
    """Query of the different rows that a relation has in some columns.

    What traced columns are made of often costs more than to tell rows apart, of which millions of
    events have few.
    """
    named = ", ".join(map(identifier, sorted(columns))) or "0"
    return f"select distinct {named} from {relation}"


def rows_where(columns: frozenset[str], condition: str) -> str:
    """The query of the rows for which a condition on some columns holds."""
    mine = f"select * from ({distinct_rows(RELATION, columns)}) where {condition}"
    same = " and ".join(
        f"one.{identifier(each)} is not distinct from mine.{identifier(each)}"
        for each in sorted(columns)
    )
    return f"select one.rowid from {RELATION} as one semi join ({mine}) as mine on {same or 'true'}"
