"""The names of the staged records, as Arrow arrays: text is gathered there by number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_platform.identity.staging import StagedRecords

if TYPE_CHECKING:
    import pyarrow as pa


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
