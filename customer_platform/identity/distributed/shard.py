"""One shard on a worker: its rows in a database in memory, linked by the engine as it is."""

import json
import resource
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from customer_platform.identity.distributed.staging import unsigned, worker_connection
from customer_platform.identity.linking import link_staged
from customer_platform.identity.matching.clustering import LinkedRecords
from customer_platform.identity.matching.records import NumberedPairs, StagedRecords
from customer_platform.identity.overrides import Override
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.similar.pairs import SimilarPairs, numbered
from customer_platform.identity.staging import compared_columns, ordered_inserts, person_columns
from customer_platform.identity.store import IDENTITY, IdentityStore, OutputTables

if TYPE_CHECKING:
    import pyarrow as pa

# What a row of a shard is.
RECORD, PREVIOUS, ISSUED, PAIR = 0, 1, 2, 3
SHARD = "shard_rows"

# Tables of a result, by its column `part`. The rows of the map are rows; those of others are
# packed, and few.
MAP = "map"
REFUSED = "refused_links"
RETIRED = "retired"
ENDED = "ended_memberships"
REGISTRY = "customer_id_registry"
COUNTS = "counts"
REPEATED = "repeated_records"
REPEATED_BEFORE = "repeated_in_previous"


@dataclass(frozen=True)
class KeptRun:
    """What a run that keeps its map knows of all records.

    Attributes:
        rules_changed: Whether the rules differ from those of the last run.
        of_the_run: Why records move with which nothing has happened.
        changed_overrides: Overrides that are new, or no longer there.
    """

    rules_changed: bool
    of_the_run: str
    changed_overrides: Sequence[Override]


@dataclass(frozen=True)
class ShardJob:
    """All that a worker needs to know, besides the rows.

    Attributes:
        rules: The rules.
        overrides: As `check_overrides` returns them.
        excluded: Per rule position, the values that link no one, in order.
        thresholds: Per position of a similar rule, the probability from which it links.
        entity: What the IDs are of.
        moment: The time of the run, UTC.
        has_previous: Whether there is a previous map.
        kept: What a run that keeps its map needs; None where a map is only written.
        taken: IDs that other shards have; by ID, the node of the record that founded it there,
            None where it was issued before.
    """

    rules: ResolutionRules
    overrides: Sequence[Override]
    excluded: Mapping[int, npt.NDArray[np.uint64]]
    thresholds: Mapping[int, float]
    entity: str
    moment: datetime
    has_previous: bool
    kept: KeptRun | None = None
    taken: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Shard:
    """A shard at hand.

    Attributes:
        job: What is to be done.
        store: Its connection can read the rows as `SHARD`.
        table: The rows.
    """

    job: ShardJob
    store: IdentityStore
    table: "pa.Table"

    @property
    def staging_query(self) -> str:
        """The query of the records, as they were staged."""
        names = ", ".join(compared_columns(self.job.rules))
        record_hash = ", record_hash" if self.job.kept else ""
        return (
            f"select source, record_id, node as record_order, {names}{record_hash} "
            f"from {SHARD} where what = {RECORD}"
        )

    def linked(self, staged: StagedRecords) -> LinkedRecords:
        """Links the records."""
        order = staged.order
        return link_staged(
            self.store,
            self.job.overrides,
            staged,
            similar=self._similar(staged),
            excluded=self.job.excluded,
            # The texts are looked up at the end, by a node: the records' values aren't here.
            value_texts=lambda rule, rows: {
                row: str(order.hashes[order.numbers[row]]) for row in rows
            },
        )

    def known_ids(self, staged: StagedRecords, issued: str) -> str:
        """The IDs that no new customer may get: a query.

        Args:
            staged: The records.
            issued: Those that the shard knows of: a table or a query.
        """
        # Others have the taken ones, unless it is a record of this shard that founded them.
        here = set(staged.order.hashes.tolist()) if self.job.taken else set()
        taken = [name for name, node in self.job.taken.items() if node is None or node not in here]
        if not taken:
            return issued
        connection = self.store.connection
        connection.execute("create temp table taken_ids (customer_id varchar)")
        connection.executemany("insert into taken_ids values (?)", [[each] for each in taken])
        return f"(select customer_id from {issued} union all select customer_id from taken_ids)"

    def repeated(self, what: int) -> "pa.Table":
        """The records of which there are several rows of a kind."""
        return self.store.connection.sql(
            f"select source, record_id, count(*) as records from {SHARD} where what = {what} "
            "group by all having count(*) > 1"
        ).to_arrow_table()

    def counts(self, linked: LinkedRecords, seconds: float, **more: int) -> bytes:
        """What the shard adds to the numbers of the run, as JSON."""
        sizes = np.bincount(linked.clusters)
        sizes, customers = np.unique(sizes[sizes > 0], return_counts=True)
        counts: dict[str, Any] = {
            **more,
            "records": len(linked.clusters),
            "customers": int(customers.sum()),
            "sizes": dict(zip(sizes.tolist(), customers.tolist(), strict=True)),
            "overrides": linked.override_links,
            "refused": len(linked.refused),
            "id_pairs": self._id_pairs(),
            "rules": [
                [each.links, each.values, each.pairs, each.matched_records] for each in linked.rules
            ],
            "over_shared": [
                [value.rule, value.value_hash, value.records, value.people, int(value.value or 0)]
                for value in linked.over_shared
            ],
            "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "seconds": seconds,
        }
        return json.dumps(counts).encode()

    def _id_pairs(self) -> int:
        if not self.job.has_previous:
            return 0
        [(pairs,)] = self.store.connection.execute(
            f"select cast(coalesce(sum(n * (n - 1) // 2), 0) as bigint) from "
            f"(select count(*) as n from {SHARD} where id_hash is not null group by id_hash)"
        ).fetchall()
        return int(pairs)

    def _similar(self, staged: StagedRecords) -> dict[int, NumberedPairs]:
        import pyarrow.compute as pc

        found = {}
        for number, threshold in self.job.thresholds.items():
            similar = self.job.rules.match_rules[number].similar
            assert similar is not None
            is_pair = pc.equal(self.table["what"], PAIR)
            pairs = self.table.filter(pc.and_(is_pair, pc.equal(self.table["pair_rule"], number)))
            found[number] = numbered(
                SimilarPairs(
                    pairs["node"].to_numpy().view(np.uint64),
                    pairs["other_node"].to_numpy().view(np.uint64),
                    pairs["weight"].to_numpy(),
                    pairs["probability"].to_numpy(),
                ),
                staged.order,
                threshold,
                similar.cohesion,
            )
        return found


@contextmanager
def opened(job: ShardJob, table: "pa.Table") -> Iterator[Shard]:
    """Opens the rows of a shard as tables of a database in memory."""
    texts = person_columns(job.rules)
    hashes = [name for name in compared_columns(job.rules) if name not in texts]
    with worker_connection() as connection, ordered_inserts(connection):
        wanted = ["node", "record_hash", "component", *hashes]
        connection.register(SHARD, unsigned(table, wanted))
        tables = OutputTables(IDENTITY, entity=job.entity)
        yield Shard(job, IdentityStore(connection, SHARD, job.rules, tables), table)
