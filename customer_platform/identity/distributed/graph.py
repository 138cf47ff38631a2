"""What links records, and what of them comes to a shard."""

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from customer_platform.identity.distributed import shard, shared_values
from customer_platform.identity.distributed.model import Given
from customer_platform.identity.distributed.over_shared import (
    SharedValue,
    by_rule,
    joined_to,
    signed_number,
)
from customer_platform.identity.distributed.reading import Read
from customer_platform.identity.distributed.staging import nodes_of, staged_columns
from customer_platform.identity.overrides import SAME
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def all_values(given: Given, read: Read) -> "DataFrame":
    """All values of all rules. Behind the rules come customer IDs, and components of before."""
    number = len(given.rules.match_rules)
    values = shared_values.values_of(read.records, given.rules)
    if read.previous is not None:
        for frame in (read.previous, read.issued, read.records):
            if frame is not None:
                ids = frame.selectExpr(f"cast({number} as smallint)", "id_hash", "node")
                values = values.unionAll(ids)
        if given.kept is not None:
            # What happened to one of them is the reason of what happens to the others.
            together = read.previous.selectExpr(
                f"cast({number + 1} as smallint)", "component", "node"
            )
            values = values.unionAll(together)
    return values


def all_links(
    given: Given, read: Read, shared: "DataFrame", fine: Sequence[SharedValue]
) -> "DataFrame":
    """Links of a larger node to a smaller one, and every node that one is linked to."""
    session = read.records.sparkSession
    links = [shared.where(f"kind = {shared_values.LINK}").select("a", "b")]
    for number, values in by_rule(fine).items():
        joined = joined_to(read.records, number, values)
        links.append(joined.selectExpr("node as a", "first_node as b"))
    nodes = nodes_of(side for each in given.overrides for side in each.sides)
    stated = []
    for each in given.overrides:
        if each.kind == SAME:
            small, large = sorted(nodes[side] for side in each.sides)
            stated += [(signed_number(large), signed_number(small))]
            stated += [(signed_number(small), signed_number(small))]
    if stated:
        links.append(session.createDataFrame(stated, "a bigint, b bigint"))
    if given.pairs is not None and given.thresholds:
        linking = " or ".join(
            f"(rule = {sql.literal(name)} and probability >= {threshold!r}D)"
            for name, threshold in given.thresholds.items()
        )
        pairs = given.pairs.where(linking)
        links.append(pairs.selectExpr("other_order as a", "record_order as b"))
        links.append(pairs.selectExpr("record_order as a", "record_order as b"))
    return reduce(lambda one, other: one.unionAll(other), links)


def shard_rows(given: Given, read: Read) -> "DataFrame":
    """What comes to a shard: records, what they had, IDs issued, and similar pairs."""
    names = [
        name for name, _ in staged_columns(given.rules, given.has_previous, given.kept is not None)
    ]
    rows = read.records.selectExpr(f"cast({shard.RECORD} as tinyint) as what", *names)
    parts = [(shard.PREVIOUS, read.previous), (shard.ISSUED, read.issued)]
    if given.pairs is not None:
        numbers = " ".join(
            f"when {sql.literal(rule.name)} then {number}"
            for number, rule in enumerate(given.rules.match_rules)
        )
        pairs = given.pairs.selectExpr(
            "record_order as node",
            "other_order as other_node",
            f"cast(case rule {numbers} end as smallint) as pair_rule",
            "weight",
            "probability",
        )
        parts.append((shard.PAIR, pairs))
    for what, frame in parts:
        if frame is not None:
            typed = frame.selectExpr(f"cast({what} as tinyint) as what", *frame.columns)
            rows = rows.unionByName(typed, allowMissingColumns=True)
    return rows
