"""What a distributed resolution is given, and what it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from customer_platform.identity.distributed import kept_shard, shard, shared_values
from customer_platform.identity.distributed.cluster import run
from customer_platform.identity.distributed.components import LINKS_PER_TASK
from customer_platform.identity.distributed.packing import unpacked
from customer_platform.identity.distributed.spreading import COMPONENT_RECORDS, SHARD_RECORDS
from customer_platform.identity.entities import CUSTOMER
from customer_platform.identity.matching.links import OverSharedValue
from customer_platform.identity.overrides import Override
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.store import REFUSED_LINKS_COLUMNS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

RETIRED_COLUMNS = (
    "customer_id string, issued_at timestamp_ntz, retired_at timestamp_ntz, successor string"
)
REGISTRY_COLUMNS = (
    "customer_id string, issued_at timestamp_ntz, founding_source string, "
    "founding_record_id string, retired_at timestamp_ntz, successor string"
)
ENDED_COLUMNS = (
    "source string, source_record_id string, customer_id string, valid_from timestamp_ntz, "
    "valid_to timestamp_ntz, reason string, next_customer_id string, ended_reason string"
)


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
class KeptBefore:
    """What the last run of a map that is kept has left.

    Attributes:
        state: `resolution_state`, hashes as signed numbers; None before the first run.
        registry: `customer_id_registry`; None before the first run.
        rules_changed: Whether the rules differ from those of the last run.
        changed_overrides: Overrides that are new since, or no longer there.
    """

    state: "DataFrame | None" = None
    registry: "DataFrame | None" = None
    rules_changed: bool = False
    changed_overrides: Sequence[Override] = ()


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
        kept: For a map that is kept: what there was. Then previous and issued are None.
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
    kept: KeptBefore | None = None

    @property
    def has_previous(self) -> bool:
        """Whether records had customer IDs before."""
        if self.kept is not None:
            return self.kept.state is not None
        return self.previous is not None


@dataclass(frozen=True)
class Resolved:
    """What resolving gave. Its frames are computed, and there until the session ends.

    Attributes:
        rules: The rules.
        result: See `map_shard.RESULT`.
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
        return self.result.where(f"part = '{shard.MAP}'").select(
            *columns, "linked_to_record", "issued_at"
        )

    @property
    def refused_links(self) -> "DataFrame":
        """One row per link that a constraint or a lack of cohesion refused."""
        names = REFUSED_LINKS_COLUMNS.replace("varchar", "string")
        return self._unpacked(shard.REFUSED, names)

    @property
    def retired(self) -> "DataFrame":
        """One row per ID that no record has any longer."""
        return self._unpacked(shard.RETIRED, RETIRED_COLUMNS)

    @property
    def state(self) -> "DataFrame":
        """Of a map that is kept: `resolution_state`, hashes as signed numbers."""
        names = [name for name, _ in kept_shard.state_columns(self.rules)]
        return self.result.where(f"part = '{shard.MAP}'").select(*names)

    @property
    def registry(self) -> "DataFrame":
        """Of a map that is kept: `customer_id_registry`, with what was there before."""
        return self._unpacked(shard.REGISTRY, REGISTRY_COLUMNS)

    @property
    def ended(self) -> "DataFrame":
        """Of a map that is kept: the memberships that ended now, to add to the others."""
        return self._unpacked(shard.ENDED, ENDED_COLUMNS)

    def _unpacked(self, part: str, columns: str) -> "DataFrame":
        packed = self.result.where(f"part = '{part}'").select("packed")
        return run(packed, unpacked, columns)

    def total(self, name: str) -> int:
        """The sum of what the shards have counted."""
        return sum(each[name] for each in self.counts)
