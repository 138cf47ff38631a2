"""How a run takes decisions: those of the seed and those of the store, as one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from customer_platform.identity.overrides import Override, check_overrides, read_overrides
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.decisions_store.store import DecisionStore, StoredDecision
from customer_platform.warehouse.duckdb import registered

if TYPE_CHECKING:
    import pyarrow as pa


def take_decisions(store: IdentityStore, decisions: DecisionStore) -> list[Override]:
    """Writes the decisions in force into the warehouse, where explanations quote them.

    A decision that is made later is taken by the next run.

    Args:
        store: The map that is about to be made; its connection is outside of a transaction.
        decisions: The store of decisions.

    Returns:
        All overrides that hold: those of the seed's table, which the entity may have, and these.

    Raises:
        OverridesError: The seed and the store say the opposite of the same two records.
        DecisionsError: The store can't be read.
    """
    taken = decisions.decisions()
    with registered(store.connection, "taken_decisions", _rows(taken)):
        store.execute("stewardship/write_decisions", decisions="taken_decisions")
    seeded: Sequence[Override] = ()
    if store.tables.link_overrides:
        seeded = read_overrides(store.connection, store.tables.link_overrides)
    return check_overrides([*seeded, *(each.decision.override for each in taken)])


def _rows(taken: Sequence[StoredDecision]) -> "pa.Table":
    import pyarrow as pa

    overrides = [each.decision.override for each in taken]
    text = {
        "kind": [each.kind for each in overrides],
        "source": [each.source for each in overrides],
        "source_record_id": [each.record_id for each in overrides],
        "other_source": [each.other_source for each in overrides],
        "other_record_id": [each.other_record_id for each in overrides],
        "author": [each.decision.author for each in taken],
        "decided_because": [each.decision.reason for each in taken],
    }
    return pa.table(
        {
            "number": pa.array([each.number for each in taken], pa.int64()),
            "decided_at": pa.array([each.decided_at for each in taken], pa.timestamp("us")),
            **{name: pa.array(values, pa.string()) for name, values in text.items()},
        }
    )
