"""The finished map as a stream of Arrow batches, in the order of the staged records."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.matching.forest import NO_RECORD
from customer_platform.identity.matching.records import RecordOrder
from customer_platform.warehouse.duckdb import PIECE_ROWS

if TYPE_CHECKING:
    import pyarrow as pa

    from customer_platform.identity.matching.forest import Forest
    from customer_platform.identity.matching.naming import NamedCustomers
    from customer_platform.identity.matching.records import RecordNames


# Gives further columns for the rows from a first to one before a last, with their record numbers.
MoreColumns = Callable[[int, int, npt.NDArray[np.int32]], dict[str, "pa.Array"]]


@dataclass(frozen=True)
class ResolvedMap:
    """All that the map is made of.

    Attributes:
        order: The records by number.
        names: Their names, by row.
        forest: Their links.
        clusters: Per record number, the number of its cluster.
        customers: Who every cluster is.
        link_names: What a link is said to be made by, by the position of its rule.
        has_source: Whether records have a source.
    """

    order: RecordOrder
    names: "RecordNames"
    forest: "Forest"
    clusters: npt.NDArray[np.int32]
    customers: "NamedCustomers"
    link_names: Sequence[str]
    has_source: bool

    def reader(self, more: MoreColumns | None = None) -> "pa.RecordBatchReader":
        """The map as a stream, one row per record.

        Columns: source, record_id, customer_id, linked_by_rule, linked_to_source,
        linked_to_record (the last three null for the founding record of a customer; the sources
        null when records have none), and what `more` adds.
        """
        import pyarrow as pa

        schema = self._batch(0, 0, more).schema
        return pa.RecordBatchReader.from_batches(schema, self._batches(more))

    def _batches(self, more: MoreColumns | None) -> Iterator["pa.RecordBatch"]:
        for first in range(0, self.order.count, PIECE_ROWS):
            yield self._batch(first, min(first + PIECE_ROWS, self.order.count), more)

    def _batch(self, first: int, last: int, more: MoreColumns | None) -> "pa.RecordBatch":
        import pyarrow as pa

        numbers = self.order.numbers[first:last]
        linked_to = self.forest.linked_to[numbers]
        is_root = linked_to == NO_RECORD
        linked_rows = self.order.rows[linked_to] if len(linked_to) else linked_to
        linked = pa.array(linked_rows, mask=is_root)
        ids = pa.array(self.customers.positions[self.clusters[numbers]])
        rules = pa.array(self.forest.linked_by[numbers], mask=is_root)
        codes = self.names.source_codes
        columns = {
            "source": self._sources(codes.slice(first, last - first)),
            "record_id": self.names.record_ids.slice(first, last - first),
            "customer_id": self.customers.ids.take(ids),
            "linked_by_rule": pa.DictionaryArray.from_arrays(
                rules, pa.array(self.link_names, type=pa.string())
            ),
            "linked_to_source": self._sources(codes.take(linked)),
            "linked_to_record": self.names.record_ids.take(linked),
        }
        columns |= more(first, last, numbers) if more else {}
        return pa.RecordBatch.from_pydict(columns)

    def _sources(self, codes: "pa.Array") -> "pa.Array":
        import pyarrow as pa

        if not self.has_source:
            return pa.nulls(len(codes), pa.string())
        return pa.DictionaryArray.from_arrays(codes, self.names.sources)
