"""The stages of one distributed resolution, in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from customer_platform.identity.distributed import checks, kept_shard, map_shard, shared_values
from customer_platform.identity.distributed.cluster import Cluster, kept, run
from customer_platform.identity.distributed.components import find_components
from customer_platform.identity.distributed.graph import all_links, all_values, shard_rows
from customer_platform.identity.distributed.model import Given, Resolved, Sizes
from customer_platform.identity.distributed.over_shared import (
    SharedValue,
    described,
    excluded_by_rule,
    found_values,
    of_shards,
    with_people,
)
from customer_platform.identity.distributed.reading import Read, read_all
from customer_platform.identity.distributed.shard import KeptRun, ShardJob
from customer_platform.identity.distributed.spreading import in_shards, pack, refuse_large
from customer_platform.identity.keeping.write import cause_of_run
from customer_platform.identity.resolve import Clock

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_VALUES_PER_TASK = 2_000_000


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
            read = read_all(self.given)
            self.cluster.shuffle_into(self.cluster.partitions(read.count, _VALUES_PER_TASK))
        with self.clock.phase("link", 0.3):
            caps = shared_values.caps_of(rules, self.sizes.crowd_records)
            partitions = self.cluster.partitions(read.count * len(caps), _VALUES_PER_TASK)
            shared = kept(
                shared_values.shared_values(all_values(self.given, read), caps, partitions)
            )
            found, fine = with_people(read.records, rules, found_values(shared))
            expected = checks.expected_sums(shared, fine)
            links = all_links(self.given, read, shared, fine)
        with self.clock.phase("components", 0.5):
            components = find_components(
                self.cluster, links, expected.links, links_per_task=self.sizes.links_per_task
            )
            shards = pack(self.cluster, components, read.count, self.sizes.shard_records)
            refuse_large(
                read.records, self.given, components.labels, shards, self.sizes.component_records
            )
        self.cluster.shuffle_into(shards.spread)
        spread = in_shards(shard_rows(self.given, read), components.labels, shards)
        taken: dict[str, int | None] = {}
        while True:
            with self.clock.phase("resolve", 0.65):
                result = kept(self._resolved_shards(spread, read, found, taken))
                counts = checks.counts_of(result, rules)
            with self.clock.phase("check", 0.85):
                checks.check_sums(expected, counts, rules, read.count)
                clashes = checks.clashing_ids(result, self.given, read)
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

    def _resolved_shards(
        self,
        rows: "DataFrame",
        read: Read,
        found: Sequence[SharedValue],
        taken: Mapping[str, int | None],
    ) -> "DataFrame":
        given = self.given
        job = ShardJob(
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
            has_previous=given.has_previous,
            kept=self._kept_run(read),
            taken=taken,
        )
        if job.kept is None:
            return run(rows, map_shard.resolved_shards(job), map_shard.RESULT)
        return run(rows, kept_shard.kept_shards(job), kept_shard.result_columns(given.rules))

    def _kept_run(self, read: Read) -> KeptRun | None:
        before = self.given.kept
        if before is None:
            return None
        gone = deleted = 0
        if read.previous is not None:
            was = read.previous.select("node", "source", "record_id", "record_hash")
            now = read.records.selectExpr(
                "node", "source", "record_id", "record_hash as hash_now"
            ).hint("shuffle_hash")
            both = was.join(now, ["node", "source", "record_id"], "left")
            [(gone, deleted)] = (
                both.where("not (record_hash <=> hash_now)")
                .selectExpr("count(*)", "count_if(hash_now is null)")
                .collect()
            )
        return KeptRun(before.rules_changed, cause_of_run(gone, deleted), before.changed_overrides)
