"""The stages of one distributed resolution, in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING

from customer_platform.identity.distributed import checks, engine, shared_values
from customer_platform.identity.distributed.cluster import Cluster, kept, run
from customer_platform.identity.distributed.components import find_components
from customer_platform.identity.distributed.model import Given, Resolved, Sizes
from customer_platform.identity.distributed.over_shared import (
    SharedValue,
    by_rule,
    described,
    excluded_by_rule,
    found_values,
    joined_to,
    of_shards,
    signed_number,
    with_people,
)
from customer_platform.identity.distributed.shards import in_shards, pack, refuse_large
from customer_platform.identity.distributed.staging import (
    nodes_of,
    staged,
    staged_columns,
    staged_issued,
    staged_previous,
    with_values,
)
from customer_platform.identity.overrides import SAME
from customer_platform.identity.resolve import Clock
from customer_platform.identity.staging import refuse_missing
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_VALUES_PER_TASK = 2_000_000


@dataclass(frozen=True)
class _Read:
    """What was given, as staged.

    Attributes:
        records: See `staged`.
        count: How many there are.
        previous: See `staged_previous`.
        issued: See `staged_issued`.
        skipped: Rows that are no records.
    """

    records: "DataFrame"
    count: int
    previous: "DataFrame | None"
    issued: "DataFrame | None"
    skipped: int


@dataclass(frozen=True)
class Job:
    """One resolution.

    Attributes:
        cluster: The cluster.
        given: What is resolved.
        moment: The time of the run, UTC.
        sizes: How the work is cut.
        clock: Times the phases.
    """

    cluster: Cluster
    given: Given
    moment: datetime
    sizes: Sizes
    clock: Clock

    def resolved(self) -> Resolved:
        """Runs all stages."""
        rules = self.given.rules
        with self.clock.phase("read", 0.0):
            read = self._read()
            self.cluster.shuffle_into(self.cluster.partitions(read.count, _VALUES_PER_TASK))
        with self.clock.phase("link", 0.3):
            caps = shared_values.caps_of(rules, self.sizes.crowd_records)
            partitions = self.cluster.partitions(read.count * len(caps), _VALUES_PER_TASK)
            shared = kept(shared_values.shared_values(self._values(read), caps, partitions))
            found, fine = with_people(read.records, rules, found_values(shared))
            expected = checks.expected_sums(shared, fine)
            links = self._links(read, shared, fine)
        with self.clock.phase("components", 0.5):
            components = find_components(
                self.cluster, links, expected.links, links_per_task=self.sizes.links_per_task
            )
            shards = pack(self.cluster, components, read.count, self.sizes.shard_records)
            refuse_large(
                read.records, self.given, components.labels, shards, self.sizes.component_records
            )
        self.cluster.shuffle_into(shards.spread)
        spread = in_shards(self._rows(read), components.labels, shards)
        taken: dict[str, int | None] = {}
        while True:
            with self.clock.phase("resolve", 0.65):
                job = self._shard_job(found, taken)
                result = kept(run(spread, engine.resolved_shards(job), engine.RESULT))
                counts = checks.counts_of(result, rules)
            with self.clock.phase("check", 0.85):
                checks.check_sums(expected, counts, rules, read.count)
                clashes = checks.clashing_ids(result, read.previous, read.issued)
            if not clashes:
                break
            # Nearly never, as an ID has 80 bits.
            taken |= clashes
        with self.clock.phase("describe", 0.9):
            every = [*found, *of_shards(counts, rules)]
            over_shared = described(self.given.records, read.records, rules, every)
        return Resolved(
            rules,
            result,
            counts,
            over_shared,
            self.clock.seconds,
            components.rounds,
            read.skipped,
        )

    def _read(self) -> _Read:
        given = self.given
        records, count, unnamed = self._staged(given.records)
        skipped = 0
        if any(unnamed) and given.skips_empty:
            before = count
            records, count, unnamed = self._staged(with_values(given.records))
            skipped = before - count
        refuse_missing(given.rules, *unnamed)
        # Without a map, what was issued is of no concern, as in one process.
        issued = given.issued if given.previous is not None else None
        return _Read(
            records,
            count,
            kept(staged_previous(given.previous)) if given.previous is not None else None,
            kept(staged_issued(issued)) if issued is not None else None,
            skipped,
        )

    def _staged(self, given: "DataFrame") -> tuple["DataFrame", int, tuple[int, int]]:
        """Records as staged, how many there are, and how many have no id and no source."""
        entity = self.given.entity if self.given.previous is not None else None
        records = kept(staged(given, self.given.rules, with_first_id=entity))
        [(count, ids, sources)] = records.selectExpr(
            "count(*)", "count(record_id)", "count(source)"
        ).collect()
        return records, count, (count - ids, count - sources)

    def _values(self, read: _Read) -> "DataFrame":
        """All values of all rules; behind the rules, customer IDs and who had them."""
        number = len(self.given.rules.match_rules)
        values = shared_values.values_of(read.records, self.given.rules)
        if read.previous is not None:
            for frame in (read.previous, read.issued, read.records):
                if frame is not None:
                    ids = frame.selectExpr(f"cast({number} as smallint)", "id_hash", "node")
                    values = values.unionAll(ids)
        return values

    def _links(self, read: _Read, shared: "DataFrame", fine: Sequence[SharedValue]) -> "DataFrame":
        """Links of a larger node to a smaller one, and every node that one is linked to."""
        given, session = self.given, self.cluster.session
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

    def _rows(self, read: _Read) -> "DataFrame":
        """What comes to a shard: records, what they had, IDs issued, and similar pairs."""
        given = self.given
        names = [name for name, _ in staged_columns(given.rules, read.previous is not None)]
        rows = read.records.selectExpr(f"cast({engine.RECORD} as tinyint) as what", *names)
        parts = [(engine.PREVIOUS, read.previous), (engine.ISSUED, read.issued)]
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
            parts.append((engine.PAIR, pairs))
        for what, frame in parts:
            if frame is not None:
                typed = frame.selectExpr(f"cast({what} as tinyint) as what", *frame.columns)
                rows = rows.unionByName(typed, allowMissingColumns=True)
        return rows

    def _shard_job(
        self, found: Sequence[SharedValue], taken: Mapping[str, int | None]
    ) -> engine.ShardJob:
        given = self.given
        return engine.ShardJob(
            rules=given.rules,
            overrides=given.overrides,
            excluded=excluded_by_rule(found),
            thresholds={
                number: given.thresholds[rule.name]
                for number, rule in enumerate(given.rules.match_rules)
                if rule.similar
            },
            entity=given.entity,
            moment=self.moment,
            has_previous=given.previous is not None,
            taken=taken,
        )
