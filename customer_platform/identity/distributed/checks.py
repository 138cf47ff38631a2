"""What has to hold of a distributed result, and what no shard can see for itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from customer_platform.errors import ClusterError, PreviousMapError
from customer_platform.identity.distributed import shard, shared_values
from customer_platform.identity.distributed.cluster import run
from customer_platform.identity.distributed.model import REGISTRY_COLUMNS, RETIRED_COLUMNS, Given
from customer_platform.identity.distributed.over_shared import SharedValue
from customer_platform.identity.distributed.packing import unpacked
from customer_platform.identity.distributed.reading import Read
from customer_platform.identity.distributed.staging import nodes_of
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.staging import duplicates_error

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Sums:
    """What the values of all records say, before these are spread over shards.

    Attributes:
        links: Links to contract.
        pairs: By the position of a rule, the pairs of records that share a value which links; with
            that of customer IDs behind the rules.
    """

    links: int
    pairs: Mapping[int, int]


def expected_sums(shared: "DataFrame", fine: Sequence[SharedValue]) -> Sums:
    """Adds up what `shared_values` gives, and the crowds that may link."""
    links, pairs = 0, {}
    summed = shared.selectExpr("kind", "rule", "cast(b as decimal(38, 0)) as pairs")
    rows = summed.groupBy("kind", "rule").agg({"*": "count", "pairs": "sum"}).collect()
    for row in rows:
        if row.kind == shared_values.LINK:
            links += row["count(1)"]
        elif row.kind == shared_values.SUMS:
            pairs[row.rule] = int(row["sum(pairs)"])
    for value in fine:
        many = value.records * (value.records - 1) // 2
        pairs[value.rule] = pairs.get(value.rule, 0) + many
        links += value.records
    return Sums(links, pairs)


def counts_of(result: "DataFrame", rules: ResolutionRules) -> list[dict[str, Any]]:
    """What each shard has counted.

    Raises:
        RecordsError: A record is given more than once.
        PreviousMapError: A record is in the previous map more than once.
    """
    parts = (shard.COUNTS, shard.REPEATED, shard.REPEATED_BEFORE)
    named = ", ".join(f"'{part}'" for part in parts)
    found = result.where(f"part in ({named})")
    if repeated := _repeated(found, shard.REPEATED):
        raise duplicates_error(rules, repeated)
    if repeated := _repeated(found, shard.REPEATED_BEFORE):
        listed = ", ".join(
            f"{source}:{record_id}" if source else record_id
            for source, record_id, _ in repeated[:5]
        )
        raise PreviousMapError(
            f"the previous map has records more than once: {listed}",
            [(source, record_id) for source, record_id, _ in repeated[:5]],
        )
    packed = found.where(f"part = '{shard.COUNTS}'").select("packed").collect()
    return [json.loads(row.packed) for row in packed]


def _repeated(found: "DataFrame", part: str) -> list[tuple[str, str, int]]:
    rows = run(
        found.where(f"part = '{part}'").select("packed"),
        unpacked,
        "source string, record_id string, records bigint",
    ).collect()
    return sorted(tuple(row) for row in rows)


def check_sums(
    expected: Sums, counts: Sequence[Mapping[str, Any]], rules: ResolutionRules, records: int
) -> None:
    """Checks that no record was lost, and that all that share a value came to one shard.

    A value whose records lie in two shards has fewer pairs in these than it has in all, so the sums
    are equal only where no link leads from one shard to another.

    Raises:
        ClusterError: It doesn't hold; nothing was written.
    """
    there = sum(each["records"] for each in counts)
    if there != records:
        raise ClusterError(
            f"{records:,} records were read and {there:,} resolved: Spark has lost or repeated "
            "some; nothing was written, run it again"
        )
    numbers = {rule.name: number for number, rule in enumerate(rules.match_rules)}
    found = {number: 0 for number in range(len(rules.match_rules) + 1)}
    for each in counts:
        for number, (_, _, pairs, _) in enumerate(each["rules"]):
            if not rules.match_rules[number].similar:
                found[number] += pairs
        for name, _, sharing, *_ in each["over_shared"]:
            found[numbers[name]] += sharing * (sharing - 1) // 2
        found[len(numbers)] += each["id_pairs"]
    for number, pairs in found.items():
        if expected.pairs.get(number, 0) != pairs:
            name = rules.match_rules[number].name if number < len(numbers) else "customer IDs"
            raise ClusterError(
                f"of {expected.pairs.get(number, 0):,} pairs by {name}, {pairs:,} came to one "
                "shard: Spark has lost or repeated links; nothing was written, run it again"
            )


def clashing_ids(result: "DataFrame", given: Given, read: Read) -> dict[str, int | None]:
    """Customer IDs that two customers have, or that a retired ID is.

    Returns:
        By ID, the node of the record whose customer may have it; None where no new one may.
    """
    record_id = "source_record_id" if given.kept is not None else "record_id"
    roots = result.where(f"part = '{shard.MAP}' and linked_by_rule is null").selectExpr(
        "customer_id", "coalesce(source, '') as source", f"{record_id} as record_id"
    )
    ids = roots.select("customer_id")
    for part, columns in (
        (shard.RETIRED, RETIRED_COLUMNS),
        # All IDs ever issued, those of the roots among them.
        (shard.REGISTRY, REGISTRY_COLUMNS),
    ):
        if given.has_previous and (part == shard.REGISTRY) == (given.kept is not None):
            packed = result.where(f"part = '{part}'").select("packed")
            others = run(packed, unpacked, columns).select("customer_id")
            ids = others if part == shard.REGISTRY else ids.unionAll(others)
    # By a number: half the bytes of an ID.
    hashed = ids.selectExpr("xxhash64(customer_id) as id").groupBy("id").count().where("count > 1")
    numbers = [row.id for row in hashed.select("id").collect()]
    if not numbers:
        return {}
    listed = ", ".join(map(str, numbers))
    suspects = roots.where(f"xxhash64(customer_id) in ({listed})")
    held = suspects.select("customer_id", "source", "record_id").collect()
    names = [row.customer_id for row in held]
    before: set[str] = set()
    for frame in (read.previous, read.issued):
        if frame is not None:
            some = frame.where(frame["customer_id"].isin(names)).select("customer_id").distinct()
            before |= {row.customer_id for row in some.collect()}
    nodes = nodes_of((row.source, row.record_id) for row in held)
    clashes: dict[str, int | None] = {}
    for row in held:
        if row.customer_id in before:
            clashes[row.customer_id] = None
        elif names.count(row.customer_id) > 1:
            node = nodes[row.source, row.record_id]
            clashes[row.customer_id] = min(clashes.get(row.customer_id) or node, node)
    return {name: node for name, node in clashes.items() if node is None or names.count(name) > 1}
