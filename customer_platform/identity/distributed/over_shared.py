"""Values that too many records or people share: who shares them, and what they are."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from customer_platform.identity import key_sql
from customer_platform.identity.distributed import shared_values
from customer_platform.identity.distributed.cluster import run
from customer_platform.identity.distributed.staging import GIVEN, pieces, worker_connection
from customer_platform.identity.matching.links import OverSharedValue, count_people
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.staging import person_columns
from customer_platform.warehouse.duckdb import one_chunk

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from customer_platform.identity.distributed.cluster import Worker

# No column of records is called so.
_WANTED = "resolution_wanted_id"


@dataclass(frozen=True)
class SharedValue:
    """A value that many share.

    Attributes:
        rule: Position of the rule.
        value: Its hash.
        records: Records that share it.
        node: The smallest node of these.
        is_crowd: Whether the names of its people decide if it links.
        people: Different names of these records; None where no key names a person.
    """

    rule: int
    value: int
    records: int
    node: int
    is_crowd: bool
    people: int | None = None


def found_values(shared: "DataFrame") -> list[SharedValue]:
    """The over-shared values and crowds in what `shared_values` gives."""
    rows = shared.where(f"kind in ({shared_values.OVER_SHARED}, {shared_values.CROWD})").collect()
    return [
        SharedValue(row.rule, row.a, row.b, row.c, row.kind == shared_values.CROWD) for row in rows
    ]


def with_people(
    records: "DataFrame", rules: ResolutionRules, found: Sequence[SharedValue]
) -> tuple[list[SharedValue], list[SharedValue]]:
    """Counts the people of values.

    Args:
        records: As staged.
        rules: The rules.
        found: Values that many share.

    Returns:
        The values that too many records or people share, and the crowds that may link.
    """
    if not rules.people or not found:
        return list(found), []
    persons = person_columns(rules)
    names = None
    for number, values in by_rule(found).items():
        # Each name once, however many records have it.
        some = joined_to(records, number, values).select("rule", "value", *persons).distinct()
        names = some if names is None else names.unionAll(some)
    assert names is not None
    most = [rule.max_people_per_value for rule in rules.match_rules]
    counted = run(
        names.repartition("rule", "value"),
        _count(most, persons),
        "rule smallint, value bigint, people bigint, too_many boolean",
    )
    said = {(row.rule, row.value): row for row in counted.collect()}
    over: list[SharedValue] = []
    fine: list[SharedValue] = []
    for value in found:
        row = said[value.rule, value.value]
        is_fine = value.is_crowd and not row.too_many
        (fine if is_fine else over).append(replace(value, people=row.people))
    return over, fine


def _count(most: Sequence[int | None], persons: Sequence[str]) -> "Worker":
    def count(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa
        import pyarrow.compute as pc

        for table in pieces(batches, np.iinfo(np.int64).max):
            for rule in pc.unique(table["rule"]).to_pylist():
                mine = table.filter(pc.equal(table["rule"], rule))
                shared = count_people(
                    mine["value"].to_numpy().view(np.uint64),
                    [one_chunk(mine, name) for name in persons],
                    most[rule],
                )
                size = len(shared.values)
                yield pa.RecordBatch.from_pydict(
                    {
                        "rule": pa.array(np.full(size, rule, dtype=np.int16)),
                        "value": pa.array(shared.values.view(np.int64)),
                        "people": pa.array(shared.people),
                        "too_many": pa.array(shared.too_many),
                    }
                )

    return count


def by_rule(values: Sequence[SharedValue]) -> dict[int, list[SharedValue]]:
    """Values by the position of their rule."""
    found: dict[int, list[SharedValue]] = defaultdict(list)
    for value in values:
        found[value.rule].append(value)
    return dict(found)


def joined_to(records: "DataFrame", number: int, values: Sequence[SharedValue]) -> "DataFrame":
    """The staged records that have some of a rule's values; also rule, value, and first_node."""
    from pyspark.sql import functions as f

    rows = [(number, each.value, each.node) for each in values]
    few = records.sparkSession.createDataFrame(
        rows, "rule smallint, value bigint, first_node bigint"
    )
    return records.join(f.broadcast(few), records[f"rule_{number}"] == few["value"])


def excluded_by_rule(values: Sequence[SharedValue]) -> dict[int, npt.NDArray[np.uint64]]:
    """The hashes of values, in order, by the position of their rule."""
    return {
        number: np.sort(np.array([each.value for each in some], dtype=np.int64).view(np.uint64))
        for number, some in by_rule(values).items()
    }


def described(
    given: "DataFrame", records: "DataFrame", rules: ResolutionRules, found: Sequence[SharedValue]
) -> list[OverSharedValue]:
    """Over-shared values with their text, most shared first within a rule.

    Args:
        given: The records as they were given, of which those few are read again.
        records: As staged.
        rules: The rules.
        found: Values that too many share.
    """
    texts = value_texts(given, records, rules, found)
    described: list[OverSharedValue] = []
    for number, values in sorted(by_rule(found).items()):
        described += sorted(
            (
                OverSharedValue(
                    rules.match_rules[number].name,
                    texts.get((number, each.value)),
                    each.value % (1 << 64),
                    each.records,
                    each.people,
                )
                for each in values
            ),
            key=lambda value: (-value.records, value.value or ""),
        )
    return described


def value_texts(
    given: "DataFrame", records: "DataFrame", rules: ResolutionRules, found: Sequence[SharedValue]
) -> dict[tuple[int, int], str]:
    """By the position of a rule and the hash of its value, the value as text."""
    from pyspark.sql import functions as f

    if not found:
        return {}
    session = records.sparkSession
    nodes = session.createDataFrame(
        [(node,) for node in {each.node for each in found}], "node bigint"
    )
    named = records.select("node", "source", "record_id").join(f.broadcast(nodes), "node").collect()
    names = {(row.source, row.record_id): row.node for row in named}
    wanted = session.createDataFrame(
        [(each,) for each in {row.record_id for row in named}], f"{_WANTED} string"
    )
    id_column = f.col(f"`{rules.record_id}`").cast("string")
    numbers = sorted({each.rule for each in found})
    keys = {key for number in numbers for key in rules.match_rules[number].match}
    columns = {rules.record_id, rules.source, *(rules.match_keys[key].column for key in keys)}
    read = given.select(*[f"`{name}`" for name in sorted(filter(None, columns))])
    few = read.join(f.broadcast(wanted), id_column == f.col(_WANTED), "left_semi")
    values = ", ".join(f"rule_{number} string" for number in numbers)
    texts = run(
        few, _texts(rules, numbers, keys), f"source string, record_id string, {values}"
    ).collect()
    by_node = {
        names[row.source, row.record_id]: row
        for row in texts
        if (row.source, row.record_id) in names
    }
    return {
        (each.rule, each.value): by_node[each.node][f"rule_{each.rule}"]
        for each in found
        if each.node in by_node
    }


def _texts(rules: ResolutionRules, numbers: Sequence[int], keys: Collection[str]) -> "Worker":
    def texts(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        values = ", ".join(
            f"concat_ws(' + ', {shown}) as rule_{number}"
            for number in numbers
            for shown in (", ".join(map(key_sql.key_column, rules.match_rules[number].match)),)
        )
        with worker_connection() as connection:
            key_sql.create_functions(connection, rules)
            for table in pieces(batches):
                connection.register(GIVEN, table)
                yield from (
                    connection.sql(
                        f"select source, record_id, {values} "
                        f"from ({key_sql.keyed_records(GIVEN, rules, keys)})"
                    )
                    .to_arrow_table()
                    .to_batches()
                )
                connection.unregister(GIVEN)

    return texts


def signed_number(hash_: int) -> int:
    """A hash as Spark writes it, which knows no unsigned numbers."""
    return hash_ - (1 << 64) if hash_ >= 1 << 63 else hash_


def of_shards(counts: Sequence[Mapping[str, Any]], rules: ResolutionRules) -> list[SharedValue]:
    """The values that the shards themselves found to be shared by too many people."""
    numbers = {rule.name: number for number, rule in enumerate(rules.match_rules)}
    return [
        SharedValue(
            numbers[rule], signed_number(value), records, signed_number(node), False, people
        )
        for each in counts
        for rule, value, records, people, node in each["over_shared"]
    ]
