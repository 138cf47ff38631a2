"""What a distributed resolution is given, and what it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from customer_platform.identity.distributed import engine, shared_values
from customer_platform.identity.distributed.cluster import run
from customer_platform.identity.distributed.components import LINKS_PER_TASK
from customer_platform.identity.distributed.shards import COMPONENT_RECORDS, SHARD_RECORDS
from customer_platform.identity.entities import CUSTOMER
from customer_platform.identity.matching.links import OverSharedValue
from customer_platform.identity.overrides import Override
from customer_platform.identity.rules import ResolutionRules

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Sizes:
    """How the work is cut. The result doesn't depend on it.

    Attributes:
        shard_records: Records that a worker resolves at a time, about.
        component_records: Records of the largest component that a worker may be given.
        links_per_task: Links that one task joins; with more, components take another round.
        crowd_records: A value of more records is asked for its people before it links, where a
            rule has `max_people_per_value`.
    """

    shard_records: int = SHARD_RECORDS
    component_records: int = COMPONENT_RECORDS
    links_per_task: int = LINKS_PER_TASK
    crowd_records: int = shared_values.CROWD_RECORDS


@dataclass(frozen=True)
class Given:
    """What is resolved.

    Attributes:
        records: One row per source and record id.
        rules: The rules.
        previous: The map whose customer IDs are carried over: record_id (or source_record_id),
            customer_id, and where they are there source, linked_by_rule, issued_at (else
            valid_from).
        issued: IDs issued before: customer_id, issued_at, and where they are there retired_at and
            successor.
        overrides: As `check_overrides` returns them.
        pairs: Pairs of similar rules: rule (its name), record_order, other_order (as signed
            numbers), weight, probability.
        thresholds: By the name of a similar rule, the probability from which it links.
        entity: What the IDs are of.
        skips_empty: Whether rows without any value are no records.
    """

    records: "DataFrame"
    rules: ResolutionRules
    previous: "DataFrame | None" = None
    issued: "DataFrame | None" = None
    overrides: Sequence[Override] = ()
    pairs: "DataFrame | None" = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    entity: str = CUSTOMER
    skips_empty: bool = False


@dataclass(frozen=True)
class Resolved:
    """What resolving gave. Its frames are computed, and there until the session ends.

    Attributes:
        rules: The rules.
        result: See `engine.RESULT`.
        counts: What each shard has counted.
        over_shared: Values that link no one.
        seconds: Wall time by phase.
        rounds: Rounds of contraction that components took.
        skipped: Rows without any value.
    """

    rules: ResolutionRules
    result: "DataFrame"
    counts: Sequence[Mapping[str, Any]]
    over_shared: Sequence[OverSharedValue]
    seconds: Mapping[str, float]
    rounds: int
    skipped: int = 0

    @property
    def map(self) -> "DataFrame":
        """One row per record, with the columns that `resolve_file` writes."""
        source, linked_to = (
            ([name] if self.rules.source else []) for name in ("source", "linked_to_source")
        )
        columns = ["record_id", *source, "customer_id", "linked_by_rule", *linked_to]
        return self.result.where(f"part = '{engine.MAP}'").select(
            *columns, "linked_to_record", "issued_at"
        )

    @property
    def refused_links(self) -> "DataFrame":
        """One row per link that a constraint or a lack of cohesion refused."""
        names = engine.REFUSED_LINKS_COLUMNS.replace("varchar", "string")
        return self._unpacked(engine.REFUSED, names)

    @property
    def retired(self) -> "DataFrame":
        """One row per ID that no record has any longer."""
        columns = (
            "customer_id string, issued_at timestamp_ntz, retired_at timestamp_ntz, "
            "successor string"
        )
        return self._unpacked(engine.RETIRED, columns)

    def _unpacked(self, part: str, columns: str) -> "DataFrame":
        packed = self.result.where(f"part = '{part}'").select("packed")
        return run(packed, engine.unpacked, columns)

    def total(self, name: str) -> int:
        """The sum of what the shards have counted."""
        return sum(each[name] for each in self.counts)
