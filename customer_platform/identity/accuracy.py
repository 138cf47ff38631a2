"""How right a map is, measured against the truth."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_platform.warehouse import sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class PairwiseAccuracy:
    """Counts over all pairs of records that both the map and the truth have.

    Attributes:
        records: Records that both have.
        records_without_truth: Records of the map that the truth lacks; left out.
        records_without_map: Records of the truth that the map lacks; left out.
        true_pairs: Pairs that are one person.
        found_pairs: Pairs that the map says are one customer.
        correct_pairs: Pairs that are both.
    """

    records: int
    records_without_truth: int
    records_without_map: int
    true_pairs: int
    found_pairs: int
    correct_pairs: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are right; 1 when none was found."""
        return self.correct_pairs / self.found_pairs if self.found_pairs else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that were found; 1 when there are none."""
        return self.correct_pairs / self.true_pairs if self.true_pairs else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def pairwise_accuracy(
    connection: "DuckDBPyConnection", customer_id_map: str, truth: str
) -> PairwiseAccuracy:
    """Compares a map with the truth.

    Pairs are counted from the contingency table of customers and persons, n * (n - 1) / 2 per
    cell, and so in time proportional to the records, not to the pairs.

    Args:
        connection: A connection.
        customer_id_map: source, source_record_id, customer_id: a table name or a query.
        truth: source, source_record_id, person_id, one row per record: a table name or a query.
    """
    [row] = connection.execute(
        sql.statement(
            "identity/pairwise_accuracy",
            found=sql.relation(customer_id_map),
            truth=sql.relation(truth),
        )
    ).fetchall()
    return PairwiseAccuracy(*(int(count) for count in row))


@dataclass(frozen=True)
class BCubedAccuracy:
    """Precision and recall as the average record sees them.

    A. Bagga and B. Baldwin, "Entity-based cross-document coreferencing using the vector space
    model", COLING-ACL 1998.

    Attributes:
        precision: Share of a record's customer that is its person, on average.
        recall: Share of a record's person that is its customer, on average.
    """

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def bcubed_accuracy(
    connection: "DuckDBPyConnection", customer_id_map: str, truth: str
) -> BCubedAccuracy:
    """Compares a map with the truth, record by record; as `pairwise_accuracy`.

    Records that only one of the two has are left out.
    """
    [row] = connection.execute(
        sql.statement(
            "identity/bcubed_accuracy",
            found=sql.relation(customer_id_map),
            truth=sql.relation(truth),
        )
    ).fetchall()
    return BCubedAccuracy(*map(float, row))
