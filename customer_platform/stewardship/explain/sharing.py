"""Counts who shares the values of a few records: by one pass over all, or by an index."""

from collections.abc import Mapping, Sequence

from customer_platform.identity import key_sql
from customer_platform.identity.store import IdentityStore
from customer_platform.publishing.search_index import SEARCH, has_keys
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import one_chunk

# Temporary tables: the wanted records with their hashes, and all records that have one of those.
MEMBERS = "explain_members"
HITS = "explain_hits"

# From so many values on, reading all keys is quicker than planning a query for each.
_MANY = 100


def count_sharing(store: IdentityStore, shared: Sequence[int]) -> Mapping[tuple[int, int], int]:
    """How many of all records have the values that several of the wanted records have.

    Args:
        store: The records and the rules; `MEMBERS` is there, and `HITS` is made.
        shared: Positions of the rules by which wanted records match.

    Returns:
        By position of a rule and hash.
    """

    def repeated(number: int) -> str:
        return (
            f"(select hash_{number} from temp.{MEMBERS} where hash_{number} is not null "
            f"group by hash_{number} having count(*) > 1)"
        )

    wanted = " or ".join(f"hash_{number} in {repeated(number)}" for number in shared)
    persons = [key_sql.key_column(key) for key in store.rules.people]
    kept = ", ".join([*(f"hash_{number}" for number in shared), *persons])
    hashed = ", ".join(
        [
            *(
                f"{key_sql.rule_hash(store.rules.match_rules[number])} as hash_{number}"
                for number in shared
            ),
            *persons,
        ]
    )
    if has_keys(store.connection, store.tables.entity, store.rules):
        _hits_of_index(store, shared)
    else:
        # One pass for all rules: a pass normalises every key of every record.
        store.connection.execute(
            f"create or replace temp table {HITS} as select {kept} "
            f"from (select {hashed} from ({key_sql.keyed_records(store.records, store.rules)})) "
            f"where {wanted}"
        )
    counts = " union all ".join(
        f"select {number}, hash_{number}, count(*) from temp.{HITS} "
        f"where hash_{number} in {repeated(number)} group by all"
        for number in shared
    )
    return {(row[0], row[1]): row[2] for row in store.connection.execute(counts).fetchall()}


def _hits_of_index(store: IdentityStore, shared: Sequence[int]) -> None:
    """Finds who has the values of the wanted records by the index that evidence has."""
    connection = store.connection
    values: set[int] = set()
    for number in shared:
        rows = connection.execute(
            f"select hash_{number} from temp.{MEMBERS} where hash_{number} is not null "
            f"group by hash_{number} having count(*) > 1"
        ).fetchall()
        values |= {value for (value,) in rows}
    mine = f"select number from {SEARCH}.keys where entity = $entity and value"
    if len(values) > _MANY:
        found = f"{mine} in ({', '.join(map(str, values))})"
    else:
        # A condition each: of several values, DuckDB reads all that lie between them.
        found = " union all ".join(f"{mine} = {value}" for value in sorted(values))
    numbers = {
        row[0] for row in connection.execute(found, {"entity": store.tables.entity}).fetchall()
    }
    owners = connection.execute(
        f"select id from {SEARCH}.owners where number in ({', '.join(map(str, sorted(numbers)))})"
    ).fetchall()
    hashes = [f"rule_{number} as hash_{number}" for number in shared]
    persons = [
        f"person_{position} as {key_sql.key_column(key)}"
        for position, key in enumerate(store.rules.people)
    ]
    connection.execute(
        f"create or replace temp table {HITS} as select {', '.join([*hashes, *persons])} "
        f"from {store.quoted.resolution_state} "
        f"where customer_id in ({sql.listed(owner for (owner,) in owners)})"
    )


def count_people_of(store: IdentityStore, shared: Sequence[int]) -> Mapping[tuple[int, int], int]:
    """Of the values that too many people share, the names; after `_count_sharing`."""
    from customer_platform.identity.matching.links import count_people

    found: dict[tuple[int, int], int] = {}
    names = [key_sql.key_column(key) for key in store.rules.people]
    for number in shared:
        most = store.rules.match_rules[number].max_people_per_value
        if most is None:
            continue
        hits = store.connection.sql(
            f"select hash_{number} as value, {', '.join(names)} from temp.{HITS} "
            f"where hash_{number} is not null"
        ).to_arrow_table()
        people = count_people(
            hits["value"].to_numpy(),
            [one_chunk(hits, f"key {key}") for key in store.rules.people],
            most,
        )
        for value, count in zip(
            people.values[people.too_many], people.people[people.too_many], strict=True
        ):
            found[number, int(value)] = int(count)
    return found
