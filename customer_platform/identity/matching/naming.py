"""Which cluster keeps which customer ID, and which record founded it: arrays in, arrays out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa


NO_ID = -1

Codes = npt.NDArray[np.int32]

Records = npt.NDArray[np.int32]


@dataclass(frozen=True)
class PreviousIds:
    """What records had.

    Attributes:
        codes: Per record number, the code of the ID it had, `NO_ID` for a new record.
        roots: Per record number, whether it was the founding record of its customer.
        count: Codes are below it.
        live: IDs that records had last.
    """

    codes: npt.NDArray[np.int32]
    roots: npt.NDArray[np.bool_]
    count: int
    live: int


def keep_ids(
    clusters: Codes, codes: Codes, id_count: int, oldest_first: Callable[[Codes], Codes]
) -> tuple[Codes, Codes]:
    """Decides which ID every cluster keeps, and where every ID's records went.

    An ID's heir is the cluster with the most of the records that had it (a tie: the cluster with
    the first of those records). A cluster keeps the oldest of the IDs it is heir to. So an ID
    never goes to two clusters, and a cluster never has two.

    Args:
        clusters: Per record number, the number of its cluster.
        codes: Per record number, the code of the ID it had, `NO_ID` if none.
        id_count: Codes are below it.
        oldest_first: Sorts codes from the oldest to the youngest ID.

    Returns:
        Per cluster number the code it keeps (`NO_ID`: it needs a new ID), and per code the
        cluster that is its heir (-1: none of its records is left).
    """
    kept = np.full(len(clusters), NO_ID, dtype=np.int32)
    heirs = np.full(id_count, -1, dtype=np.int32)
    had = np.flatnonzero(codes != NO_ID)
    contended = _contended(clusters, codes, had, kept, heirs)
    if len(contended):
        _settle(clusters[contended], codes[contended], kept, heirs, oldest_first)
    return kept, heirs


def _contended(
    clusters: Codes, codes: Codes, had: npt.NDArray[np.intp], kept: Codes, heirs: Codes
) -> npt.NDArray[np.intp]:
    """Assigns the IDs that changed neither by merge nor by split; returns the other records."""
    # Any one of the entries wins where several are written. Where all agree, that is all of them.
    kept[clusters[had]] = codes[had]
    heirs[codes[had]] = clusters[had]
    disputed_clusters = np.zeros(len(kept), dtype=np.bool_)
    disputed_codes = np.zeros(len(heirs), dtype=np.bool_)
    differs = had[(kept[clusters[had]] != codes[had]) | (heirs[codes[had]] != clusters[had])]
    disputed_clusters[clusters[differs]] = True
    disputed_codes[codes[differs]] = True
    contended = had[disputed_clusters[clusters[had]] | disputed_codes[codes[had]]]
    kept[clusters[contended]] = NO_ID
    heirs[codes[contended]] = -1
    return contended


def _settle(
    clusters: Codes,
    codes: Codes,
    kept: Codes,
    heirs: Codes,
    oldest_first: Callable[[Codes], Codes],
) -> None:
    # The records come in order, so np.unique's first index is the first record of the pair.
    pairs = codes.astype(np.int64) * len(kept) + clusters
    shares, first, records = np.unique(pairs, return_index=True, return_counts=True)
    share_codes = (shares // len(kept)).astype(np.int32)
    share_clusters = (shares % len(kept)).astype(np.int32)
    best_first = np.lexsort((first, -records, share_codes))
    _, best = np.unique(share_codes[best_first], return_index=True)
    heir_of = best_first[best]
    heirs[share_codes[heir_of]] = share_clusters[heir_of]
    # Of several values assigned to one entry the last stays: so the oldest comes last.
    youngest_first = oldest_first(share_codes[heir_of])[::-1]
    kept[heirs[youngest_first]] = youngest_first


@dataclass(frozen=True)
class NamedCustomers:
    """Who every cluster is.

    Attributes:
        clusters: The numbers of the clusters, ascending.
        ids: The customer IDs, in any order.
        positions: Per cluster number, the position of its ID in `ids`; -1 where there is none.
        founders: Per cluster number, its founding record.
        kept: Per cluster number, the code of the ID it keeps, `NO_ID` for a new one.
        heirs: Per code, the cluster that most of its records went to, -1 if none is left.
        new_count: The first of `ids` that are new.
        new_clusters: The clusters that have them, in their order.
    """

    clusters: Records
    ids: "pa.Array"
    positions: Records
    founders: Records
    kept: Records
    heirs: Records
    new_count: int
    new_clusters: Records

    def successors(self, codes: Records) -> "pa.Array":
        """Per code of an ID, the ID that most of its records have now, null if none is left."""
        import pyarrow as pa

        heirs = self.heirs[codes]
        positions = np.full(len(codes), -1, dtype=np.int32)
        positions[heirs >= 0] = self.positions[heirs[heirs >= 0]]
        return self.ids.take(pa.array(positions, mask=positions < 0))


def find_founders(clusters: Records, previous: PreviousIds, kept: Records) -> Records:
    """The founding record of every cluster, by cluster number.

    It is the founding record of the customer whose ID the cluster keeps, as long as that record
    is in the cluster; else the cluster's first record.

    Args:
        clusters: Per record number, the number of its cluster.
        previous: What records had.
        kept: Per cluster number, the code of the ID it keeps or `NO_ID`.
    """
    founders = np.arange(len(clusters), dtype=np.int32)
    roots = np.flatnonzero(previous.roots).astype(np.int32)
    staying = roots[kept[clusters[roots]] == previous.codes[roots]]
    founders[clusters[staying]] = staying
    return founders
