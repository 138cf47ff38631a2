import duckdb
import pytest

from customer_platform.errors import OverridesError
from customer_platform.identity import Override
from customer_platform.identity.store import IdentityStore, OutputTables
from customer_platform.stewardship.decisions_store.store import DecisionStore, NewDecision
from customer_platform.stewardship.decisions_store.taking import take_decisions
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.identity.helpers import make_rules

ANN, BEA, COR = (RecordName("crm", name) for name in ("ann", "bea", "cor"))
SAME = Override("same", "crm", "ann", "crm", "bea")


@pytest.fixture
def seeded(connection: duckdb.DuckDBPyConnection) -> IdentityStore:
    """A warehouse whose seed says that two records are one."""
    connection.execute(
        "create schema identity; create table identity.seed as select 'same' as kind, "
        "'crm' as source, 'bea' as source_record_id, 'crm' as other_source, "
        "'ann' as other_record_id"
    )
    tables = OutputTables("identity", link_overrides="identity.seed")
    return IdentityStore(connection, "records", make_rules(), tables)


def _kept(store: IdentityStore) -> list[tuple[object, ...]]:
    return store.connection.execute(
        "select kind, source_record_id, other_record_id, author, decided_because "
        "from identity.link_decisions order by number"
    ).fetchall()


def test_without_a_store_the_seed_is_all_there_is(
    seeded: IdentityStore, store: DecisionStore
) -> None:
    assert take_decisions(seeded, store) == [SAME]
    assert _kept(seeded) == []


def test_what_both_say_is_taken_once_and_kept_for_explanations(
    seeded: IdentityStore, store: DecisionStore
) -> None:
    store.decide([NewDecision("same", ANN, BEA, "one counter")], "Eva")
    assert take_decisions(seeded, store) == [SAME]
    assert _kept(seeded) == [("same", "ann", "bea", "Eva", "one counter")]


def test_what_is_decided_while_a_run_goes_on_is_taken_by_the_next(
    seeded: IdentityStore, store: DecisionStore
) -> None:
    during = take_decisions(seeded, store)
    store.decide([NewDecision("different", BEA, COR, "")], "Eva")
    assert during == [SAME]
    assert _kept(seeded) == []
    assert take_decisions(seeded, store) == [
        Override("different", "crm", "bea", "crm", "cor"),
        SAME,
    ]
    store.withdraw(1, "Eva", "")
    assert take_decisions(seeded, store) == [SAME]
    assert _kept(seeded) == []


def test_the_opposite_of_the_seed_is_refused(seeded: IdentityStore, store: DecisionStore) -> None:
    store.decide([NewDecision("different", ANN, BEA, "")], "Eva")
    with pytest.raises(OverridesError, match="both as same and as different"):
        take_decisions(seeded, store)
