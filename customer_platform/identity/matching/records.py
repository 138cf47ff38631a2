"""The records at hand, as arrays: by row as they were read, and by number in their order."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from customer_platform.warehouse.duckdb import one_chunk

if TYPE_CHECKING:
    import pyarrow as pa

    from customer_platform.identity.matching.spellings import Spellings


@dataclass(frozen=True)
class RecordOrder:
    """The records by number: 0, 1, ... in an order that depends on their names alone.

    Attributes:
        rows: Per record number, its row.
        numbers: Per row, its record number.
        hashes: Per record number, the hash that it is ordered by; equal ones by name.
    """

    rows: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.int32]
    hashes: npt.NDArray[np.uint64]

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.rows)


@dataclass(frozen=True)
class StagedRecords:
    """The records as they were read, and in order.

    Attributes:
        table: The columns of `RECORDS`, by row.
        order: The records by number.
    """

    table: "pa.Table"
    order: RecordOrder

    def hashes(self, column: str) -> npt.NDArray[np.uint64]:
        """A hash column by row, 0 where there is no value."""
        values: npt.NDArray[np.uint64] = self.table[column].fill_null(0).to_numpy()
        return values

    def numbers(self, column: str) -> npt.NDArray[Any]:
        """A column of numbers without nulls, by row."""
        values: npt.NDArray[Any] = self.table[column].to_numpy()
        return values

    def text(self, column: str) -> "pa.Array":
        """A column of text, by row."""
        return one_chunk(self.table, column)

    def is_of_source(self, source: str) -> npt.NDArray[np.bool_]:
        """Per row, whether the record is of a source."""
        import pyarrow.compute as pc

        found = pc.equal(self.table["source"], source).combine_chunks()
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)

    @cached_property
    def people(self) -> "tuple[Spellings, npt.NDArray[np.int32]]":
        """The spellings of the names of people; per name column and row the id of its spelling."""
        from customer_platform.identity.matching.spellings import no_spellings, read_spellings

        names = [name for name in self.table.column_names if name.startswith("person_")]
        if not names:
            return no_spellings(), np.empty((0, self.table.num_rows), dtype=np.int32)
        return read_spellings([self.text(name) for name in names])


@dataclass(frozen=True)
class RecordNames:
    """Source and id of every staged record, by row.

    Attributes:
        sources: The distinct sources.
        source_codes: Per row, the position of its source.
        record_ids: Per row, its id.
    """

    sources: "pa.Array"
    source_codes: "pa.Array"
    record_ids: "pa.Array"


def names_of(staged: StagedRecords) -> RecordNames:
    """The names of the staged records."""
    sources = staged.text("source").dictionary_encode()
    return RecordNames(
        sources=sources.dictionary,
        source_codes=sources.indices,
        record_ids=staged.text("record_id"),
    )


@dataclass(frozen=True)
class NumberedPairs:
    """Similar pairs in the order in which they link: the surest first, then by record number.

    Attributes:
        records: The later record's number.
        others: The earlier record's.
        probabilities: How likely they are the same.
        threshold: The probability from which a pair links; the others only speak for cohesion.
        cohesion: What the probabilities between two groups must average for them to be joined.
    """

    records: npt.NDArray[np.int32]
    others: npt.NDArray[np.int32]
    probabilities: npt.NDArray[np.float64]
    threshold: float
    cohesion: float

    @property
    def links(self) -> npt.NDArray[np.bool_]:
        """Per pair, whether it links."""
        linking: npt.NDArray[np.bool_] = self.probabilities >= self.threshold
        return linking
