"""Clusters, and the proof of each.

A union-find says which records are one customer. Beside it a proof forest keeps the links that
made it so: every record but the root of its customer has one link to another record of the same
customer, and following the links always ends at the root. When two trees are joined, the smaller
is re-rooted at the record that the new link leaves from (R. Nieuwenhuis and A. Oliveras,
"Proof-producing congruence closure", RTA 2005), so that a record's path is reversed at most
log2(n) times.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NO_RECORD = -1

Records = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Forest:
    """Which records are one, and by which links. All arrays are indexed by record number.

    Attributes:
        representative: The union-find's parent of the record.
        size: Records in the cluster, valid at its representative.
        linked_to: The record that this one is linked to, `NO_RECORD` at the root of a cluster.
        linked_by: Position of the rule that made that link, -1 at the root.
    """

    representative: Records
    size: Records
    linked_to: Records
    linked_by: npt.NDArray[np.int16]

    @classmethod
    def of_single_records(cls, count: int) -> "Forest":
        """A forest in which every record is on its own."""
        return cls(
            representative=np.arange(count, dtype=np.int32),
            size=np.ones(count, dtype=np.int32),
            linked_to=np.full(count, NO_RECORD, dtype=np.int32),
            linked_by=np.full(count, -1, dtype=np.int16),
        )

    def link_to_firsts(self, firsts: Records, rule: int) -> int:
        """Links each record to the first record with the same value, in order of record number.

        Args:
            firsts: Per record number, the first record with the same value, or `NO_RECORD`.
            rule: Position of the rule that says so.

        Returns:
            How many links joined two clusters. The others join what was joined already.
        """
        # Here, as in the other methods, because loading compiled code takes a second, and
        # importing the package shouldn't.
        from customer_platform.identity.matching import kernels

        return kernels.link_to_firsts(
            self.representative, self.size, self.linked_to, self.linked_by, firsts, rule
        )

    def join_without_proof(self, firsts: Records) -> None:
        """Makes each record and the first with the same value one, without keeping the link."""
        from customer_platform.identity.matching import kernels

        kernels.join_without_proof(self.representative, self.size, firsts)

    def join_pairs_without_proof(self, records: Records, others: Records) -> None:
        """Makes the two records of every pair one, without keeping the link."""
        from customer_platform.identity.matching import kernels

        kernels.join_pairs_without_proof(self.representative, self.size, records, others)

    def representatives(self) -> Records:
        """Per record, the representative of its cluster."""
        from customer_platform.identity.matching import kernels

        return kernels.representatives(self.representative)

    def first_records(self) -> Records:
        """Per record, the first record of its cluster: the number of the cluster."""
        from customer_platform.identity.matching import kernels

        return kernels.first_records(self.representative)

    def make_roots(self, roots: Records) -> None:
        """Re-roots the proof tree of each of these records at the record itself."""
        from customer_platform.identity.matching import kernels

        kernels.make_roots(self.linked_to, self.linked_by, roots)
